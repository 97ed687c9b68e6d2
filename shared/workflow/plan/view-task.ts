import type { PatternTask, PlanTask } from "./plan.ts";
import type { WorkflowTask } from "./planning.ts";

const viewPattern = ({ name, callsBound, maxCalls }: PatternTask["pattern"]) => ({ name, calls_bound: callsBound, max_calls: maxCalls });

/** A task of a plan as the API prints it. */
export const viewTask = (task: PlanTask): WorkflowTask => ({
  id: task.id,
  kind: task.kind,
  ...(task.kind === "agent" ? { agent: task.agent, skill: task.skill } : {}),
  ...(task.kind === "pattern" ? { pattern: viewPattern(task.pattern) } : {}),
  depends_on: task.dependsOn,
  estimate_seconds: task.estimateSeconds,
});
