import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import type { Execution } from "../execution.ts";
import { actionsAt, type Wait, WAIT_ACTIONS } from "../lifecycle/task-actions.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { FailureView } from "./executions.ts";
import { viewWaiting, WaitingView } from "./waiting.ts";

/** What a task waits for a person for. */
export const InboxKind = z.enum(["approval", "input", "auth", "unknown_state", "operator", "budget"]);
export type InboxKind = z.infer<typeof InboxKind>;

/** A task that waits for a person. Approvals have `prompt` and `roles`, questions have `agent_id` and `question`. */
export const InboxItem = z
  .object({
    kind: InboxKind,
    execution_id: z.string(),
    workflow_id: z.string(),
    task_id: z.string(),
    description: z.string().nullable(),
    waiting_since: z.iso.datetime(),
    wait_until: z.iso.datetime().optional(),
    /** Absent for a question: its task is with an agent. */
    waiting: WaitingView.optional(),
    prompt: z.string().nullable().optional(),
    roles: z.array(z.string()).optional(),
    agent_id: z.string().nullable().optional(),
    question: z.unknown().optional(),
    error: FailureView.optional(),
    is_compensation: z.boolean(),
    /** What can be done about it, as paths below the task. */
    actions: z.array(z.enum(WAIT_ACTIONS)),
  })
  .meta({ id: "InboxItem" });
export type InboxItem = z.infer<typeof InboxItem>;

/** A page of what waits for people, oldest first. It may hold fewer items than asked for. */
export const InboxPage = z.object({ items: z.array(InboxItem), next_cursor: NextCursor }).meta({ id: "InboxPage" });

const QUESTION: Wait = { state: "input_required" };

/** What each of them is for its task. */
const WAITS: Readonly<Record<InboxKind, Wait>> = {
  approval: { state: "parked", reason: "approval" },
  input: QUESTION,
  /** The agent goes on by itself once it is authorised; an answer reaches it too. */
  auth: QUESTION,
  unknown_state: QUESTION,
  operator: { state: "parked", reason: "operator" },
  budget: { state: "parked", reason: "budget" },
};

/** What an agent asks for: its task is with it. */
const ASKED: ReadonlySet<InboxKind> = new Set(["input", "auth", "unknown_state"]);

/** A task that waits for a person, with what it belongs to. */
export interface WaitingTask {
  readonly kind: InboxKind;
  readonly since: string;
  readonly record: TaskRecord;
  readonly execution: Execution;
  /** Absent when the plan no longer has it. */
  readonly task: PlanTask | undefined;
  /** What the agent asks, where it asks. */
  readonly question?: unknown;
}

/** A task that waits for a person as the API prints it. */
export function viewInboxItem({ kind, since, record, execution, task, question }: WaitingTask): InboxItem {
  const waiting = viewWaiting(record);
  const asked = question === undefined ? {} : { question };
  return {
    kind,
    execution_id: execution.executionId,
    workflow_id: execution.workflowId,
    task_id: record.task,
    description: task?.description ?? null,
    waiting_since: since,
    ...(record.waitUntil === undefined ? {} : { wait_until: record.waitUntil }),
    ...(waiting === undefined ? {} : { waiting }),
    ...(kind === "approval" ? { prompt: task?.approval?.prompt ?? null, roles: task?.approval?.roles ?? [] } : {}),
    ...(ASKED.has(kind) ? { agent_id: record.agentId ?? null, ...asked } : {}),
    ...(record.failure === undefined ? {} : { error: record.failure }),
    is_compensation: execution.compensation?.status === "running",
    actions: actionsAt(WAITS[kind]),
  };
}
