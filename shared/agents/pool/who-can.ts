import type { Agent } from "../agent.ts";
import { type AgentDemand, lastingObstacles } from "../agent-obstacles.ts";
import { type Candidate, type Obstacle, rankOf } from "../candidates.ts";
import { decide } from "../routing/circuit-breaker.ts";
import { breakerAmong } from "../store/breaker-store.ts";
import type { VitalRow } from "../store/vital-store.ts";
import type { TenantAgents } from "./agent-directory.ts";
import { reservedOf } from "./agent-search.ts";

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
    return { agent, obstacles: [...lastingObstacles(agent, demand, now), ...passing(agent, { vitals: registry.vitalsOf(agent.agent_id), heldGroups, now })] };
  });
  return found.sort((a, b) => rankOf(a) - rankOf(b) || (a.agent.agent_id < b.agent.agent_id ? -1 : 1));
}

function passing(
  agent: Agent,
  { vitals, heldGroups, now }: { vitals: readonly VitalRow[]; heldGroups: ReadonlyMap<string, number>; now: number },
): Obstacle[] {
  const { state, policy } = breakerAmong(vitals);
  const taken = reservedOf(vitals, now) + (agent.metrics?.queue_size ?? 0);
  const { limit_group: group } = agent;
  const held = group === undefined ? undefined : heldGroups.get(group);
  return [
    ...(decide(state, policy, now).isAllowed ? [] : [{ code: "breaker_open" as const, message: "has an open circuit breaker" }]),
    ...(taken < agent.max_concurrent_tasks ? [] : [{ code: "full" as const, message: `has all of its ${agent.max_concurrent_tasks} slots taken` }]),
    ...(held === undefined || held <= now ? [] : [{ code: "limit" as const, message: `waits for its limit group '${group}' until ${new Date(held).toISOString()}` }]),
  ];
}
