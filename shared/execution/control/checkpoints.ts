import { findCheckpoint, saveCheckpoint } from "../store/checkpoint-store.ts";
import { allTasks } from "../store/execution-queries.ts";
import { type ExecutionStore, loadTask } from "../store/execution-store.ts";
import { NotFoundError } from "../../core/errors.ts";
import type { Checkpoint } from "../control.ts";
import type { Execution } from "../execution.ts";
import { isSettled } from "../task/task-record.ts";
import type { ControlDeps } from "./control-deps.ts";

/** Names a checkpoint: its time first, so that names sort by it. */
export const checkpointId = (at: Date, why: string): string => `${at.toISOString().replaceAll(/[-:.]/g, "")}-${why}`;

/** How many tasks have settled, by their rows: the counters are a moment behind. */
export async function countSettled(store: ExecutionStore, { tenant, executionId }: Execution): Promise<number> {
  let settled = 0;
  for await (const { state } of allTasks(store, { tenant, execution: executionId })) if (isSettled(state)) settled += 1;
  return settled;
}

/** Takes a checkpoint of an execution as it stands. Taking the same one twice is taking it once. */
export async function takeCheckpoint(
  deps: Pick<ControlDeps, "executions">,
  execution: Execution,
  { id, at, reason, by }: Pick<Checkpoint, "id" | "at" | "reason" | "by">,
): Promise<Checkpoint> {
  const settledTasks = await countSettled(deps.executions, execution);
  const checkpoint = { ...momentOf(execution, { id, at }), reason, by, settledTasks };
  await saveCheckpoint(deps.executions, execution, checkpoint);
  return checkpoint;
}

/** What an execution goes by, at a moment. */
function momentOf(execution: Execution, { id, at }: Pick<Checkpoint, "id" | "at">): Moment {
  const { executionId, run, plan, runner, machineArn, workflowVersion, taskCount } = execution;
  const machine = machineArn === undefined ? {} : { machineArn };
  return { id, at, execution: executionId, run, plan, runner, ...machine, workflowVersion, taskCount };
}

/** Where a restart takes an execution back to. */
export type Moment = Omit<Checkpoint, "reason" | "by" | "settledTasks">;

/**
 * Finds the moment that a name stands for: a checkpoint that was taken, `after:<task>` (when that task settled) or
 * `at:<ISO 8601>`. Results keep the time they came, so every moment is as good as one that was marked.
 *
 * @throws {NotFoundError} no such checkpoint, the task has not settled, or the text is no time.
 */
export async function findMoment(
  deps: Pick<ControlDeps, "executions">,
  execution: Execution,
  id: string,
): Promise<Moment> {
  const { tenant, executionId } = execution;
  const [, kind, rest = ""] = /^(after|at):(.+)$/.exec(id) ?? [];
  if (kind === undefined) {
    const found = await findCheckpoint(deps.executions, { tenant, execution: executionId, id });
    if (found === undefined) throw new NotFoundError("checkpoint", id);
    return found;
  }
  const at = kind === "at" ? timeOf(rest) : await settledAt(deps, { tenant, execution: executionId, task: rest });
  if (at === undefined) throw new NotFoundError("checkpoint", id);
  return momentOf(execution, { id, at });
}

function timeOf(text: string): string | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

async function settledAt(
  deps: Pick<ControlDeps, "executions">,
  ref: { tenant: string; execution: string; task: string },
): Promise<string | undefined> {
  const record = await loadTask(deps.executions, ref);
  return record !== undefined && isSettled(record.state) ? record.settledAt : undefined;
}
