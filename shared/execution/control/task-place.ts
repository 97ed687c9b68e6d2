import type { CommitOutcome } from "../../aws/group-commit.ts";
import { commitTransition, loadExecution, loadTask } from "../store/execution-store.ts";
import type { TaskTransition } from "../task/transition.ts";
import { loadParked, removeParked } from "../store/parking-lot.ts";
import { legalMoves } from "../lifecycle/execution-actions.ts";
import type { TaskAction } from "../lifecycle/task-actions.ts";
import { findTask } from "../task/for-each.ts";
import { IllegalMoveError, NotFoundError } from "../../core/errors.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Execution } from "../execution.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import { planOf, runOf } from "../runtime/attempt.ts";
import type { ControlDeps, Steering } from "./control-deps.ts";

/** Who steers which task, and why. */
export interface TaskSteering extends Steering {
  readonly task: string;
}

/** A task, its execution, and its row when it has one. */
export interface Place {
  readonly execution: Execution;
  readonly task: PlanTask;
  readonly record: TaskRecord | undefined;
}

/** @throws {NotFoundError} no such execution for this tenant, or no such task in it. */
export async function findPlace(
  deps: ControlDeps,
  { tenant, execution: id, task: name }: TaskSteering,
): Promise<Place> {
  const execution = await loadExecution(deps.executions, tenant, id);
  const { tasks } = await deps.plan(tenant, planOf(execution));
  const task = findTask(tasks, name);
  if (task === undefined) throw new NotFoundError("task", name);
  return { execution, task, record: await loadTask(deps.executions, { tenant, execution: id, task: name }) };
}

/** What the caller hears of an act that is not allowed. */
export function illegalOnTask(action: TaskAction, { execution, task, record }: Place, remedy: string): IllegalMoveError {
  const standing =
    record === undefined ? "pending" : `${record.state}${record.reason === undefined ? "" : ` (${record.reason})`}`;
  return new IllegalMoveError(`cannot ${action}: task '${task.id}' is ${standing}; ${remedy}`, {
    execution_id: execution.executionId,
    execution_status: execution.status,
    legal_moves: legalMoves(execution),
    task_id: task.id,
    task_status: record?.state ?? "pending",
    ...(record?.reason === undefined ? {} : { task_waits_for: record.reason }),
  });
}

/**
 * Moves a task on and has it looked at. A nudge goes out before, in case the one after is never sent: until the row has
 * moved it finds nothing to do.
 *
 * @returns `false` when the row is no longer as it was seen.
 */
export async function moveOn(
  deps: ControlDeps,
  { execution, record }: Place & { record: TaskRecord },
  transition: TaskTransition,
): Promise<boolean> {
  const { tenant, executionId } = execution;
  const parked = await loadParked(deps.executions, { tenant, execution: executionId, task: record.task });
  const write = (): Promise<CommitOutcome> => commitTransition(deps.executions, { head: execution, transition });
  // One that waits for its inputs is looked at when they come.
  if (parked?.on.startsWith("$") === false) return (await write()) === "written";
  const { task, token } = record;
  // Of the current run, whichever it was parked by.
  const message = { seen: 0, ...parked?.message, run: runOf(execution, deps.queues), task, token };
  await deps.mail.task(message, EXECUTION_LIMITS.nudgeSeconds);
  if ((await write()) === "stale") return false;
  await deps.mail.task(message, 0);
  if (parked !== undefined) await removeParked(deps.executions, parked);
  return true;
}
