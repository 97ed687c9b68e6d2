import * as z from "zod";
import { type Execution, ExecutionStatus } from "../execution.ts";
import { type TaskRecord, TaskState } from "../task/task-record.ts";
import { ExecutionEventView } from "./events.ts";
import { StageStatus } from "./status.ts";
import { viewWaiting, WaitReason } from "./waiting.ts";

/** What a stream of an execution shows. `tasks`: all tasks in columns once, then those that changed. */
export const StreamView = z.enum(["status", "events", "tasks"]);
export type StreamView = z.infer<typeof StreamView>;

/** Milliseconds since the execution was submitted. */
const Moment = z.int().nullable();

/** A task as a row of `TASK_COLUMNS`: a third of the bytes that names would make of it. */
const TaskColumns = z.tuple([
  z.string(),
  TaskState,
  WaitReason.nullable(),
  Moment,
  Moment,
  Moment,
  z.int(),
  z.string().nullable(),
]);

const TASK_COLUMNS = ["task_id", "status", "waiting", "queued", "dispatched", "settled", "attempt", "agent_id"] as const;

/** Event `snapshot`: an execution with all tasks that were looked at so far. */
const TasksSnapshot = z
  .object({
    execution_id: z.string(),
    status: ExecutionStatus,
    submitted_at: z.iso.datetime(),
    /** What the places of a task's row mean. */
    columns: z.array(z.string()),
    tasks: z.array(TaskColumns),
  })
  .meta({ id: "TasksSnapshot" });
type TasksSnapshot = z.infer<typeof TasksSnapshot>;

/** Event `delta`: tasks that changed, as they are now. */
const TasksDelta = z.object({ status: ExecutionStatus, tasks: z.array(TaskColumns) }).meta({ id: "TasksDelta" });
type TasksDelta = z.infer<typeof TasksDelta>;

/** Event `gap`: sequences of events that the log does not have any more, first and last. */
const StreamGap = z.object({ from: z.int().nonnegative(), to: z.int().nonnegative() }).meta({ id: "StreamGap" });

/** Event `end`: the execution is over. */
const StreamEnd = z.object({ status: ExecutionStatus }).meta({ id: "StreamEnd" });

/** What the streams of an execution send as data, by the name of the server-sent event. */
export const ExecutionStreamData = z
  .union([StageStatus, TasksSnapshot, TasksDelta, StreamGap, StreamEnd, ExecutionEventView])
  .meta({ id: "ExecutionStreamData" });

/** An execution with its tasks, as a stream sends it first. */
export const viewSnapshot = (execution: Execution, tasks: readonly TaskRecord[]): TasksSnapshot => ({
  execution_id: execution.executionId,
  status: execution.status,
  submitted_at: execution.submittedAt,
  columns: [...TASK_COLUMNS],
  tasks: tasks.map((task) => columnsOf(task, execution)),
});

/** What changed, as a stream sends it next. */
export const viewDelta = (execution: Execution, tasks: readonly TaskRecord[]): TasksDelta => ({
  status: execution.status,
  tasks: tasks.map((task) => columnsOf(task, execution)),
});

function columnsOf(record: TaskRecord, { submittedAt }: Execution): z.infer<typeof TaskColumns> {
  const since = (at: string | undefined): number | null => (at === undefined ? null : Date.parse(at) - Date.parse(submittedAt));
  const { task, state, queuedAt, dispatchedAt, settledAt, attempt, agentId = null } = record;
  return [task, state, viewWaiting(record)?.reason ?? null, since(queuedAt), since(dispatchedAt), since(settledAt), attempt, agentId];
}
