import * as z from "zod";
import type { Closed } from "./closed-union.ts";
import { ExecutionId, PlanHash, TenantId } from "../core/ids.ts";
import { Priority } from "../workflow/definition/task-definition.ts";
import { Failure } from "../core/failure.ts";
import { Usage } from "../core/usage.ts";
import { TaskState } from "./task/task-record.ts";
import { PayloadRef } from "./payload.ts";

/**
 * Life of an execution (spec 000, "Workflow Execution Record").
 *
 * @example
 * ```ts
 * const underWay = ExecutionStatus.options.filter((status) => !isFinished(status));
 * ```
 */
export const ExecutionStatus = z.enum(["submitted", "queued", "running", "paused", "completed", "failed", "cancelled"]);
export type ExecutionStatus = z.infer<typeof ExecutionStatus>;

/**
 * Whether an execution can still change.
 *
 * @example
 * ```ts
 * if (isFinished(execution.status)) return; // a late message
 * ```
 */
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

/** Hooks that an execution waits for before it may start. Who has not heard of it by `until` asks again, which repeats nothing. */
export const AwaitedHooks = z.object({ hooks: z.array(z.string()).min(1), until: z.iso.datetime() });
export type AwaitedHooks = z.infer<typeof AwaitedHooks>;

/** A session as an execution sees it: it stays as it was at the submission. */
export const SessionRef = z.object({ id: z.string(), version: z.int().positive(), variables: PayloadRef });
export type SessionRef = z.infer<typeof SessionRef>;

/** What was told of an execution's service level so far, so that each thing is told once. */
export const SlaRecord = z.object({
  /** Whether it is more likely missed than met. */
  isAtRisk: z.boolean(),
  /** What it violated, by kind. */
  violations: z.array(z.object({ kind: z.enum(["deadline", "success_rate"]), reason: z.string(), at: z.iso.datetime() })),
});
export type SlaRecord = z.infer<typeof SlaRecord>;

const Time = z.iso.datetime();

const head = {
  tenant: TenantId,
  executionId: ExecutionId,
  workflowId: z.string(),
  workflowVersion: z.string(),
  pattern: z.string(),
  plan: PlanHash,
  /** Published version of the machine that its runs start; absent where no machine carries them. */
  machineArn: z.string().optional(),
  /** What carries the runs: the workflow's generated machine, or tasks that start each other along the graph. */
  runner: z.enum(["machine", "graph"]),
  /** How long the run may take from `startedAt`; the definition says so. */
  executionTimeoutSeconds: z.int().positive(),
  run: z.int().positive(),
  /** Counts the head's transitions from 1. A write is conditional on the number that its author saw. */
  move: z.int().positive(),
  /** What its moves told, as `tellOfHead` writes it: the newest of them, the others lie in rows of their own. */
  told: z.array(z.string()).readonly().optional(),
  priority: Priority,
  taskCount: z.int().nonnegative(),
  estimatedSeconds: z.number(),
  maxDurationMinutes: z.number().optional(),
  input: PayloadRef,
  submittedAt: Time,
  submittedBy: z.string(),
  /** On whose behalf, in the submitter's own words: nothing is allowed or refused because of them. */
  userId: z.string().optional(),
  organizationId: z.string().optional(),
  traceId: z.string(),
  /** Groups executions that belong to one conversation over A2A. */
  contextId: z.string().optional(),
  /** The session that it belongs to, and what that remembered when it was submitted. */
  session: SessionRef.optional(),
  /** The task of another execution that this one serves. */
  parent: z.object({ execution: ExecutionId, task: z.string(), attempt: z.int().positive() }).optional(),
  /** How many executions stand above it. */
  depth: z.int().nonnegative().optional(),
  /** The execution whose budget it draws on, itself included. Absent: no budget. */
  budgetRoot: ExecutionId.optional(),
  /** Share of its tasks that must succeed; the definition says so. */
  successRateThreshold: z.number().optional(),
  /** When its first run began. */
  startedAt: Time.optional(),
  /** When it stood still, oldest first; the newest `LIMITS.rememberedPauses`. */
  pauses: z.array(z.object({ from: Time, to: Time })).optional(),
  /** When its time is over; moves on by every pause. Set when it starts. */
  deadlineAt: Time.optional(),
  failure: Failure.extend({ task: z.string().optional() }).optional(),
  compensation: CompensationState.optional(),
  pending: PendingChange.optional(),
  lastControl: LastControl.optional(),
  sla: SlaRecord.optional(),
};

const finished = {
  ...head,
  startedAt: Time,
  completedAt: Time,
  /** What its tasks used, as far as was reported; put down where a parent or a caller over A2A is to hear it. */
  usage: Usage.optional(),
};

const VARIANTS = [
  z.object({ ...head, status: z.literal("submitted"), slot: Slot.optional() }),
  z.object({ ...head, status: z.literal("queued"), queued: QueuePlace, awaiting: AwaitedHooks.optional() }),
  z.object({ ...head, status: z.literal("running"), slot: Slot.optional(), startedAt: Time, deadlineAt: Time }),
  z.object({ ...head, status: z.literal("paused"), slot: Slot.optional(), pausedAt: Time }),
  /** The workflow's output, where its definition or a parent asks for one. */
  z.object({ ...finished, status: z.literal("completed"), output: PayloadRef.optional() }),
  z.object({ ...finished, status: z.literal("failed") }),
  z.object({ ...finished, status: z.literal("cancelled") }),
] as const;

/**
 * The head of an execution, by status: what a status does not list is not in its head. Written at submission and when
 * something of the execution as a whole changes, never per task.
 *
 * @example
 * ```ts
 * const left = execution.status === "running" ? Date.parse(execution.deadlineAt) - now : undefined;
 * ```
 */
export type Execution = Closed<z.infer<(typeof VARIANTS)[number]>>;

/** An execution in one of some statuses. */
export type ExecutionIn<Status extends ExecutionStatus> = Extract<Execution, { readonly status: Status }>;

const Row = z.discriminatedUnion("status", VARIANTS);

/** Reads heads; attributes that their status does not have are left out. */
export const Execution = { parse: (row: unknown): Execution => Row.parse(row) };

/** Counters over an execution's tasks: a read model, a moment behind. */
export const Progress = z.object({
  byState: z.partialRecord(TaskState, z.int()),
  lastEventAt: z.iso.datetime().optional(),
});
export type Progress = z.infer<typeof Progress>;
