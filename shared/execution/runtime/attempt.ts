import type { Write } from "../../aws/group-commit.ts";
import type { ExecutionHead } from "../store/execution-store.ts";
import type { PlanView } from "../store/plan-store.ts";
import { WORKFLOW_LIMITS } from "../../workflow/limits.ts";
import type { Execution } from "../execution.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { QueueUrls, RunRef } from "../messages.ts";
import type { DispatchRef } from "../task/dispatch-ref.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";

/**
 * A task of a run with all that is known of it.
 *
 * @example
 * ```ts
 * const attempt = await loadAttempt(runtime, dispatch);
 * if (attempt === undefined) return; // another attempt is current: the message is late
 * ```
 */
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
  return { ...ref, runner, timeoutSeconds: executionTimeoutSeconds + WORKFLOW_LIMITS.pauseAllowanceSeconds };
}

/** Tasks to be recorded in the same transaction as the end of the task they follow (invariants 1 and 4). */
export interface Follow {
  readonly tasks: ReadonlySet<string>;
  readonly writes: readonly Write[];
  /** Sends them to their agents; only after the transaction. */
  readonly launch: () => Promise<void>;
}
