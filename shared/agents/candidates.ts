import type { Agent } from "./agent.ts";
import type { AgentDemand, LastingObstacle } from "./agent-obstacles.ts";

/** Why an agent does not get a task now. Those of the moment pass by themselves. */
export interface Obstacle {
  readonly code: LastingObstacle | "breaker_open" | "full" | "limit";
  /** To be read after the agent's name. */
  readonly message: string;
}

/** An agent, and what keeps it from a task now: nothing, or everything that does. */
export interface Candidate {
  readonly agent: Agent;
  readonly obstacles: readonly Obstacle[];
}

const PASSING: ReadonlySet<Obstacle["code"]> = new Set(["breaker_open", "full", "limit"]);

/** How near a candidate is to the task: 0 can have it, 1 only has to wait, 2 offers it, 3 does not. */
export function rankOf({ obstacles }: Candidate): number {
  if (obstacles.length === 0) return 0;
  if (obstacles.every(({ code }) => PASSING.has(code))) return 1;
  return obstacles.some(({ code }) => code === "skill_missing" || code === "another_named") ? 3 : 2;
}

/** Agents named in a sentence. */
const NAMED = 3;

/** The same in one sentence, for the status of a task that waits; nothing while some agent could do it. */
export function whyNot(candidates: readonly Candidate[], { role, skill }: AgentDemand): string | undefined {
  if (candidates.some(({ obstacles }) => obstacles.length === 0)) return undefined;
  const wanted = role.agentId ?? skill ?? role.capabilities.join(", ");
  if (candidates.length === 0) return `no agent is registered that could do '${wanted}'`;
  const near = candidates.filter((candidate) => rankOf(candidate) < 3);
  if (near.length === 0) return `no registered agent offers '${wanted}'`;
  const told = near.slice(0, NAMED).map(({ agent, obstacles }) => `${agent.agent_id} ${obstacles.map(({ message }) => message).join(" and ")}`);
  const more = near.length > NAMED ? `; and ${near.length - NAMED} more` : "";
  return `no agent can do '${wanted}' now: ${told.join("; ")}${more}`;
}
