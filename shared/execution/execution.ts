import * as z from "zod";
import { DEFAULTS } from "../core/limits.ts";
import { ExecutionId, TenantId } from "../core/ids.ts";
import { PlanHash } from "../core/ids.ts";
import { Priority } from "../workflow/definition/workflow-definition.ts";
import { Failure } from "../core/failure.ts";

/** Life of an execution (spec 000, "Workflow Execution Record"). */
export const ExecutionStatus = z.enum(["submitted", "queued", "running", "paused", "completed", "failed", "cancelled"]);
export type ExecutionStatus = z.infer<typeof ExecutionStatus>;

/** Life of a task. `queued` also covers the delay before a retry. */
export const TaskState = z.enum([
  "queued",
  "parked",
  "dispatched",
  "running",
  "input_required",
  "completed",
  "failed",
  "skipped",
  "cancelled",
]);
export type TaskState = z.infer<typeof TaskState>;

const SETTLED: ReadonlySet<TaskState> = new Set(["completed", "failed", "skipped", "cancelled"]);

/** Whether a task has left the stage for good (invariant 8). */
export const isSettled = (state: TaskState): boolean => SETTLED.has(state);

/** Whether an execution can still change. */
export const isFinished = (status: ExecutionStatus): boolean =>
  status === "completed" || status === "failed" || status === "cancelled";

/** JSON kept next to the row when small, in the payload bucket when not (invariant 2). */
export const PayloadRef = z.union([
  z.object({ json: z.string() }),
  z.object({ key: z.string(), bytes: z.int().nonnegative(), sha256: z.string() }),
]);
export type PayloadRef = z.infer<typeof PayloadRef>;

/**
 * A change of course that is on record but not carried out yet. Whoever finds one completes it: every step of it may be
 * repeated.
 */
export const PendingChange = z.object({
  /** Tells it from the change before and after it in the same run. */
  id: z.string().optional(),
  /** Run that the change belongs to: the one it starts, or the current one. */
  run: z.int().positive(),
  /** What becomes of tasks: a `Restart` as JSON. Absent when nothing is reset. */
  restart: PayloadRef.optional(),
  /** Parked tasks to queue again, by what they wait for. */
  release: z.array(z.string()).optional(),
  /** What was done is to be undone; the execution ends so afterwards. */
  compensate: z.enum(["failed", "cancelled"]).optional(),
  /** When the undoing went on record: before everybody has heard of it nobody may plan it. */
  compensateSince: z.iso.datetime().optional(),
  /** Executions that serve as tasks of this one go the same way; `cancel` also recalls its own tasks. */
  follow: z.enum(["pause", "resume", "cancel", "release"]).optional(),
  /** A checkpoint to take, by id. */
  checkpoint: z.string().optional(),
});
export type PendingChange = z.infer<typeof PendingChange>;

/** The last act of steering, so that its repeat is known for one. */
export const LastControl = z.object({
  action: z.string(),
  /** Over what was asked for. */
  digest: z.string(),
  /** The run it led to. */
  run: z.int().positive(),
});
export type LastControl = z.infer<typeof LastControl>;

/** Where an execution's compensation stands. */
export const CompensationState = z.object({
  plan: PlanHash,
  /** Published version of the machine that carries it. */
  machineArn: z.string(),
  status: z.enum(["running", "completed", "failed"]),
  /** How the execution ends once everything is undone. */
  endsAs: z.enum(["failed", "cancelled"]),
});
export type CompensationState = z.infer<typeof CompensationState>;

/** The counters that an execution under way is counted in: its tenant's own, and the one over all tenants. */
export const Slot = z.object({ own: z.int().nonnegative(), all: z.int().nonnegative() });
export type Slot = z.infer<typeof Slot>;

/** Where an execution waits for a slot: the sort key of its row, which orders by priority and age, and its counter. */
export const QueuePlace = z.object({ key: z.string(), shard: z.int().nonnegative() });
export type QueuePlace = z.infer<typeof QueuePlace>;

/** What was told of an execution's service level so far, so that each thing is told once. */
export const SlaRecord = z.object({
  /** Whether it is more likely missed than met. */
  isAtRisk: z.boolean(),
  /** What it violated, by kind. */
  violations: z.array(z.object({ kind: z.enum(["deadline", "success_rate"]), reason: z.string(), at: z.iso.datetime() })),
});
export type SlaRecord = z.infer<typeof SlaRecord>;

