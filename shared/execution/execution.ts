import * as z from "zod";
import { DEFAULTS } from "../core/limits.ts";
import { ExecutionId, TenantId } from "../core/ids.ts";
import { PlanHash } from "../core/ids.ts";
import { Priority } from "../workflow/definition/workflow-definition.ts";
import { Failure } from "../core/failure.ts";
import { TaskState } from "./task/task-record.ts";
import { PayloadRef } from "../core/payload.ts";

/** Life of an execution (spec 000, "Workflow Execution Record"). */
export const ExecutionStatus = z.enum(["submitted", "queued", "running", "paused", "completed", "failed", "cancelled"]);
export type ExecutionStatus = z.infer<typeof ExecutionStatus>;

/** Whether an execution can still change. */
export const isFinished = (status: ExecutionStatus): boolean =>
  status === "completed" || status === "failed" || status === "cancelled";

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

/** Counters over an execution's tasks: a read model, a moment behind. */
export const Progress = z.object({
  byState: z.partialRecord(TaskState, z.int()),
  lastEventAt: z.iso.datetime().optional(),
});
export type Progress = z.infer<typeof Progress>;
