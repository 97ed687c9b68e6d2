import * as z from "zod";
import { Usage } from "../../core/usage.ts";
import { ExecutionStatus } from "../execution.ts";
import { ExecutionFailure, FailureView } from "./executions.ts";
import { ShownTaskState } from "./tasks.ts";
import { WaitingView } from "./waiting.ts";

/** One task of a status; before it was looked at it has an id and is `pending`. */
export const StageDetail = z
  .object({
    stage_id: z.string(),
    status: z.enum(["pending", ...ShownTaskState.options]),
    attempt: z.int().optional(),
    agent_id: z.string().optional(),
    start_time: z.iso.datetime().optional(),
    end_time: z.iso.datetime().optional(),
    /** Bytes, such as `120B`. */
    output_size: z.string().optional(),
    /** What its attempts, instances and second attempts used, as far as was reported. */
    usage: Usage.optional(),
    error: FailureView.optional(),
    /** While it is queued or parked for a reason, or an instance of it is. */
    waiting: WaitingView.optional(),
  })
  .meta({ id: "StageDetail" });
export type StageDetail = z.infer<typeof StageDetail>;

/** A task that waits for a person, of the execution or of one that runs as a task of it. */
const WaitingFor = z
  .object({
    kind: z.enum(["input", "auth", "approval"]),
    execution_id: z.string(),
    task_id: z.string(),
    since: z.iso.datetime(),
  })
  .meta({ id: "WaitingFor" });

const SlaCompliance = z
  .object({
    on_track: z.boolean(),
    remaining_time_minutes: z.number().nullable(),
    /** As things stand: 0 while no agent can do what is to be done next. */
    success_probability: z.number(),
    target_completion_time: z.iso.datetime().nullable(),
    actual_completion_time: z.iso.datetime().nullable(),
    sla_violated: z.boolean(),
    violation_reasons: z.array(z.string()),
    success_rate_requirement: z.number().nullable(),
    actual_success_rate: z.number().nullable(),
  })
  .meta({ id: "SlaCompliance" });

/** When an execution is likely to end; waits for people and events count as nothing and are named. */
const EstimatedCompletion = z
  .object({ p50: z.iso.datetime(), p90: z.iso.datetime(), open_waits: z.array(z.string()) })
  .meta({ id: "EstimatedCompletion" });

/**
 * Tasks of the plan that have settled, one way or another. Instances of lists and of calls to several agents are
 * counted beside them, as far as it is known how many there are.
 */
const Progress = z
  .object({
    completed_stages: z.int().nonnegative(),
    total_stages: z.int().nonnegative(),
    percentage: z.int().min(0).max(100),
    instances: z.object({ settled: z.int().nonnegative(), total: z.int().nonnegative() }).optional(),
  })
  .meta({ id: "StageProgress" });

/** How far the undoing of what was done has come. */
const CompensationProgress = z
  .object({
    status: z.enum(["running", "completed", "failed"]),
    ends_as: z.enum(["failed", "cancelled"]),
    settled_tasks: z.int().nonnegative(),
    total_tasks: z.int().nonnegative(),
  })
  .meta({ id: "CompensationProgress" });

/** `throughput_records_per_second`: absent unless agents report records. */
const StagePerformance = z
  .object({ execution_time_seconds: z.number(), throughput_records_per_second: z.number().optional() })
  .meta({ id: "StagePerformance" });

/** Status with stages, progress and SLA outlook (spec 000). */
export const StageStatus = z
  .object({
    execution_id: z.string(),
    workflow_id: z.string(),
    workflow_version: z.string(),
    status: ExecutionStatus,
    current_stage: z.string().nullable(),
    progress: Progress,
    /** Once what was done is being undone, or was. */
    compensation: CompensationProgress.optional(),
    performance_metrics: StagePerformance,
    /** What its tasks used, as far as was reported: executions that ran as tasks of it included. */
    usage: Usage.optional(),
    stage_details: z.array(StageDetail),
    /** While people are waited for, the longest wait first. */
    waiting_for: z.array(WaitingFor).optional(),
    critical_path: z.array(z.string()),
    /** Null while it cannot be told: no agent can do what is to be done next. */
    estimated_remaining_seconds: z.number().nullable(),
    /** Absent once it is finished, and while it cannot be told. */
    estimated_completion: EstimatedCompletion.optional(),
    sla_compliance: SlaCompliance,
    error_details: ExecutionFailure.optional(),
  })
  .meta({ id: "StageStatus" });
