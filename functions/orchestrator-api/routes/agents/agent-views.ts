import type { Agent } from "../../../../shared/agents/agent.ts";
import type { TenantAgents } from "../../../../shared/agents/pool/agent-directory.ts";
import { breakerOf } from "../../../../shared/agents/store/breaker-store.ts";
import { isCurrent, readReservations } from "../../../../shared/agents/store/reservation-store.ts";
import type { VitalRow } from "../../../../shared/agents/store/vital-store.ts";
import { type AgentView, viewAgent } from "../../../../shared/agents/views/agents.ts";

/** An agent as the API prints it at the time `now` (milliseconds since 1970). */
export const agentView = (agent: Agent, vitals: readonly VitalRow[], now: number): AgentView =>
  viewAgent(agent, { reservedSlots: reservedSlots(vitals, now), breaker: breakerOf(vitals, now) }, now);

/** Slots that are promised now. */
function reservedSlots(vitals: readonly VitalRow[], now: number): number {
  const row = vitals.find(({ kind }) => kind === "R");
  const current = readReservations(row?.item).filter((reservation) => isCurrent(reservation, now));
  return current.reduce((sum, { slots }) => sum + slots, 0);
}

/** Gauges of spec 003 about a tenant's agents, in the Prometheus text format. Ids of agents need no escaping. */
export function agentGauges(registry: TenantAgents, now: number): string[] {
  const views = [...registry.agents.values()].map((agent) => agentView(agent, registry.vitalsOf(agent.agent_id), now));
  const byStatus = Map.groupBy(views, ({ status }) => status);
  const perAgent = (name: string, help: string, valueOf: (view: AgentView) => number): string[] => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...views.map((view) => `${name}{agent_id="${view.agent_id}"} ${valueOf(view)}`),
  ];
  return [
    "# HELP registry_agents_total Registered agents by status.",
    "# TYPE registry_agents_total gauge",
    ...[...byStatus].map(([status, group]) => `registry_agents_total{status="${status}"} ${group.length}`),
    ...perAgent("registry_agent_health", "Health score, 0 to 1.", (view) => view.health_score),
    ...perAgent("registry_agent_trust", "Trust score, 0 to 5.", (view) => view.trust_score),
    ...perAgent("circuit_breaker_open", "1 while an agent gets no tasks because it failed.", (view) =>
      view.circuit_breaker.state === "open" ? 1 : 0,
    ),
  ];
}
