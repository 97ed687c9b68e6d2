import type { Execution } from "../../../../shared/execution/execution.ts";
import type { PlanReply } from "../../../../shared/workflow/plan/planning.ts";
import type { StoredDefinition } from "../../../../shared/workflow/store/stored-definition.ts";

/** Money as spec 000 prints it. */
const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

/** A definition as the API prints it. */
export const definitionView = (definition: StoredDefinition) => ({
  workflow_id: definition.name,
  name: definition.name,
  version: definition.version,
  description: definition.description,
  orchestration_pattern: definition.pattern,
  priority: definition.priority,
  task_count: definition.taskCount,
  plan_hash: definition.plan,
  created_at: definition.createdAt,
  created_by: definition.createdBy,
  estimated_resources: {
    agents_required: definition.agentsRequired,
    estimated_duration_seconds: definition.estimatedSeconds,
    cpu_cores: definition.cpuCores,
    memory_gb: definition.memoryGb,
  },
});

/** What planning found, as the API prints it. */
export const planView = ({ report, summary }: Extract<PlanReply, { outcome: "planned" }>) => ({
  validation_report: report,
  plan: summary,
});

/** An execution's head as the API prints it (spec 000, "Workflow Execution Record"). */
export const executionView = (execution: Execution) => ({
  execution_id: execution.executionId,
  workflow_id: execution.workflowId,
  workflow_version: execution.workflowVersion,
  status: execution.status,
  execution_metadata: {
    submitted_at: execution.submittedAt,
    started_at: execution.startedAt ?? null,
    completed_at: execution.completedAt ?? null,
    submitted_by: execution.submittedBy,
    organization_id: execution.tenant,
    priority: execution.priority,
    trace_id: execution.traceId,
  },
  task_count: execution.taskCount,
  run: execution.run,
  ...(execution.failure === undefined ? {} : { error_details: execution.failure }),
});

/** The reply to a submission (spec 000, "Submit Workflow for Execution"). */
export function submissionView(execution: Execution, definition: StoredDefinition) {
  const base = `/api/v1/executions/${execution.executionId}`;
  const due = Date.parse(execution.submittedAt) + execution.estimatedSeconds * 1000;
  return {
    execution_id: execution.executionId,
    workflow_id: execution.workflowId,
    status: execution.status,
    estimated_completion: new Date(due).toISOString(),
    resource_allocation: {
      total_agents_assigned: definition.agentsRequired,
      estimated_cost: dollars(definition.estimatedCost),
      resource_reservation: "on_demand",
    },
    monitoring: { status_url: `${base}/status`, metrics_url: `${base}/metrics`, logs_url: `${base}/logs` },
  };
}
