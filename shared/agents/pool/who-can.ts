import type { Agent } from "../agent.ts";
import { type AgentDemand, type LastingObstacle, obstaclesTo, wordsFor } from "../agent-obstacles.ts";
import { decide } from "../routing/circuit-breaker.ts";
import { readBreaker } from "../store/breaker-store.ts";
import type { VitalRow } from "../store/vital-store.ts";
import type { TenantAgents } from "./agent-directory.ts";
import { reservedOf } from "./agent-search.ts";

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

/** What is asked: who could do it now. */
export interface Inquiry {
  readonly registry: Pick<TenantAgents, "agents" | "vitalsOf">;
  readonly demand: AgentDemand;
  /** Until when groups of agents are to be left alone, epoch milliseconds, by their names. @default - none is */
  readonly heldGroups?: ReadonlyMap<string, number>;
  readonly now: number;
}

/**
 * Who could do a task now, and why each of the others cannot: those that can first, then those who only have to wait,
 * then those who offer it, each by their ids.
 */
export function whoCan({ registry, demand, heldGroups = new Map(), now }: Inquiry): readonly Candidate[] {
  const found = [...registry.agents.values()].map((agent): Candidate => {
    const lasting = obstaclesTo(agent, demand, now).map((code): Obstacle => ({ code, message: wordsFor(code, agent, demand, now) }));
    return { agent, obstacles: [...lasting, ...passing(agent, { vitals: registry.vitalsOf(agent.agent_id), heldGroups, now })] };
  });
  return found.sort((a, b) => rankOf(a) - rankOf(b) || (a.agent.agent_id < b.agent.agent_id ? -1 : 1));
}

const PASSING: ReadonlySet<Obstacle["code"]> = new Set(["breaker_open", "full", "limit"]);

function rankOf({ obstacles }: Candidate): number {
  if (obstacles.length === 0) return 0;
  if (obstacles.every(({ code }) => PASSING.has(code))) return 1;
  return obstacles.some(({ code }) => code === "skill_missing" || code === "another_named") ? 3 : 2;
}

function passing(
  agent: Agent,
  { vitals, heldGroups, now }: { vitals: readonly VitalRow[]; heldGroups: ReadonlyMap<string, number>; now: number },
): Obstacle[] {
  const { state, policy } = readBreaker(vitals.find(({ kind }) => kind === "C")?.item);
  const taken = reservedOf(vitals, now) + (agent.metrics?.queue_size ?? 0);
  const held = agent.limit_group === undefined ? 0 : (heldGroups.get(agent.limit_group) ?? 0);
  return [
    ...(decide(state, policy, now).isAllowed ? [] : [{ code: "breaker_open" as const, message: "has an open circuit breaker" }]),
    ...(taken < agent.max_concurrent_tasks ? [] : [{ code: "full" as const, message: `has all of its ${agent.max_concurrent_tasks} slots taken` }]),
    ...(held <= now ? [] : [{ code: "limit" as const, message: `waits for its limit group '${agent.limit_group ?? ""}' until ${new Date(held).toISOString()}` }]),
  ];
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
