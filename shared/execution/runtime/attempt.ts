import type { Write } from "../../aws/group-commit.ts";
import { commitTransition, type ExecutionHead, type ExecutionStore, loadTask, type TaskRef } from "../store/execution-store.ts";
import type { PlanView } from "../store/plan-store.ts";
import type { Execution } from "../execution.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { QueueUrls, RunRef, TaskMessage } from "../messages.ts";
import type { Waiting } from "../task/attempt-transitions.ts";
import { type Binding, pendingTask, type TaskTransition } from "../task/transition.ts";
import { isPending } from "../task/waiting-transitions.ts";
import { type Clock, isoNow } from "./clock.ts";
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

/** What carries the current run. */
export const runnerOf = (execution: Execution): Execution["runner"] => (isCompensating(execution) ? "graph" : execution.runner);

/** The run an execution is in, as its messages and its machine's input name it. */
export function runOf(execution: Execution, queues: QueueUrls): RunRef {
  const { tenant, executionId, run, priority } = execution;
  const runner = runnerOf(execution);
  const ref = { tenant, execution: executionId, run, plan: planOf(execution), queue: queues[priority] };
  return runner === "machine" ? ref : { ...ref, runner };
}

/** A task of a live run whose message is being looked at, with its row as it was seen. */
export interface DispatchContext<Row extends TaskRecord = Waiting> {
  readonly message: TaskMessage;
  readonly execution: Execution;
  readonly view: PlanView;
  readonly task: PlanTask;
  /** The row, or `pendingTask` when there was none. */
  readonly record: Row;
}

/** What came of looking at a message; `row-exists`: a row was made meanwhile, and the task must be looked at again. */
export type DispatchOutcome = "handled" | "row-exists";

/** A context before the row was asked for. */
export type Unseen = Omit<DispatchContext, "record">;

/** The context of a task that has no row, as far as was seen. */
export const withoutRow = (clock: Pick<Clock, "now">, unseen: Unseen): DispatchContext => ({
  ...unseen,
  record: pendingTask(unseen.task.id, { ...bindingOf(unseen), queuedAt: isoNow(clock) }),
});

/** The task with its row, or with one as it is about to be. */
export const attemptOf = <Row extends TaskRecord>(
  { message, execution, view, task }: Unseen,
  record: Row,
): Attempt<Row> => ({ run: message.run, head: execution, view, task, record });

/** Names the task. */
export const taskRefOf = ({ message, task }: Pick<Unseen, "message" | "task">): TaskRef => ({
  tenant: message.run.tenant,
  execution: message.run.execution,
  task: task.id,
});

/** The run of the message becomes the row's owner, its token the one to answer. */
export const bindingOf = ({ message }: Pick<Unseen, "message">): Binding => ({ run: message.run.run, token: message.token });

/** Commits a transition of the task; what to do when the row was not as it was seen is the caller's. */
export const commit = (
  { executions }: { readonly executions: ExecutionStore },
  { execution }: Pick<Unseen, "execution">,
  { transition, also }: { transition: TaskTransition; also?: readonly Write[] | undefined },
) => commitTransition(executions, { head: execution, transition, also });

/** What a stale write comes to: a task that had no row is looked at again, a message about one that moved on is done. */
export const afterStale = ({ record }: Pick<DispatchContext, "record">): DispatchOutcome =>
  isPending(record) ? "row-exists" : "handled";

/** The task's row as it is now. */
export const loadRecord = ({ executions }: { readonly executions: ExecutionStore }, unseen: Unseen): Promise<TaskRecord | undefined> =>
  loadTask(executions, taskRefOf(unseen));

/** Tasks to be recorded in the same transaction as the end of the task they follow (invariants 1 and 4). */
export interface Follow {
  readonly tasks: ReadonlySet<string>;
  readonly writes: readonly Write[];
  /** Sends them to their agents; only after the transaction. */
  readonly launch: () => Promise<void>;
}
