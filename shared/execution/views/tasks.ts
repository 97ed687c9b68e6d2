import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import { Usage } from "../../core/usage.ts";
import { ParkReason, type TaskRecord, TaskState } from "../task/task-record.ts";
import { FailureView } from "./executions.ts";
import { outputShape, type ShownPayload, viewOutput } from "./payloads.ts";
import { viewWaiting, WaitingView } from "./waiting.ts";

/** A task's state as people see it: waiting to be authorised is another thing than waiting for an answer. */
export const ShownTaskState = z.enum([...TaskState.options, "auth_required"]);
export type ShownTaskState = z.infer<typeof ShownTaskState>;

/** The state of a task as the API prints it. */
export const shownState = ({ state, asksFor }: Pick<TaskRecord, "state" | "asksFor">): ShownTaskState =>
  state === "input_required" && asksFor === "auth" ? "auth_required" : state;

/** A task as its row has it. */
export const TaskView = z
  .object({
    task_id: z.string(),
    status: ShownTaskState,
    attempt: z.int(),
    agent_id: z.string().nullable(),
    agent_task_id: z.string().nullable(),
    queued_at: z.iso.datetime().nullable(),
    dispatched_at: z.iso.datetime().nullable(),
    deadline_at: z.iso.datetime().nullable(),
    settled_at: z.iso.datetime().nullable(),
    tried_agents: z.array(z.string()),
    run: z.int(),
    /** What its attempts used, as far as was reported. */
    usage: Usage.optional(),
    /** While it is parked for something other than a task. */
    waits_for: ParkReason.optional(),
    /** While it is queued or parked for a reason. */
    waiting: WaitingView.optional(),
    child_execution_id: z.string().optional(),
    error: FailureView.optional(),
  })
  .meta({ id: "Task" });
export type TaskView = z.infer<typeof TaskView>;

/** A page of tasks. */
export const TaskPage = z.object({ tasks: z.array(TaskView), next_cursor: NextCursor }).meta({ id: "TaskPage" });

/** A task with its output, and its question while it waits for input. What is too large for a reply comes as a link. */
export const TaskDetails = TaskView.extend({
  /** `output` is null while there is none; of a failed task it is what the agent had made until then. */
  ...outputShape,
  question: z.unknown().optional(),
  question_url: z.string().optional(),
  question_bytes: z.int().optional(),
  question_sha256: z.string().optional(),
}).meta({ id: "TaskDetails" });
export type TaskDetails = z.infer<typeof TaskDetails>;

/** Whether the agent took the answer to its question. */
export const AnswerTaken = z.object({ task_id: z.string(), accepted: z.boolean() }).meta({ id: "AnswerTaken" });

/** A task as the API prints it; `because` says why it waits for an agent. */
export function viewTask(record: TaskRecord, because?: string): TaskView {
  const waiting = viewWaiting(record, because);
  return {
    task_id: record.task,
    status: shownState(record),
    attempt: record.attempt,
    agent_id: record.agentId ?? null,
    agent_task_id: record.agentTaskId ?? null,
    queued_at: record.queuedAt ?? null,
    dispatched_at: record.dispatchedAt ?? null,
    deadline_at: record.deadlineAt ?? null,
    settled_at: record.settledAt ?? null,
    tried_agents: record.triedAgents ?? [],
    run: record.run,
    ...(record.usage === undefined ? {} : { usage: record.usage }),
    ...(record.reason === undefined ? {} : { waits_for: record.reason }),
    ...(record.child === undefined ? {} : { child_execution_id: record.child }),
    ...(record.failure === undefined ? {} : { error: record.failure }),
    ...(waiting === undefined ? {} : { waiting }),
  };
}

/** A task with its payloads as the API prints it. */
export const viewTaskDetails = (
  record: TaskRecord,
  shown: { output?: ShownPayload | undefined; question?: ShownPayload | undefined; because?: string | undefined },
): TaskDetails => ({
  ...viewTask(record, shown.because),
  ...viewOutput(shown.output ?? { value: null }),
  ...(shown.question === undefined ? {} : viewQuestion(shown.question)),
});

const viewQuestion = (shown: ShownPayload) =>
  "value" in shown
    ? { question: shown.value }
    : { question_url: shown.url, question_bytes: shown.bytes, question_sha256: shown.sha256 };
