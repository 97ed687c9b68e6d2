import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { NotFoundError } from "../../core/errors.ts";
import type { AgentEventFacts, AgentEventType } from "../agent-events.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { Agent, AgentRow, type AgentStatus, type Quarantine } from "../agent.ts";
import { type CommitOutcome, GroupCommitter, type Write } from "../../aws/group-commit.ts";
import { agentEventKey, agentKey, agentsOfTenant, profileKey, tenantKey, vitalKey } from "./keys.ts";
import { keyName } from "../../aws/key.ts";
import { queryAll } from "../../aws/query.ts";
import { readAll } from "../../aws/read-all.ts";
import { updateOf } from "../../aws/update-expression.ts";
import {
  type AgentStore,
  deleteVitals,
  loadVitals,
  logChange,
  readVitalRow,
  signOf,
  type VitalRow,
} from "./vital-store.ts";

export type { AgentStore } from "./vital-store.ts";

/** An event about an agent, about to be stored together with what it tells of (invariant 4). */
export interface NewAgentEvent {
  readonly id: string;
  readonly type: AgentEventType;
  readonly at: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Stays for ever: it says what a person did. */
  readonly isAudit?: boolean;
}

/** Types the facts of an event by its name. `id` must be equal when the same thing is told twice. */
export function newAgentEvent<Type extends AgentEventType>(
  type: Type,
  event: { id: string; at: string; facts: AgentEventFacts<Type>; isAudit?: boolean },
): NewAgentEvent {
  return { type, ...event };
}

/** Names an agent. */
export interface AgentRef {
  readonly tenant: string;
  readonly agentId: string;
}

/** The write of an event about an agent; the stream carries it to the bus. */
export function agentEventWrite(store: AgentStore, { tenant, agentId }: AgentRef, event: NewAgentEvent): Write {
  const { id, type, at, facts, isAudit = false } = event;
  const key = agentEventKey(tenant, agentId, { at, id });
  const head = { version: 1, event_id: `${agentId}.${id}`, tenant, agent_id: agentId, timestamp: at };
  const expiresAt = isAudit ? undefined : Math.floor(Date.parse(at) / 1000) + AGENT_LIMITS.eventSeconds;
  return { Put: { TableName: store.table, Item: { ...key, ...head, type, facts, expiresAt } } };
}

const commit = (store: AgentStore, writes: readonly Write[]): Promise<CommitOutcome> =>
  new GroupCommitter(store.db).commit(writes);

/** Registers an agent, or replaces its description: registering twice is an update. */
export async function saveAgent(
  store: AgentStore,
  agent: AgentRow,
  events: readonly NewAgentEvent[] = [],
): Promise<void> {
  const row = AgentRow.parse(agent);
  const ref = { tenant: row.tenant, agentId: row.agent_id };
  const Item = { ...agentKey(ref.tenant, ref.agentId), byTenant: agentsOfTenant(ref.tenant), ...row };
  await commit(store, [
    { Put: { TableName: store.table, Item } },
    ...events.map((event) => agentEventWrite(store, ref, event)),
  ]);
  await logChange(store, ref.tenant, [ref.agentId]);
}

/** Puts a tenant on the list that sweeps go through. */
export async function noteTenant(store: AgentStore, tenant: string): Promise<void> {
  await store.db.send(new PutCommand({ TableName: store.table, Item: { ...tenantKey(tenant) } }));
}

/** @throws {NotFoundError} no such agent for this tenant. */
export async function loadAgent(store: AgentStore, tenant: string, agentId: string): Promise<Agent> {
  const agent = await findAgent(store, tenant, agentId);
  if (agent === undefined) throw new NotFoundError("agent", agentId);
  return agent;
}

/** A registered agent with its vital signs, or nothing: unlike a warm view it is never a moment behind. */
export async function findAgent(store: AgentStore, tenant: string, agentId: string): Promise<Agent | undefined> {
  const keys = [agentKey(tenant, agentId), ...SIGN_KINDS.map((kind) => vitalKey(tenant, kind, agentId))];
  const found = await readAll(store, keys);
  const row = found.get(keyName(agentKey(tenant, agentId)));
  if (row === undefined) return undefined;
  return assembleAgent(
    AgentRow.parse(row),
    [...found.values()].flatMap((item) => readVitalRow(item) ?? []),
  );
}

