import * as z from "zod";
import { Join, OnFailure } from "../../workflow/definition/task-definition.ts";
import type { Plan, PlanTask } from "../../workflow/plan/plan.ts";
import type { Execution } from "../execution.ts";
import { present } from "../../core/present.ts";

/** One task of an execution's plan: what it is, and what it waits for. Never changes under its plan's hash. */
const GraphTask = z
  .object({
    task_id: z.string(),
    kind: z.enum(["agent", "workflow", "emit", "gate", "pattern"]),
    description: z.string().optional(),
    /** The role whose agents may do it. */
    role: z.string().optional(),
    skill: z.string().optional(),
    /** The workflow that it runs. */
    workflow_id: z.string().optional(),
    depends_on: z.array(z.string()),
    estimate_seconds: z.number(),
    on_failure: OnFailure,
    /** What it waits for besides other tasks. */
    gate: z.enum(["approval", "event"]).optional(),
    /** It runs once per element of a list, or once per agent that it asks; instances are named `task[0]`. */
    has_instances: z.boolean(),
  })
  .meta({ id: "GraphTask" });

/** The plan that an execution follows, as a graph (its ETag is the plan's hash). */
export const ExecutionGraph = z
  .object({
    execution_id: z.string(),
    workflow_id: z.string(),
    workflow_version: z.string(),
    plan_hash: z.string(),
    tasks: z.array(GraphTask),
    critical_path: z.array(z.string()),
  })
  .meta({ id: "ExecutionGraph" });
export type ExecutionGraph = z.infer<typeof ExecutionGraph>;

/** What the definition says of one task: where its input comes from, and the rules it runs under. */
export const TaskDefinitionView = z
  .object({
    task_id: z.string(),
    kind: z.enum(["agent", "workflow", "emit", "gate", "pattern"]),
    description: z.string().optional(),
    input: z.record(z.string(), z.unknown()).optional(),
    /** Expressions by field. */
    input_from: z.record(z.string(), z.string()).optional(),
    when: z.string().optional(),
    join: Join.optional(),
    timeout_seconds: z.int(),
    max_attempts: z.int(),
    on_failure: OnFailure,
    approval: z.object({ prompt: z.string().optional(), roles: z.array(z.string()) }).optional(),
  })
  .meta({ id: "TaskDefinition" });
export type TaskDefinitionView = z.infer<typeof TaskDefinitionView>;

/** A plan as the API draws it. */
export const viewGraph = (
  { executionId, workflowId, workflowVersion }: Pick<Execution, "executionId" | "workflowId" | "workflowVersion">,
  plan: Plan,
): ExecutionGraph => ({
  execution_id: executionId,
  workflow_id: workflowId,
  workflow_version: workflowVersion,
  plan_hash: plan.planHash,
  tasks: plan.tasks.map(viewGraphTask),
  critical_path: plan.criticalPath.tasks,
});

function viewGraphTask(task: PlanTask): z.infer<typeof GraphTask> {
  const { id, kind, description, dependsOn, estimateSeconds, onFailure, approval, waitFor } = task;
  const gate = approval !== undefined ? ("approval" as const) : waitFor !== undefined ? ("event" as const) : undefined;
  return {
    task_id: id,
    kind,
    ...(description === undefined ? {} : { description }),
    ...(kind === "agent" ? { role: task.agent } : {}),
    ...(kind === "agent" && task.skill !== undefined ? { skill: task.skill } : {}),
    ...(kind === "workflow" ? { workflow_id: task.workflow.name } : {}),
    depends_on: dependsOn,
    estimate_seconds: estimateSeconds,
    on_failure: onFailure,
    ...(gate === undefined ? {} : { gate }),
    has_instances: task.forEach !== undefined || (kind === "agent" && task.scatter !== undefined),
  };
}

/** What a plan says of one of its tasks, as the API prints it. */
export const viewTaskDefinition = ({ retryPolicies }: Plan, task: PlanTask): TaskDefinitionView => ({
  task_id: task.id,
  kind: task.kind,
  ...(task.description === undefined ? {} : { description: task.description }),
  ...(task.input === undefined ? {} : { input: task.input }),
  ...(task.inputFrom === undefined ? {} : { input_from: task.inputFrom }),
  ...(task.when === undefined ? {} : { when: task.when }),
  ...(task.join === undefined ? {} : { join: task.join }),
  timeout_seconds: task.timeoutSeconds,
  max_attempts: present(retryPolicies[task.retryPolicy]).maxAttempts,
  on_failure: task.onFailure,
  ...(task.approval === undefined
    ? {}
    : {
        approval: {
          ...(task.approval.prompt === undefined ? {} : { prompt: task.approval.prompt }),
          roles: task.approval.roles,
        },
      }),
});
