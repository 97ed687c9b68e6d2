import * as z from "zod";
import { DEFAULTS } from "../limits.ts";
import { ExecutionId, TenantId } from "./messages.ts";
import { PlanHash } from "./plan.ts";
import { Priority } from "./workflow-definition.ts";

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

/** Why a task or an execution failed. `message` holds no payload. */
export const Failure = z.object({ code: z.string(), message: z.string() });
export type Failure = z.infer<typeof Failure>;

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
});
export type Execution = z.infer<typeof Execution>;

/** One task of an execution. Exists from the first time its message was looked at. */
export const TaskRecord = z.object({
  task: z.string(),
  state: TaskState,
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
});
export type TaskRecord = z.infer<typeof TaskRecord>;

/** Counters over an execution's tasks: a read model, a moment behind. */
export const Progress = z.object({
  byState: z.partialRecord(TaskState, z.int()),
  lastEventAt: z.iso.datetime().optional(),
});
export type Progress = z.infer<typeof Progress>;
