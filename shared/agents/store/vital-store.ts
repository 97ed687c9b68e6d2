import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { AGENT_LIMITS } from "../limits.ts";
import { AgentAnswering, AgentLearned, AgentProbe } from "../agent.ts";
import { AgentMetrics } from "../agent-registration.ts";
import { batchWrite } from "../../aws/batch-write.ts";
import { queryAll } from "../../aws/query.ts";
import { registryLogKey, type VitalKind, vitalKey, vitalsPartition } from "./keys.ts";

/** Where registered agents live. */
export interface AgentStore {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
}

/** A heartbeat. */
export const AgentBeat = z.object({ at: z.iso.datetime(), metrics: AgentMetrics.optional() });
export type AgentBeat = z.infer<typeof AgentBeat>;

type Signs = { B: AgentBeat; P: AgentProbe; L: AgentLearned; A: AgentAnswering };
const SIGNS: { readonly [Kind in keyof Signs]: z.ZodType<Signs[Kind]> } = {
  B: AgentBeat,
  P: AgentProbe,
  L: AgentLearned,
  A: AgentAnswering,
};

/** A vital row as it lies in the table. */
export interface VitalRow {
  readonly kind: VitalKind;
  readonly agentId: string;
  /** The sign as JSON: equal texts mean that nothing changed, so most rows are never parsed. Absent in rows C and R. */
  readonly text: string | undefined;
  readonly item: Readonly<Record<string, unknown>>;
}

/** How far a tenant's registry has come, and which agents its latest changes were about. */
export interface RegistryLog {
  readonly version: number;
  readonly changes: ReadonlyMap<number, readonly string[]>;
}

/** All vital rows of a tenant and the state of its registry, a moment behind at most. */
export async function loadVitals(
  store: AgentStore,
  tenant: string,
): Promise<{ log: RegistryLog; rows: readonly VitalRow[] }> {
  const items = await queryAll(store, {
    KeyConditionExpression: "pk = :partition",
    ExpressionAttributeValues: { ":partition": vitalsPartition(tenant) },
  });
  const rows: VitalRow[] = [];
  let log: RegistryLog = { version: 0, changes: new Map() };
  for (const item of items) {
    const row = readVitalRow(item);
    if (row === undefined) log = readLog(item);
    else rows.push(row);
  }
  return { log, rows };
}

const KINDS: ReadonlySet<string> = new Set<VitalKind>(["B", "P", "L", "A", "C", "R"]);
const isKind = (text: string): text is VitalKind => KINDS.has(text);

/** Reads one row of the partition; nothing for the log. */
export function readVitalRow(item: Readonly<Record<string, unknown>>): VitalRow | undefined {
  const [kind = "", agentId = ""] = String(item["sk"]).split("#", 2);
  if (!isKind(kind)) return undefined;
  const text = item["sign"];
  return { kind, agentId, text: typeof text === "string" ? text : undefined, item };
}

/** The sign that a row holds; nothing when it is of another kind, or of another release. */
export function signOf<Kind extends keyof Signs>(kind: Kind, row: VitalRow | undefined): Signs[Kind] | undefined {
  if (row?.text === undefined || row.kind !== kind) return undefined;
  return SIGNS[kind].safeParse(JSON.parse(row.text)).data;
}

/** Writes signs of many agents; the last writer wins. */
export function saveSigns<Kind extends keyof Signs>(
  store: AgentStore,
  tenant: string,
  { kind, signs }: { kind: Kind; signs: readonly { readonly agentId: string; readonly sign: Signs[Kind] }[] },
): Promise<void> {
  const puts = signs.map(({ agentId, sign }) => ({
    PutRequest: { Item: { ...vitalKey(tenant, kind, agentId), sign: JSON.stringify(sign) } },
  }));
  return batchWrite(store.db, store.table, puts);
}

/** Writes how an agent was seen to answer. */
export async function saveAnswering(
  store: AgentStore,
  { tenant, agentId }: { tenant: string; agentId: string },
  sign: AgentAnswering,
): Promise<void> {
  const Item = { ...vitalKey(tenant, "A", agentId), sign: JSON.stringify(sign) };
  await store.db.send(new PutCommand({ TableName: store.table, Item }));
}

/** Forgets signs of an agent. */
export function deleteVitals(
  store: AgentStore,
  tenant: string,
  agent: { agentId: string; kinds: readonly VitalKind[] },
): Promise<void> {
  const deletions = agent.kinds.map((kind) => ({
    DeleteRequest: { Key: { ...vitalKey(tenant, kind, agent.agentId) } },
  }));
  return batchWrite(store.db, store.table, deletions);
}

/**
 * Tells readers which agents changed: the change is numbered and named in one write. The newest name stands last, so
 * names need no numbers; the oldest are taken off in their turn.
 */
export async function logChange(store: AgentStore, tenant: string, agentIds: readonly string[]): Promise<void> {
  const at = { TableName: store.table, Key: { ...registryLogKey(tenant) } };
  const { Attributes } = await store.db.send(
    new UpdateCommand({
      ...at,
      UpdateExpression: "SET #changes = list_append(if_not_exists(#changes, :none), :entry) ADD #version :one",
      ExpressionAttributeNames: { "#version": "version", "#changes": "changes" },
      ExpressionAttributeValues: { ":one": 1, ":none": [], ":entry": [agentIds.join(",")] },
      ReturnValues: "UPDATED_NEW",
    }),
  );
  const { changesKept } = AGENT_LIMITS;
  if (Log.parse(Attributes).changes.length < 2 * changesKept) return;
  const oldest = Array.from({ length: changesKept }, (_, index) => `#changes[${index}]`);
  const shorten = new UpdateCommand({
    ...at,
    UpdateExpression: `REMOVE ${oldest.join(", ")}`,
    ConditionExpression: "size(#changes) >= :most",
    ExpressionAttributeNames: { "#changes": "changes" },
    ExpressionAttributeValues: { ":most": 2 * changesKept },
  });
  await store.db.send(shorten).catch(unlessShort);
}

/** Another took the oldest off. */
function unlessShort(error: unknown): void {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
}

const Log = z.object({ version: z.number().catch(0), changes: z.array(z.string()).catch([]) });

function readLog(item: Readonly<Record<string, unknown>>): RegistryLog {
  const { version, changes } = Log.parse(item);
  return { version, changes: new Map(changes.map((ids, index) => [version - changes.length + 1 + index, ids.split(",")])) };
}
