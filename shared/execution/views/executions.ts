import * as z from "zod";
import { Failure } from "../../core/failure.ts";
import { NextCursor } from "../../core/next-cursor.ts";
import { Priority } from "../../workflow/definition/task-definition.ts";
import { type Execution, ExecutionStatus, type Progress } from "../execution.ts";
import { CONTROL_ACTIONS, legalMoves } from "../lifecycle/execution-actions.ts";
import { TaskState } from "../task/task-record.ts";
import { WaitingView } from "./waiting.ts";

/** Why an execution or a task failed. */
export const FailureView = Failure.meta({ id: "Failure" });

/** Why an execution failed, and the task that it failed in when it was one. */
export const ExecutionFailure = Failure.extend({ task: z.string().optional() }).meta({ id: "ExecutionFailure" });

const ExecutionMetadata = z
  .object({
    submitted_at: z.iso.datetime(),
    started_at: z.iso.datetime().nullable(),
    completed_at: z.iso.datetime().nullable(),
    /** Who was authenticated. */
    submitted_by: z.string(),
    /** On whose behalf, as the submission said. */
    user_id: z.string().optional(),
    /** As the submission said; the tenant when it did not. */
    organization_id: z.string(),
    priority: Priority,
    trace_id: z.string(),
  })
  .meta({ id: "ExecutionMetadata" });

/** An execution's head (spec 000, "Workflow Execution Record"). */
export const ExecutionView = z
  .object({
    execution_id: z.string(),
    workflow_id: z.string(),
    workflow_version: z.string(),
    status: ExecutionStatus,
    execution_metadata: ExecutionMetadata,
    task_count: z.int(),
    run: z.int(),
    error_details: ExecutionFailure.optional(),
  })
  .meta({ id: "Execution" });
export type ExecutionView = z.infer<typeof ExecutionView>;

/** A page of executions, newest first, and how many were looked at to find them. */
export const ExecutionPage = z
  .object({ executions: z.array(ExecutionView), searched: z.int(), next_cursor: NextCursor })
  .meta({ id: "ExecutionPage" });

/** Where an execution stands in the queue. */
export const QueuePosition = z
  .object({ position: z.int(), estimated_wait_seconds: z.number(), estimated_wait_time_minutes: z.number() })
  .meta({ id: "QueuePosition" });
export type QueuePosition = z.infer<typeof QueuePosition>;

/** An execution with its task counters, and its place in the queue while it is queued. */
export const ExecutionDetails = ExecutionView.extend({
  queue_status: QueuePosition.optional(),
  /** While it is queued and something else than a slot keeps it. */
  waiting: WaitingView.optional(),
  tasks_by_state: z.partialRecord(TaskState, z.int()),
  /** How it can be steered as it stands. */
  legal_moves: z.array(z.enum(CONTROL_ACTIONS)),
}).meta({ id: "ExecutionDetails" });
export type ExecutionDetails = z.infer<typeof ExecutionDetails>;

/** An execution's head as the API prints it. */
export const viewExecution = (execution: Execution): ExecutionView => ({
  execution_id: execution.executionId,
  workflow_id: execution.workflowId,
  workflow_version: execution.workflowVersion,
  status: execution.status,
  execution_metadata: {
    submitted_at: execution.submittedAt,
    started_at: execution.startedAt ?? null,
    completed_at: execution.completedAt ?? null,
    submitted_by: execution.submittedBy,
    ...(execution.userId === undefined ? {} : { user_id: execution.userId }),
    organization_id: execution.organizationId ?? execution.tenant,
    priority: execution.priority,
    trace_id: execution.traceId,
  },
  task_count: execution.taskCount,
  run: execution.run,
  ...(execution.failure === undefined ? {} : { error_details: execution.failure }),
});

/** An execution with its counters as the API prints it. */
export const viewExecutionDetails = (
  execution: Execution,
  { byState, queue }: { byState: Progress["byState"]; queue: QueuePosition | undefined },
): ExecutionDetails => ({
  ...viewExecution(execution),
  ...(queue === undefined ? {} : { queue_status: queue }),
  ...(execution.awaiting === undefined ? {} : { waiting: { reason: "hooks" as const, until: execution.awaiting.until } }),
  tasks_by_state: byState,
  legal_moves: [...legalMoves(execution)],
});
