import * as z from "zod";
import { Priority } from "../../workflow/definition/task-definition.ts";
import type { PlanDifference } from "../../workflow/plan/plan-difference.ts";
import { CONTROL_ACTIONS, type ControlAction, type EXECUTION_ACTIONS, legalMoves } from "../lifecycle/execution-actions.ts";
import { type Execution, ExecutionStatus } from "../execution.ts";
import type { Decision } from "../task/task-record.ts";
import { CheckpointView } from "./checkpoints.ts";

export type { BulkAction, ControlAction, SentAction } from "../lifecycle/execution-actions.ts";
export type { TaskAction } from "../lifecycle/task-actions.ts";

/** The permission that steering an execution asks for. */
export type ControlPermission = (typeof EXECUTION_ACTIONS)[ControlAction]["permission"];

/** An execution after an act of control, and what can be done with it now. */
export const ControlledView = z
  .object({
    execution_id: z.string(),
    workflow_id: z.string(),
    action: z.enum([...CONTROL_ACTIONS, "retry"]),
    status: ExecutionStatus,
    run: z.int(),
    priority: Priority,
    legal_moves: z.array(z.enum(CONTROL_ACTIONS)),
  })
  .meta({ id: "ControlledExecution" });
export type ControlledView = z.infer<typeof ControlledView>;

/** A paused execution with its checkpoint (spec 004 `workflow.pause`). */
export const PausedView = ControlledView.extend({
  checkpoint_id: z.string().optional(),
  checkpoint_timestamp: z.iso.datetime().optional(),
  resume_url: z.string(),
}).meta({ id: "PausedExecution" });
export type PausedView = z.infer<typeof PausedView>;

/** An execution that goes on (spec 004 `workflow.resume`). */
export const ResumedView = ControlledView.extend({
  resumed_at: z.iso.datetime(),
  recovered_tasks: z.int(),
}).meta({ id: "ResumedExecution" });
export type ResumedView = z.infer<typeof ResumedView>;

/** The reply to an act of control, by its action. */
export const ControlReply = z
  .union([PausedView, ResumedView, CheckpointView, ControlledView])
  .meta({ id: "ControlReply" });
export type ControlReply = z.infer<typeof ControlReply>;

/** An execution under another definition: how the two compare, and which tasks had begun under the old one. */
export const ModifiedView = ControlledView.extend({
  changes: z.object({
    /** How many. */
    unchanged: z.int(),
    changed: z.array(z.string()),
    added: z.array(z.string()),
    removed: z.array(z.string()),
  }),
  kept_started: z.array(z.string()),
}).meta({ id: "ModifiedExecution" });
export type ModifiedView = z.infer<typeof ModifiedView>;

/** An execution after an act of control on one of its tasks. */
export const TaskControlledView = ControlledView.extend({ task_id: z.string() }).meta({ id: "ControlledTask" });

/** A decision about a task that waited for one. */
export const TaskDecidedView = z
  .object({
    execution_id: z.string(),
    task_id: z.string(),
    verdict: z.enum(["approved", "rejected"]),
    decided_by: z.string(),
    decided_at: z.iso.datetime(),
    reason: z.string().optional(),
  })
  .meta({ id: "TaskDecision" });
export type TaskDecidedView = z.infer<typeof TaskDecidedView>;

/** An execution after an act of control, as the API prints it. */
export const viewControlled = (action: ControlledView["action"], execution: Execution): ControlledView => ({
  execution_id: execution.executionId,
  workflow_id: execution.workflowId,
  action,
  status: execution.status,
  run: execution.run,
  priority: execution.priority,
  legal_moves: [...legalMoves(execution)],
});

/** A paused execution as the API prints it; `checkpointId` names the checkpoint that pausing took. */
export const viewPaused = (execution: Execution, checkpointId: string | undefined): PausedView => ({
  ...viewControlled("pause", execution),
  ...(checkpointId === undefined ? {} : { checkpoint_id: checkpointId, checkpoint_timestamp: execution.pausedAt }),
  resume_url: `/api/v1/executions/${execution.executionId}/control`,
});

/** An execution that goes on, as the API prints it. */
export const viewResumed = (
  execution: Execution,
  { at, recoveredTasks }: { at: Date; recoveredTasks: number },
): ResumedView => ({
  ...viewControlled("resume", execution),
  resumed_at: at.toISOString(),
  recovered_tasks: recoveredTasks,
});

/** A modified execution as the API prints it. */
export const viewModified = (
  execution: Execution,
  { difference, keptStarted }: { difference: PlanDifference; keptStarted: readonly string[] },
): ModifiedView => ({
  ...viewControlled("modify", execution),
  changes: {
    unchanged: difference.unchanged.length,
    changed: [...difference.changed],
    added: [...difference.added],
    removed: [...difference.removed],
  },
  kept_started: [...keptStarted],
});

/** A decision as the API prints it. */
export const viewDecision = (
  { execution, task }: { execution: string; task: string },
  { verdict, by, at, reason }: Decision,
): TaskDecidedView => ({
  execution_id: execution,
  task_id: task,
  verdict,
  decided_by: by,
  decided_at: at,
  ...(reason === undefined ? {} : { reason }),
});
