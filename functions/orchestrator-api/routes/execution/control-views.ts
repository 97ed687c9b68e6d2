import { loadProgress } from "../../../../shared/execution/store/execution-queries.ts";
import { legalMoves } from "../../../../shared/execution/lifecycle/execution-edges.ts";
import type { PlanDifference } from "../../../../shared/workflow/plan/plan-difference.ts";
import { checkpointId, settledCount } from "../../../../shared/execution/control/checkpoints.ts";
import type { BulkResult } from "../../../../shared/execution/control/bulk.ts";
import type { Checkpoint, Hold } from "../../../../shared/execution/control.ts";
import type { Execution } from "../../../../shared/execution/execution.ts";
import type { ApiDeps } from "../../route.ts";

/** An execution after it was steered. */
export const steeredView = (action: string, execution: Execution) => ({
  execution_id: execution.executionId,
  workflow_id: execution.workflowId,
  action,
  status: execution.status,
  run: execution.run,
  priority: execution.priority,
  legal_moves: legalMoves(execution),
});

/** A paused execution with its checkpoint (spec 004 `workflow.pause`). */
export function pausedView(execution: Execution) {
  const { pausedAt, executionId } = execution;
  const checkpoint =
    pausedAt === undefined
      ? {}
      : { checkpoint_id: checkpointId(new Date(pausedAt), "pause"), checkpoint_timestamp: pausedAt };
  return { ...steeredView("pause", execution), ...checkpoint, resume_url: `/api/v1/executions/${executionId}/control` };
}

/** An execution that goes on (spec 004 `workflow.resume`). */
export async function resumedView(deps: Pick<ApiDeps, "executions" | "now">, execution: Execution) {
  const progress = await loadProgress(deps.executions, execution.tenant, execution.executionId);
  return {
    ...steeredView("resume", execution),
    resumed_at: deps.now().toISOString(),
    recovered_tasks: settledCount(progress),
  };
}

/** A checkpoint as the API prints it. */
export const checkpointView = (checkpoint: Checkpoint) => ({
  checkpoint_id: checkpoint.id,
  execution_id: checkpoint.execution,
  checkpoint_timestamp: checkpoint.at,
  run: checkpoint.run,
  plan_hash: checkpoint.plan,
  workflow_version: checkpoint.workflowVersion,
  reason: checkpoint.reason,
  created_by: checkpoint.by,
  settled_tasks: checkpoint.settledTasks,
});

/** How two definitions compare. */
export const differenceView = ({ unchanged, changed, added, removed }: PlanDifference) => ({
  unchanged: unchanged.length,
  changed,
  added,
  removed,
});

/** A hold as the API prints it. */
export const holdView = ({ scope, workflow, by, reason, at }: Hold) => ({
  scope,
  ...(workflow === undefined ? {} : { workflow_id: workflow }),
  held_by: by,
  ...(reason === undefined ? {} : { reason }),
  held_since: at,
});

const OUTCOMES = { change: "changed", done: "unchanged", illegal: "illegal", failed: "failed" } as const;

/** What came of one execution of a bulk request. */
export const bulkView = ({ executionId, outcome, status, detail }: BulkResult) => ({
  execution_id: executionId,
  outcome: OUTCOMES[outcome],
  status,
  ...(detail === undefined ? {} : { detail }),
});