const SIGN_KINDS = ["B", "P", "L"] as const;
/** Rows of some agents by key; agents that are gone are missing from the result. */
export async function loadAgentRows(
  store: AgentStore,
  tenant: string,
  agentIds: readonly string[],
): Promise<AgentRow[]> {
  const rows = await readAll(store, agentIds.map((id) => agentKey(tenant, id)));
  return [...rows.values()].map((row) => AgentRow.parse(row));
}

/** Joins a row with its vital signs. */
export function assembleAgent(row: AgentRow, vitals: readonly VitalRow[]): Agent {
  const sign = (kind: string): VitalRow | undefined =>
    vitals.find((vital) => vital.kind === kind && vital.agentId === row.agent_id);
  const beat = signOf("B", sign("B"));
  const probe = signOf("P", sign("P"));
  const learned = signOf("L", sign("L"));
  return {
    ...row,
    ...(beat?.metrics === undefined ? {} : { metrics: beat.metrics }),
    last_heartbeat_at: beat?.at ?? row.enrolled_at ?? row.registered_at,
    sends_heartbeats: beat !== undefined || row.heartbeat_interval_seconds !== undefined,
    ...(probe === undefined ? {} : { probe }),
    ...(learned === undefined ? {} : { learned }),
  };
}

/** Every row of a tenant's registry, by id; a moment behind at most. */
export async function listAgentRows(store: AgentStore, tenant: string): Promise<AgentRow[]> {
  const rows = await queryAll(store, {
    IndexName: "byTenant",
    KeyConditionExpression: "byTenant = :tenant",
    ExpressionAttributeValues: { ":tenant": agentsOfTenant(tenant) },
  });
  return rows.map((row) => AgentRow.parse(row));
}

/** Every agent of a tenant, by id. */
export async function listAgents(store: AgentStore, tenant: string): Promise<readonly Agent[]> {
  const [rows, { rows: vitals }] = await Promise.all([listAgentRows(store, tenant), loadVitals(store, tenant)]);
  const byAgent = Map.groupBy(vitals, ({ agentId }) => agentId);
  return rows.map((row) => assembleAgent(row, byAgent.get(row.agent_id) ?? []));
}

/** A change of status or quarantine; `expected` is what the decision was based on. */
export interface AgentMove {
  readonly expected: { readonly status: AgentStatus };
  readonly set: {
    readonly status?: AgentStatus;
    readonly status_reason?: string | undefined;
    readonly quarantine?: Quarantine | undefined;
    /** Seconds since 1970; the row goes then. */
    readonly expiresAt?: number | undefined;
  };
  readonly event: NewAgentEvent;
}

/** Changes an agent's standing and tells of it, in one transaction. `stale`: somebody else changed it meanwhile. */
export async function moveAgent(store: AgentStore, ref: AgentRef, move: AgentMove): Promise<CommitOutcome> {
  const update = {
    TableName: store.table,
    Key: agentKey(ref.tenant, ref.agentId),
    ...updateOf(move.set, [{ name: "status", values: [move.expected.status] }]),
  };
  const outcome = await commit(store, [{ Update: update }, agentEventWrite(store, ref, move.event)]);
  if (outcome === "written") await logChange(store, ref.tenant, [ref.agentId]);
  return outcome;
}

/**
 * Takes an agent out of the registry, with its vital signs and what was learnt about it.
 *
 * @throws {NotFoundError} no such agent for this tenant.
 */
export async function deleteAgent(store: AgentStore, ref: AgentRef, event: NewAgentEvent): Promise<void> {
  const { tenant, agentId } = ref;
  const gone = await commit(store, [
    { Delete: { TableName: store.table, Key: agentKey(tenant, agentId), ConditionExpression: "attribute_exists(pk)" } },
    { Delete: { TableName: store.table, Key: profileKey(tenant, agentId) } },
    agentEventWrite(store, ref, event),
  ]);
  if (gone === "stale") throw new NotFoundError("agent", agentId);
  await logChange(store, tenant, [agentId]);
  await deleteVitals(store, tenant, { agentId, kinds: ["B", "P", "L", "C", "R"] });
}
