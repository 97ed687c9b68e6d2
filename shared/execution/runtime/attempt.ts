import type { ExecutionHead } from "../store/execution-store.ts";
import type { PlanView } from "../store/plan-store.ts";
import { findTask } from "../task/for-each.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Execution } from "../execution.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { QueueUrls, RunRef } from "../messages.ts";
import type { DispatchRef } from "../../core/ids.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import { loadTask } from "../store/execution-store.ts";
import type { Runtime } from "./runtime.ts";

/** A task of a run with all that is known of it. */
export interface Attempt<Row extends TaskRecord = TaskRecord> {
  readonly run: RunRef;
  readonly head: ExecutionHead;
  readonly view: PlanView;
  readonly task: PlanTask;
  readonly record: Row;
}

/** Names the attempt a record tells of. */
export const refOf = ({ run, record }: Attempt): DispatchRef => ({
  tenant: run.tenant,
  execution: run.execution,
  task: record.task,
  attempt: record.attempt,
});

/** The capability that an attempt asks for. */
export const skillOf = ({ task, view }: Pick<Attempt, "task" | "view">): string | undefined =>
  task.kind === "agent" ? (task.skill ?? view.plan.agents[task.agent]?.capabilities[0]) : undefined;

/** Whether the current run undoes what earlier ones did. */
const isCompensating = ({ compensation }: Execution): boolean => compensation?.status === "running";

/** The plan of the current run: the workflow's, or the one that undoes it. */
export const planOf = (execution: Execution): string =>
  isCompensating(execution) ? (execution.compensation?.plan ?? execution.plan) : execution.plan;

/** The run an execution is in, as its machine's input names it. */
export function runOf(execution: Execution, queues: QueueUrls): RunRef {
  const { tenant, executionId, run, priority, executionTimeoutSeconds } = execution;
  const runner = isCompensating(execution) ? "graph" : execution.runner;
  const ref = { tenant, execution: executionId, run, plan: planOf(execution), queue: queues[priority] };
  if (runner === "machine") return ref;
  // As in a generated machine: the outer net behind our own deadline leaves room for pauses.
  return { ...ref, runner, timeoutSeconds: executionTimeoutSeconds + LIMITS.pauseAllowanceSeconds };
}

/**
 * Everything about the attempt a watch or push message names.
 *
 * @returns nothing when another attempt is current: the message is late.
 */
export async function loadAttempt(runtime: Runtime, ref: DispatchRef): Promise<Attempt | undefined> {
  const record = await loadTask(runtime.executions, ref);
  if (record === undefined || record.attempt !== ref.attempt) return undefined;
  const execution = await runtime.execution(ref.tenant, ref.execution, record.run);
  const view = await runtime.plan(ref.tenant, planOf(execution));
  const task = findTask(view.tasks, ref.task);
  if (task === undefined) return undefined;
  return {
    run: runOf(execution, runtime.queues),
    head: execution,
    view,
    task,
    record,
  };
}
