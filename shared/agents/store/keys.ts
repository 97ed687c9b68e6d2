import type { Key } from "../../aws/key.ts";

/** Names an agent. */
export interface AgentRef {
  readonly tenant: string;
  readonly agentId: string;
}

/** A registered agent. */
export const agentKey = (tenant: string, agentId: string): Key => ({ pk: `T#${tenant}#A#${agentId}`, sk: "AGENT" });

/** All agents of a tenant, as partition of the agents index. */
export const agentsOfTenant = (tenant: string): string => `T#${tenant}#AGENTS`;

/** Small rows about a tenant's agents that change often: one query reads them all. */
export const vitalsPartition = (tenant: string): string => `T#${tenant}#VITALS`;

/** Kinds of vital rows: heartbeat, probe, what was learnt, how it answers, circuit breaker, reservations. */
export type VitalKind = "B" | "P" | "L" | "A" | "C" | "R";

/** A vital row of one agent. */
export const vitalKey = (tenant: string, kind: VitalKind, agentId: string): Key => ({
  pk: vitalsPartition(tenant),
  sk: `${kind}#${agentId}`,
});

/** Counts changes of a tenant's registry and names the latest; sorts before every vital row. */
export const registryLogKey = (tenant: string): Key => ({ pk: vitalsPartition(tenant), sk: "#LOG" });

/** What is on record of an endpoint, whichever agent is registered there; `endpoint` as `endpointName` writes it. */
export const endpointKey = (tenant: string, endpoint: string): Key => ({ pk: `T#${tenant}#ENDPOINTS`, sk: endpoint });

/** One trial of an agent. */
export const trialKey = (tenant: string, agentId: string, trialId: string): Key => ({ pk: `T#${tenant}#A#${agentId}`, sk: `TRIAL#${trialId}` });

/** What was learnt about an agent, in full. */
export const profileKey = (tenant: string, agentId: string): Key => ({ pk: `T#${tenant}#A#${agentId}`, sk: "PROFILE" });

/** What the sort keys of events about agents begin with. */
export const EVENT_PREFIX = "EVT#";

/** One event of an agent; rows sort by time. */
export const agentEventKey = (tenant: string, agentId: string, event: { at: string; id: string }): Key => ({
  pk: `T#${tenant}#A#${agentId}`,
  sk: `${EVENT_PREFIX}${event.at}#${event.id}`,
});

/** All routing rules of a tenant. */
export const rulesPartition = (tenant: string): string => `T#${tenant}#ROUTES`;

/** One routing rule. */
export const ruleKey = (tenant: string, name: string): Key => ({ pk: rulesPartition(tenant), sk: `RULE#${name}` });

/** All limit groups of a tenant. */
export const limitsPartition = (tenant: string): string => `T#${tenant}#LIMITS`;

/** One limit group. */
export const limitKey = (tenant: string, group: string): Key => ({ pk: limitsPartition(tenant), sk: `LIMIT#${group}` });

/** All external registries of a tenant. */
export const registriesPartition = (tenant: string): string => `T#${tenant}#REGISTRIES`;

/** One external registry. */
export const registryKey = (tenant: string, id: string): Key => ({ pk: registriesPartition(tenant), sk: `REGISTRY#${id}` });

/** All tenants that ever had an agent or a registry, for sweeps. */
export const TENANTS_PARTITION = "TENANTS";

/** A tenant's entry in the list of tenants. */
export const tenantKey = (tenant: string): Key => ({ pk: TENANTS_PARTITION, sk: tenant });
