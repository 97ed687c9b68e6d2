import * as z from "zod";
import { type Agent, AgentStatus } from "../agent.ts";
import { healthOf, isInService } from "../agent-health.ts";
import { trustOf } from "../agent-trust.ts";

/** Null where there is no agent. */
const Score = z.number().nullable();

/** What a tenant's registry holds, in numbers (spec 003, `get_metrics`). */
export const AgentSummary = z
  .object({
    total_agents: z.int(),
    /** Agents that get tasks: active, and not in quarantine. */
    in_service: z.int(),
    quarantined: z.int(),
    by_status: z.partialRecord(AgentStatus, z.int()),
    average_health_score: Score,
    average_trust_score: Score,
    unique_capabilities: z.int(),
    /** Those that most agents offer, at most `SHOWN`. */
    capabilities: z.array(z.object({ name: z.string(), agents: z.int(), in_service: z.int() })),
  })
  .meta({ id: "AgentSummary" });
export type AgentSummary = z.infer<typeof AgentSummary>;

/** Capabilities that are shown one by one. */
const SHOWN = 100;

/** A tenant's registry in numbers, at the time `now` (epoch milliseconds). */
export function summarizeAgents(agents: Iterable<Agent>, now: number): AgentSummary {
  const all = [...agents];
  const average = (scoreOf: (agent: Agent, now: number) => number): number | null =>
    all.length === 0 ? null : all.reduce((sum, agent) => sum + scoreOf(agent, now), 0) / all.length;
  const byStatus = Map.groupBy(all, ({ status }) => status);
  const offers = Map.groupBy(
    all.flatMap((agent) => agent.capabilities.map((name) => ({ name, agent }))),
    ({ name }) => name,
  );
  const counted = [...offers].map(([name, offering]) => ({
    name,
    agents: offering.length,
    in_service: offering.filter(({ agent }) => isInService(agent)).length,
  }));
  return {
    total_agents: all.length,
    in_service: all.filter(isInService).length,
    quarantined: all.filter(({ quarantine }) => quarantine !== undefined).length,
    by_status: Object.fromEntries([...byStatus].map(([status, same]) => [status, same.length])),
    average_health_score: average(healthOf),
    average_trust_score: average(trustOf),
    unique_capabilities: counted.length,
    capabilities: counted.toSorted((a, b) => b.agents - a.agents || (a.name < b.name ? -1 : 1)).slice(0, SHOWN),
  };
}
