import type { Agent } from "./agent.ts";
import type { AgentTask } from "../workflow/plan/plan.ts";
import type { AgentRole } from "../workflow/definition/workflow-definition.ts";
import { healthOf, isInService } from "./agent-health.ts";
import { trustOf } from "./agent-trust.ts";
import { parseVersionConstraint, satisfies } from "../core/versions.ts";

/** What a task asks of an agent. */
export interface AgentDemand {
  readonly role: AgentRole;
  readonly skill: string | undefined;
}

/** Roles of plans live as long as the plans, and are asked for with every task. */
const roleNames = new WeakMap<AgentRole, string>();

/** Names a demand: tasks with equal names may share everything that is worked out for them. */
export function demandName(role: AgentRole, { skill, strategy }: Pick<AgentTask, "skill" | "strategy">): string {
  const roleName = roleNames.get(role) ?? JSON.stringify(role);
  roleNames.set(role, roleName);
  return `${strategy ?? ""} ${skill ?? ""} ${roleName}`;
}

/**
 * Whether an agent may get the task at the time `now`: in service, able, and above every floor of the role.
 *
 * A task that names a skill needs an agent with that skill; one that does not needs every capability of its role. A
 * role that names one agent asks for nothing else. A version constraint that nobody can read is met by nobody.
 */
export function canServe(agent: Agent, { role, skill }: AgentDemand, now: number): boolean {
  if (!isInService(agent)) return false;
  if (role.agentId !== undefined) return agent.agent_id === role.agentId;
  const wanted = skill === undefined ? role.capabilities : [skill];
  return (
    wanted.every((capability) => agent.capabilities.includes(capability)) &&
    (role.tags ?? []).every((tag) => agent.tags.includes(tag)) &&
    meetsVersion(agent, role.agentVersion) &&
    (role.minHealthScore === undefined || healthOf(agent, now) >= role.minHealthScore) &&
    (role.minTrustScore === undefined || trustOf(agent, now) >= role.minTrustScore)
  );
}

function meetsVersion({ version }: Agent, text: string | undefined): boolean {
  const constraint = text === undefined ? undefined : parseVersionConstraint(text);
  return text === undefined || (constraint !== undefined && satisfies(version, constraint));
}
