import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import { Priority } from "../definition/task-definition.ts";
import type { Plan } from "../plan/plan.ts";
import { type PlanReply, PlanSummary, Report, WorkflowTask } from "../plan/planning.ts";
import { viewTask } from "../plan/view-task.ts";
import type { StoredDefinition } from "../store/stored-definition.ts";

/** What a run is expected to take, before anything is known about the agents that will serve it. */
export const EstimatedResources = z
  .object({
    /**
     * Agents at work at the same moment when no task waits for another's agent, and at least those that the roles ask
     * for. Absent when only the run tells: lists, calls to several agents, workflows as tasks.
     */
    agents_required: z.int().optional(),
    estimated_duration_seconds: z.number(),
    /** Absent when no role in use states any. */
    cpu_cores: z.number().optional(),
    memory_gb: z.number().optional(),
  })
  .meta({ id: "EstimatedResources" });

const ValidationReport = Report.meta({ id: "ValidationReport" });

/** One version of a workflow. */
export const WorkflowView = z
  .object({
    workflow_id: z.string(),
    name: z.string(),
    version: z.string(),
    description: z.string().optional(),
    orchestration_pattern: z.string(),
    priority: Priority,
    task_count: z.int(),
    plan_hash: z.string(),
    created_at: z.iso.datetime(),
    created_by: z.string(),
    estimated_resources: EstimatedResources,
  })
  .meta({ id: "Workflow" });
export type WorkflowView = z.infer<typeof WorkflowView>;

/** A page of workflows, each in its newest version. */
export const WorkflowPage = z
  .object({ workflows: z.array(WorkflowView), next_cursor: NextCursor })
  .meta({ id: "WorkflowPage" });

/** A definition without errors: what validation found beside errors, and how it will run. */
export const PlannedWorkflow = WorkflowView.extend({
  status: z.literal("validated"),
  validation_report: ValidationReport,
  plan: PlanSummary.meta({ id: "PlanSummary" }),
}).meta({ id: "PlannedWorkflow" });
export type PlannedWorkflow = z.infer<typeof PlannedWorkflow>;

/** An unsaved definition as it would run, or why it would not. */
export const PlanPreview = z
  .object({
    is_valid: z.boolean(),
    validation_report: ValidationReport,
    /** Absent while there are errors. */
    plan: PlanSummary.extend({
      workflow_id: z.string(),
      version: z.string(),
      orchestration_pattern: z.string(),
      priority: Priority,
      task_count: z.int(),
      estimated_resources: EstimatedResources,
      /** Dollars that the tasks state. Absent when they state none. */
      estimated_cost: z.number().optional(),
      tasks: z.array(WorkflowTask),
    }).optional(),
  })
  .meta({ id: "PlanPreview" });
export type PlanPreview = z.infer<typeof PlanPreview>;

/** A workflow with its tasks, its critical path and its versions. */
export const WorkflowDetails = WorkflowView.extend({
  tasks: z.array(WorkflowTask),
  critical_path: z.object({ tasks: z.array(z.string()), seconds: z.number() }),
  versions: z.array(z.object({ version: z.string(), created_at: z.iso.datetime() })),
}).meta({ id: "WorkflowDetails" });
export type WorkflowDetails = z.infer<typeof WorkflowDetails>;

/** A definition as the API prints it. */
export const viewWorkflow = (definition: StoredDefinition): WorkflowView => ({
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
  estimated_resources: viewResources(definition),
});

const viewResources = ({ agentsRequired, parallelDegree, estimatedSeconds, cpuCores, memoryGb }: StoredDefinition) => ({
  ...(parallelDegree === undefined ? {} : { agents_required: Math.max(agentsRequired, parallelDegree) }),
  estimated_duration_seconds: estimatedSeconds,
  ...(cpuCores === 0 ? {} : { cpu_cores: cpuCores }),
  ...(memoryGb === 0 ? {} : { memory_gb: memoryGb }),
});

/** What planning found, as the API prints it. */
export const viewPlanned = ({
  definition,
  report,
  summary,
}: Extract<PlanReply, { outcome: "planned" }>): PlannedWorkflow => ({
  ...viewWorkflow(definition),
  status: "validated",
  validation_report: report,
  plan: summary,
});

/** A preview as the API prints it. */
export function viewPreview(reply: Exclude<PlanReply, { outcome: "conflict" }>): PlanPreview {
  const { report } = reply;
  if (reply.outcome === "invalid") return { is_valid: false, validation_report: report };
  const { definition, summary, tasks = [] } = reply;
  const { workflow_id, version, orchestration_pattern, priority, task_count, estimated_resources } = viewWorkflow(definition);
  const cost = definition.estimatedCost === 0 ? {} : { estimated_cost: definition.estimatedCost };
  const plan = { workflow_id, version, orchestration_pattern, priority, task_count, estimated_resources, ...cost, ...summary, tasks };
  return { is_valid: true, validation_report: report, plan };
}

/** A definition with its plan and the versions that there are, as the API prints it. */
export const viewWorkflowDetails = (
  definition: StoredDefinition,
  { plan, versions }: { plan: Plan; versions: readonly StoredDefinition[] },
): WorkflowDetails => ({
  ...viewWorkflow(definition),
  tasks: plan.tasks.map(viewTask),
  critical_path: plan.criticalPath,
  versions: versions.map(({ version, createdAt }) => ({ version, created_at: createdAt })),
});
