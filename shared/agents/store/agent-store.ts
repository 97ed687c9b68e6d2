import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { NotFoundError } from "../../core/errors.ts";
import type { AgentEventFacts, AgentEventType } from "../agent-events.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { Agent, AgentRow, type AgentStatus, type Quarantine } from "../agent.ts";
import { type CommitOutcome, GroupCommitter, type Write } from "../../aws/group-commit.ts";
import { agentEventKey, agentKey, type AgentRef, agentsOfTenant, profileKey, tenantKey, type VitalKind, vitalKey } from "./keys.ts";
import { type Key, keyName } from "../../aws/key.ts";
import { queryAll, type Row } from "../../aws/query.ts";
import { readAll } from "../../aws/read-all.ts";
import { updateOf } from "../../aws/update-expression.ts";
import { type EndpointRecord, recordIn, recordKey, recordWrite } from "./endpoint-store.ts";
import { loadProfile } from "./profile-store.ts";
import {
  type AgentStore,
  deleteVitals,
  loadVitals,
  logChange,
  readVitalRow,
  signOf,
  type VitalRow,
} from "./vital-store.ts";

export type { AgentRef } from "./keys.ts";
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

/** Registers an agent, or replaces its description: registering twice is an update. `also` stands or falls with it. */
export async function saveAgent(
  store: AgentStore,
  agent: AgentRow,
  events: readonly NewAgentEvent[] = [],
  also: readonly Write[] = [],
): Promise<void> {
  const row = AgentRow.parse(agent);
  const ref = { tenant: row.tenant, agentId: row.agent_id };
  const Item = { ...agentKey(ref.tenant, ref.agentId), byTenant: agentsOfTenant(ref.tenant), ...row };
  await commit(store, [
    { Put: { TableName: store.table, Item } },
    ...events.map((event) => agentEventWrite(store, ref, event)),
    ...also,
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
  return (await readAgent(store, { tenant, agentId }, SIGN_KINDS))?.agent;
}

/** An agent and the small rows about it. */
export interface AgentWithVitals {
  readonly agent: Agent;
  readonly vitals: readonly VitalRow[];
}

/**
 * A registered agent with everything that is known of it this moment, breaker and reservations included.
 *
 * @throws {NotFoundError} no such agent for this tenant.
 */
export async function loadAgentWithVitals(store: AgentStore, ref: AgentRef): Promise<AgentWithVitals> {
  const found = await readAgent(store, ref, VITAL_KINDS);
  if (found === undefined) throw new NotFoundError("agent", ref.agentId);
  return found;
}

const SIGN_KINDS = ["B", "P", "L", "A"] as const;
const VITAL_KINDS = [...SIGN_KINDS, "C", "R"] as const;

async function readAgent(
  store: AgentStore,
  { tenant, agentId }: AgentRef,
  kinds: readonly VitalKind[],
): Promise<AgentWithVitals | undefined> {
  return agentIn(await readAll(store, agentKeys({ tenant, agentId }, kinds)), { tenant, agentId });
}

const agentKeys = ({ tenant, agentId }: AgentRef, kinds: readonly VitalKind[]): readonly Key[] => [
  agentKey(tenant, agentId),
  ...kinds.map((kind) => vitalKey(tenant, kind, agentId)),
];

function agentIn(rows: ReadonlyMap<string, Row>, { tenant, agentId }: AgentRef): AgentWithVitals | undefined {
  const row = rows.get(keyName(agentKey(tenant, agentId)));
  if (row === undefined) return undefined;
  const vitals = [...rows.values()].flatMap((item) => readVitalRow(item) ?? []);
  return { agent: assembleAgent(AgentRow.parse(row), vitals), vitals };
}

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
  const answering = signOf("A", sign("A"));
  return {
    ...row,
    ...(beat?.metrics === undefined ? {} : { metrics: beat.metrics }),
    last_heartbeat_at: beat?.at ?? row.enrolled_at ?? row.registered_at,
    sends_heartbeats: beat !== undefined || row.heartbeat_interval_seconds !== undefined,
    ...(probe === undefined ? {} : { probe }),
    ...(learned === undefined ? {} : { learned }),
    ...(answering === undefined ? {} : { answering }),
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
export async function moveAgent(
  store: AgentStore,
  ref: AgentRef,
  move: AgentMove,
  also: readonly Write[] = [],
): Promise<CommitOutcome> {
  const update = {
    TableName: store.table,
    Key: agentKey(ref.tenant, ref.agentId),
    ...updateOf(move.set, [{ name: "status", values: [move.expected.status] }]),
  };
  const outcome = await commit(store, [{ Update: update }, agentEventWrite(store, ref, move.event), ...also]);
  if (outcome === "written") await logChange(store, ref.tenant, [ref.agentId]);
  return outcome;
}

/** A registered agent, and what is on record of the endpoint that it is to be registered at. */
export async function findAgentAt(
  store: AgentStore,
  { tenant, agentId }: AgentRef,
  { endpoint, now }: { readonly endpoint: string; readonly now: number },
): Promise<{ readonly known: Agent | undefined; readonly record: EndpointRecord | undefined }> {
  const key = recordKey(tenant, endpoint);
  const rows = await readAll(store, [...agentKeys({ tenant, agentId }, SIGN_KINDS), key]);
  return { known: agentIn(rows, { tenant, agentId })?.agent, record: recordIn(rows, key, now) };
}

/**
 * Takes an agent out of the registry, with its vital signs. What was learnt about it stays on record at its endpoint.
 *
 * @throws {NotFoundError} no such agent for this tenant.
 */
export async function deleteAgent(store: AgentStore, ref: AgentRef, event: NewAgentEvent): Promise<void> {
  const { tenant, agentId } = ref;
  const [found, learnt] = await Promise.all([readAgent(store, ref, SIGN_KINDS), loadProfile(store, ref)]);
  if (found === undefined) throw new NotFoundError("agent", agentId);
  const { quarantine, learned } = found.agent;
  const isKnown = quarantine !== undefined || learned !== undefined;
  const record = { quarantine, learned, ...(learned === undefined ? {} : { learnt }) };
  const gone = await commit(store, [
    { Delete: { TableName: store.table, Key: agentKey(tenant, agentId), ConditionExpression: "attribute_exists(pk)" } },
    { Delete: { TableName: store.table, Key: profileKey(tenant, agentId) } },
    agentEventWrite(store, ref, event),
    ...(isKnown ? [recordWrite(store, found.agent, { record, at: event.at })] : []),
  ]);
  if (gone === "stale") throw new NotFoundError("agent", agentId);
  await logChange(store, tenant, [agentId]);
  await deleteVitals(store, tenant, { agentId, kinds: VITAL_KINDS });
}