export type StageStatus = z.infer<typeof StageStatus>;

/** What lies ahead of an execution, without its tasks. */
export const OutlookView = StageStatus.pick({
  execution_id: true,
  status: true,
  progress: true,
  performance_metrics: true,
  estimated_remaining_seconds: true,
  estimated_completion: true,
  sla_compliance: true,
}).meta({ id: "Outlook" });
export type OutlookView = z.infer<typeof OutlookView>;

const WorkflowPerformance = z
  .object({
    total_runtime_seconds: z.int(),
    agents_allocated: z.int(),
    tasks_completed: z.int(),
    tasks_failed: z.int(),
    /**
     * Share of the running time in which no agent was at work and nothing outside was waited for. Retries, waits for
     * people and events, pauses and undoing do not count. Absent when it cannot be told: before the start and after a
     * restart.
     */
    coordination_overhead: z.number().min(0).max(1).optional(),
  })
  .meta({ id: "WorkflowPerformance" });

/** `none`: nothing is undone. `pending`: it is on record that what was done is to be undone. */
const CompensationStatus = z.enum(["none", "pending", "running", "completed", "failed"]);

/** Status words of spec 001 and 004. */
export const Phase = z.enum(["planning", "executing", "paused", "completed", "failed"]);
export type Phase = z.infer<typeof Phase>;

const PHASES: Readonly<Record<ExecutionStatus, Phase>> = {
  submitted: "planning",
  queued: "planning",
  running: "executing",
  paused: "paused",
  completed: "completed",
  failed: "failed",
  cancelled: "failed",
};

/** A status in the words of spec 001 and 004. */
export const phaseOf = (status: ExecutionStatus): Phase => PHASES[status];

/** Status as spec 001 §4 and 004 §4.1 show it. */
export const WorkflowStatus = z
  .object({
    workflow_id: z.string(),
    execution_id: z.string(),
    status: Phase,
    current_phase: z.string(),
    agents: z.array(
      z.object({
        agent_id: z.string(),
        status: z.enum(["assigned", "running", "completed", "failed", "cancelled"]),
        current_task: z.string(),
        progress: z.number(),
      }),
    ),
    performance_metrics: WorkflowPerformance,
    error_details: z
      .object({
        error_code: z.string(),
        error_message: z.string(),
        failed_task: z.string().nullable(),
        compensation_status: CompensationStatus,
      })
      .optional(),
  })
  .meta({ id: "WorkflowStatus" });
export type WorkflowStatus = z.infer<typeof WorkflowStatus>;

const TaskMetrics = z.object({
  task_id: z.string(),
  agent_id: z.string().nullable(),
  attempts: z.int(),
  duration_seconds: z.number().nullable(),
  output_bytes: z.int(),
  usage: Usage.optional(),
});

/** Durations, attempts and data volume of an execution. */
export const ExecutionMetrics = WorkflowPerformance.extend({
  execution_id: z.string(),
  execution_time_seconds: z.number(),
  queue_time_seconds: z.number(),
  agent_time_seconds: z.number(),
  retries: z.int(),
  output_bytes: z.int(),
  throughput_records_per_second: z.number().optional(),
  usage: Usage.optional(),
  tasks: z.array(TaskMetrics.meta({ id: "TaskMetrics" })),
}).meta({ id: "ExecutionMetrics" });
export type ExecutionMetrics = z.infer<typeof ExecutionMetrics>;
