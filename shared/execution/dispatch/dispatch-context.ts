import type { Write } from "../../aws/group-commit.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import type { Waiting } from "../task/attempt-transitions.ts";
import { type Binding, pendingTask, type TaskTransition } from "../task/transition.ts";
import { isPending } from "../task/waiting-transitions.ts";
import { commitTransition, loadTask, type TaskRef } from "../store/execution-store.ts";
import type { PlanView } from "../store/plan-store.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import type { Execution } from "../execution.ts";
import type { TaskMessage } from "../messages.ts";
import type { TaskRecord } from "../task/task-record.ts";

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
export const withoutRow = (runtime: Pick<Runtime, "now">, unseen: Unseen): DispatchContext => ({
  ...unseen,
  record: pendingTask(unseen.task.id, { ...bindingOf(unseen), queuedAt: isoNow(runtime) }),
});

/** The task with its row, or with one as it is about to be. */
export const attemptOf = <Row extends TaskRecord>(
  { message, execution, view, task }: Unseen,
  record: Row,
): Attempt<Row> => ({ run: message.run, head: execution, view, task, record });

/** Names the task. */
export const refOf = ({ message, task }: Pick<Unseen, "message" | "task">): TaskRef => ({
  tenant: message.run.tenant,
  execution: message.run.execution,
  task: task.id,
});

/** The run of the message becomes the row's owner, its token the one to answer. */
export const bindingOf = ({ message }: Pick<Unseen, "message">): Binding => ({ run: message.run.run, token: message.token });

/** Commits a transition of the task; what to do when the row was not as it was seen is the caller's. */
export const commit = (
  runtime: Pick<Runtime, "executions">,
  { execution }: Pick<Unseen, "execution">,
  { transition, also }: { transition: TaskTransition; also?: readonly Write[] | undefined },
) => commitTransition(runtime.executions, { head: execution, transition, also });

/** What a stale write comes to: a task that had no row is looked at again, a message about one that moved on is done. */
export const afterStale = ({ record }: Pick<DispatchContext, "record">): DispatchOutcome =>
  isPending(record) ? "row-exists" : "handled";

/** The task's row as it is now. */
export const loadRecord = (runtime: Pick<Runtime, "executions">, unseen: Unseen): Promise<TaskRecord | undefined> =>
  loadTask(runtime.executions, refOf(unseen));
