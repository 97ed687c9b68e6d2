import { isCurrent, readReservations } from "../../../../shared/agents/store/reservation-store.ts";
import { breakerOf } from "../../../../shared/agents/store/breaker-store.ts";
import type { VitalRow } from "../../../../shared/agents/store/vital-store.ts";
import { isInService, standingOf } from "../../../../shared/agents/agent-health.ts";
import { trustOf } from "../../../../shared/agents/agent-trust.ts";
import type { TenantAgents } from "../../../../shared/agents/pool/agent-directory.ts";
import { Agent } from "../../../../shared/agents/agent.ts";

/** The secret's address is nobody's business, and the rest is for us. */
const HIDDEN = {
  tenant: true,
  credential_secret_arn: true,
  card: true,
  card_hash: true,
  declared: true,
  learned: true,
  sends_heartbeats: true,
} as const;
const ShownAgent = Agent.omit(HIDDEN);

/** An agent as the API prints it at the time `now` (milliseconds since 1970), with what is worked out on every read. */
export function agentView(agent: Agent, vitals: readonly VitalRow[], now: number) {
  const { status, health } = standingOf(agent, now);
  return {
    ...ShownAgent.parse(agent),
    status,
    health_score: rounded(health),
    trust_score: rounded(trustOf(agent, now)),
    in_service: isInService({ ...agent, status }),
    load: loadView(agent, vitals, now),
    circuit_breaker: breakerOf(vitals, now),
    tasks_learned: agent.learned?.tasks ?? 0,
    has_credential: agent.credential_secret_arn !== undefined,
  };
}

/** How full the agent is, as far as it and its reservations say. */
function loadView(agent: Agent, vitals: readonly VitalRow[], now: number) {
  const reserved = reservedSlots(vitals, now);
  const queued = agent.metrics?.queue_size ?? 0;
  return {
    queue_size: queued,
    reserved_slots: reserved,
    max_concurrent_tasks: agent.max_concurrent_tasks,
    utilization: rounded(Math.min(1, (queued + reserved) / agent.max_concurrent_tasks)),
  };
}

/** Slots that are promised to somebody now. */
export function reservedSlots(vitals: readonly VitalRow[], now: number): number {
  const row = vitals.find(({ kind }) => kind === "R");
  const current = readReservations(row?.item).filter((reservation) => isCurrent(reservation, now));
  return current.reduce((sum, { slots }) => sum + slots, 0);
}

/** Four digits say more than anybody compares. */
export const rounded = (value: number): number => Number(value.toFixed(4));

/** Gauges of spec 003 about a tenant's agents, in the Prometheus text format. Ids of agents need no escaping. */
export function agentGauges(registry: TenantAgents, now: number): string[] {
  const views = [...registry.agents.values()].map((agent) => agentView(agent, registry.vitalsOf(agent.agent_id), now));
  const byStatus = Map.groupBy(views, ({ status }) => status);
  const perAgent = (name: string, help: string, valueOf: (view: (typeof views)[number]) => number): string[] => [
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
