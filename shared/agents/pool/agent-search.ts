import { readReservations, isCurrent } from "../store/reservation-store.ts";
import type { VitalRow } from "../store/vital-store.ts";
import { evidenceOf } from "../agent-health.ts";
import { trustOf } from "../agent-trust.ts";
import type { AgentStanding } from "../registry/agent-columns.ts";
import { AgentIndex } from "../registry/agent-index.ts";
import { conditionScore, heartbeatDueAt } from "../registry/health.ts";
import { loadFactor } from "../routing/target.ts";
import { HEALTH } from "../limits.ts";
import type { Agent } from "../agent.ts";
import type { TenantAgents } from "./agent-directory.ts";

/** One index per view of a registry, as long as the view lives. */
const indices = new WeakMap<TenantAgents, AgentIndex>();

/** The search index over a view of a registry, brought up to date: costs as much as changed since the last call. */
export function indexOf(registry: TenantAgents, now: number): AgentIndex {
  const index = indices.get(registry) ?? new AgentIndex();
  indices.set(registry, index);
  for (const id of registry.changesFor("index")) {
    const agent = registry.agents.get(id);
    // Whoever is in quarantine is not to be found; the list of agents shows them.
    if (agent === undefined || agent.quarantine !== undefined) index.remove(id);
    else index.upsert(agent, standingIn(agent, registry.vitalsOf(id), now));
  }
  return index;
}

function standingIn(agent: Agent, vitals: readonly VitalRow[], now: number): AgentStanding {
  const { metrics, probes } = evidenceOf(agent, now);
  return {
    status: agent.status,
    condition: conditionScore({ metrics, probes }),
    heartbeatDueAt: dueAt(agent),
    trust: trustOf(agent, now),
    load: loadOf(agent, { reserved: reservedOf(vitals, now), inFlight: 0 }),
  };
}

/** Only those who owe heartbeats can be late; a longer interval that was promised counts. */
function dueAt({
  sends_heartbeats: sends,
  last_heartbeat_at: at,
  heartbeat_interval_seconds: interval = 0,
}: Agent): number {
  return sends ? heartbeatDueAt(Date.parse(at), Math.max(interval, HEALTH.heartbeatSeconds)) : Number.POSITIVE_INFINITY;
}

/** How full an agent is, from 0 to 1: what it reports, what was promised to others, what it was handed lately. */
export function loadOf(agent: Agent, { reserved, inFlight }: { reserved: number; inFlight: number }): number {
  return loadFactor({
    queueSize: agent.metrics?.queue_size,
    processingMs: agent.metrics?.response_time_ms,
    errorRate: agent.metrics?.error_rate,
    inFlight: inFlight + reserved,
    capacity: agent.max_concurrent_tasks,
  });
}

/** Slots promised to others than `execution` now. */
export function reservedOf(vitals: readonly VitalRow[], now: number, execution?: string): number {
  const row = vitals.find(({ kind }) => kind === "R");
  if (row === undefined) return 0;
  const others = readReservations(row.item).filter(
    (one) => isCurrent(one, now) && (execution === undefined || one.execution_id !== execution),
  );
  return others.reduce((sum, { slots }) => sum + slots, 0);
}
