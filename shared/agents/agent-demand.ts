import type { AgentTask } from "../workflow/plan/plan.ts";
import type { AgentRole } from "../workflow/definition/workflow-definition.ts";

/** Roles of plans live as long as the plans, and are asked for with every task. */
const roleNames = new WeakMap<AgentRole, string>();

/** Names a demand: tasks with equal names may share everything that is worked out for them. */
export function demandName(role: AgentRole, { skill, strategy }: Pick<AgentTask, "skill" | "strategy">): string {
  const roleName = roleNames.get(role) ?? JSON.stringify(role);
  roleNames.set(role, roleName);
  return `${strategy ?? ""} ${skill ?? ""} ${roleName}`;
}