/** The head of an execution. Written at submission and when its status changes, never per task. */
export const Execution = z.object({
  tenant: TenantId,
  executionId: ExecutionId,
  workflowId: z.string(),
  workflowVersion: z.string(),
  pattern: z.string(),
  plan: PlanHash,
  /** Published version of the machine that its runs start. */
  machineArn: z.string(),
  /** What carries the run: the workflow's generated machine, or the graph runner (DESIGN §4). */
  runner: z.enum(["machine", "graph"]).default("machine"),
  /** How long the run may take from `startedAt`; the definition says so. */
  executionTimeoutSeconds: z.int().positive().default(DEFAULTS.executionTimeoutSeconds),
  status: ExecutionStatus,
  run: z.int().positive(),
  priority: Priority,
  taskCount: z.int().nonnegative(),
  estimatedSeconds: z.number(),
  maxDurationMinutes: z.number().optional(),
  input: PayloadRef,
  submittedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  completedAt: z.iso.datetime().optional(),
  submittedBy: z.string(),
  traceId: z.string(),
  failure: Failure.extend({ task: z.string().optional() }).optional(),
  /** When its time is over; moves on by every pause. Set when it starts. */
  deadlineAt: z.iso.datetime().optional(),
  pausedAt: z.iso.datetime().optional(),
  /** The task of another execution that this one serves. */
  parent: z.object({ execution: ExecutionId, task: z.string(), attempt: z.int().positive() }).optional(),
  /** How many executions stand above it. */
  depth: z.int().nonnegative().optional(),
  /** The execution whose budget it draws on, itself included. Absent: no budget. */
  budgetRoot: ExecutionId.optional(),
  compensation: CompensationState.optional(),
  pending: PendingChange.optional(),
  lastControl: LastControl.optional(),
  /** The workflow's output, once completed, where its definition or a parent asks for one. */
  output: PayloadRef.optional(),
  slot: Slot.optional(),
  queued: QueuePlace.optional(),
  sla: SlaRecord.optional(),
  /** Counts changes of `sla`, so that none is overwritten unseen. */
  slaRevision: z.int().positive().optional(),
  /** Share of its tasks that must succeed; the definition says so. */
  successRateThreshold: z.number().optional(),
});
export type Execution = z.infer<typeof Execution>;

/** What a parked task waits for, other than a task: the part after `$` in its parking row. */
export const HoldReason = z.enum(["paused", "hold", "event", "approval", "operator", "budget"]);
export type HoldReason = z.infer<typeof HoldReason>;

/** What a person decided about a task that waits for it. */
export const Decision = z.object({
  verdict: z.enum(["approved", "rejected"]),
  by: z.string(),
  reason: z.string().optional(),
  at: z.iso.datetime(),
});
export type Decision = z.infer<typeof Decision>;

/** One task of an execution. Exists from the first time its message was looked at. */
export const TaskRecord = z.object({
  task: z.string(),
  state: TaskState,
  /** The run that owns the row. Messages of earlier runs change nothing any more. */
  run: z.int().positive().default(1),
  /** Counts from 1; 0 before the first dispatch. */
  attempt: z.int().nonnegative(),
  token: z.string(),
  agentId: z.string().optional(),
  agentTaskId: z.string().optional(),
  contextId: z.string().optional(),
  messageId: z.string().optional(),
  /** sha256 of the secret that a push of this attempt must show. */
  pushSecretHash: z.string().optional(),
  /** Agents that failed this task already, oldest first. */
  triedAgents: z.array(z.string()).optional(),
  queuedAt: z.iso.datetime().optional(),
  dispatchedAt: z.iso.datetime().optional(),
  /** When the attempt is given up. */
  deadlineAt: z.iso.datetime().optional(),
  /** A retry waits until then. */
  notBefore: z.iso.datetime().optional(),
  settledAt: z.iso.datetime().optional(),
  output: PayloadRef.optional(),
  /** What the agent asks for while `input_required`. */
  question: PayloadRef.optional(),
  failure: Failure.optional(),
  /** Attempts before the task was started over: the policy's count begins after them. */
  retryBase: z.int().nonnegative().optional(),
  /** While parked for something other than a task. */
  reason: HoldReason.optional(),
  /** When waiting for an event or a person is given up. */
  waitUntil: z.iso.datetime().optional(),
  /** Since when events count for a task that waits for one. */
  waitSince: z.iso.datetime().optional(),
  /** Detail of the event that a task waited for. */
  event: PayloadRef.optional(),
  decision: Decision.optional(),
  /** Takes the place of the definition's input in a rerun. */
  input: PayloadRef.optional(),
  /** The execution that runs as this task. */
  child: ExecutionId.optional(),
  /** Who was at work on it when it was taken back and is yet to be told to stop. */
  recall: z
    .object({ agents: z.array(z.object({ agentId: z.string(), agentTaskId: z.string() })), child: ExecutionId.optional() })
    .optional(),
  /** The list of a `for_each`, and how long it is. */
  items: z.object({ count: z.int().nonnegative(), list: PayloadRef }).optional(),
  /** When a second agent got the task as well, under the name that `hedgeName` gives. */
  hedgedAt: z.iso.datetime().optional(),
});
export type TaskRecord = z.infer<typeof TaskRecord>;

/** Counters over an execution's tasks: a read model, a moment behind. */
export const Progress = z.object({
  byState: z.partialRecord(TaskState, z.int()),
  lastEventAt: z.iso.datetime().optional(),
});
export type Progress = z.infer<typeof Progress>;
