import type { Agent } from "../schemas/agent.ts";
import type { AgentTask } from "../schemas/plan.ts";
import type { AgentRole } from "../schemas/workflow-definition.ts";

/** What an agent must offer to get a task. */
export interface Demand {
  readonly role: AgentRole;
  readonly skill: string | undefined;
  /** Agents that failed this task already; they get it again only when no other is left. */
  readonly tried: readonly string[];
  /** Spreads equal tasks over equal agents; any whole number. */
  readonly turn: number;
}

/** What `role` and `task` ask for. */
export const demandOf = (role: AgentRole, task: AgentTask, tried: readonly string[], turn: number): Demand => ({
  role,
  skill: task.skill,
  tried,
  turn,
});

/** Whether an agent may take the task at all: able, and neither inactive nor decommissioned. */
export function canServe(agent: Agent, { role, skill }: Demand): boolean {
  if (agent.status !== "ACTIVE" && agent.status !== "DEGRADED") return false;
  if (role.agentId !== undefined) return agent.agent_id === role.agentId;
  if (skill !== undefined) return agent.capabilities.includes(skill);
  return role.capabilities.every((capability) => agent.capabilities.includes(capability));
}

/**
 * Picks the agent for an attempt: able, active before degraded, untried before tried, then in turn.
 *
 * A task that names a skill needs an agent with that skill; one that does not needs every capability of its role.
 * @returns nothing when no registered agent is able.
 */
export function chooseAgent(agents: readonly Agent[], demand: Demand): Agent | undefined {
  const able = agents.filter((agent) => canServe(agent, demand));
  const untried = able.filter(({ agent_id }) => !demand.tried.includes(agent_id));
  const pool = untried.length > 0 ? untried : able;
  const active = pool.filter(({ status }) => status === "ACTIVE");
  const best = active.length > 0 ? active : pool;
  return best[demand.turn % best.length];
}
