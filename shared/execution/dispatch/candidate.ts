import { createTask, loadTask, moveTask, type NewEvent, type TaskRef } from "../store/execution-store.ts";
import type { CommitOutcome, Write } from "../../aws/group-commit.ts";
import type { PlanView } from "../store/plan-store.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import type { Execution, TaskRecord } from "../execution.ts";
import type { TaskMessage } from "../messages.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";

/** A task of a live run whose message is being looked at. */
export interface Candidate {
  readonly message: TaskMessage;
  readonly execution: Execution;
  readonly view: PlanView;
  readonly task: PlanTask;
}

/** The task with a row as it is, or is about to be. */
export const attemptOf = ({ message, execution, view, task }: Candidate, record: TaskRecord): Attempt => ({
  run: message.run,
  head: execution,
  view,
  task,
  record,
});

/** Names the task. */
export const refOf = ({ message, task }: Candidate): TaskRef => ({
  tenant: message.run.tenant,
  execution: message.run.execution,
  task: task.id,
});

/** The row of a task nobody has worked on yet. */
export const blankRecord = (runtime: Runtime, { message, task }: Candidate): TaskRecord => ({
  task: task.id,
  state: "queued",
  run: message.run.run,
  attempt: 0,
  token: message.token,
  queuedAt: isoNow(runtime),
});

/** What becomes of a row, and what is written together with it. */
export interface Change {
  readonly set: Partial<TaskRecord>;
  readonly events: readonly NewEvent[];
  readonly also?: readonly Write[] | undefined;
}

/** Creates the row, or moves it from where it was seen. The run of the message becomes its owner. */
export function writeTask(
  runtime: Runtime,
  candidate: Candidate,
  { record, set, events, also = [] }: Change & { record: TaskRecord | undefined },
): Promise<CommitOutcome> {
  const { message, execution } = candidate;
  if (record === undefined) {
    const created = { ...blankRecord(runtime, candidate), ...set };
    return createTask(runtime.executions, execution, { record: created, events, also });
  }
  return moveTask(runtime.executions, execution, {
    task: record.task,
    from: [record.state],
    attempt: record.attempt,
    holds: { run: record.run },
    set: { ...set, token: message.token, run: message.run.run },
    events,
    also,
  });
}

/** The task's row as it is now. */
export const loadRecord = (runtime: Runtime, candidate: Candidate): Promise<TaskRecord | undefined> =>
  loadTask(runtime.executions, refOf(candidate));
