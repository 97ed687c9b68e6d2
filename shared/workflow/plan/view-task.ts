import type { PlanTask } from "./plan.ts";
import type { WorkflowTask } from "./planning.ts";

/** A task of a plan as the API prints it. */
export const viewTask = (task: PlanTask): WorkflowTask => ({
  id: task.id,
  kind: task.kind,
  ...(task.kind === "agent" ? { agent: task.agent, skill: task.skill } : {}),
  depends_on: task.dependsOn,
  estimate_seconds: task.estimateSeconds,
});
