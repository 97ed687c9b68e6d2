import type { Plan, PlanTask } from "./plan.ts";
import { inputFieldsOf } from "./input-fields.ts";
import type { StoredDefinition } from "../store/stored-definition.ts";

/** Whether a task runs as several at a time, how many nobody knows before it runs. */
const hasUnknownWidth = (task: PlanTask): boolean =>
  task.forEach !== undefined || task.kind === "workflow" || task.kind === "pattern" || (task.kind === "agent" && task.scatter !== undefined);

/** What the control table keeps of a planned definition. */
export function describeDefinition(
  plan: Plan,
  origin: Pick<StoredDefinition, "tenant" | "machineArn" | "createdAt" | "createdBy">,
): StoredDefinition {
  const { estimates } = plan;
  return {
    ...origin,
    name: plan.name,
    version: plan.version,
    ...(plan.description === undefined ? {} : { description: plan.description }),
    pattern: plan.pattern,
    priority: plan.priority,
    plan: plan.planHash,
    taskCount: plan.tasks.length,
    estimatedSeconds: estimates.durationSeconds,
    estimatedCost: estimates.cost,
    agentsRequired: estimates.agentsRequired,
    ...(plan.tasks.some(hasUnknownWidth) ? {} : { parallelDegree: plan.parallelDegree }),
    cpuCores: estimates.cpuCores,
    memoryGb: estimates.memoryGb,
    executionTimeoutSeconds: plan.executionTimeoutSeconds,
    inputFields: inputFieldsOf(plan),
    ...(plan.budget === undefined ? {} : { hasBudget: true }),
    ...(plan.answer === undefined ? {} : { answer: plan.answer }),
    ...(plan.triggers === undefined ? {} : { triggers: plan.triggers }),
    ...(plan.sla?.maxDurationMinutes === undefined ? {} : { maxDurationMinutes: plan.sla.maxDurationMinutes }),
    ...(plan.sla?.successRateThreshold === undefined ? {} : { successRateThreshold: plan.sla.successRateThreshold }),
  };
}
