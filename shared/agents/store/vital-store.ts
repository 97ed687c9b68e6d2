import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { AGENT_LIMITS } from "../limits.ts";
import { AgentLearned, AgentMetrics, AgentProbe } from "../agent.ts";
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

type Signs = { B: AgentBeat; P: AgentProbe; L: AgentLearned };
const SIGNS: { readonly [Kind in keyof Signs]: z.ZodType<Signs[Kind]> } = {
  B: AgentBeat,
  P: AgentProbe,
  L: AgentLearned,
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

const KINDS: ReadonlySet<string> = new Set<VitalKind>(["B", "P", "L", "C", "R"]);
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
 * Tells readers which agents changed. Two writes: one numbers the change, one says what it was. A reader that finds the
 * number without the words looks again later.
 */
export async function logChange(store: AgentStore, tenant: string, agentIds: readonly string[]): Promise<void> {
  const Key = { ...registryLogKey(tenant) };
  const { Attributes } = await store.db.send(
    new UpdateCommand({
      TableName: store.table,
      Key,
      UpdateExpression: "ADD #version :one",
      ExpressionAttributeNames: { "#version": "version" },
      ExpressionAttributeValues: { ":one": 1 },
      ReturnValues: "UPDATED_NEW",
    }),
  );
  const version = z.number().parse(Attributes?.["version"]);
  await store.db.send(
    new UpdateCommand({
      TableName: store.table,
      Key,
      UpdateExpression: "SET #slot = :entry",
      ExpressionAttributeNames: { "#slot": `c${version % AGENT_LIMITS.changesKept}` },
      ExpressionAttributeValues: { ":entry": `${version}|${agentIds.join(",")}` },
    }),
  );
}

function readLog(item: Readonly<Record<string, unknown>>): RegistryLog {
  const changes = new Map<number, readonly string[]>();
  for (const [name, value] of Object.entries(item)) {
    if (!/^c\d+$/.test(name) || typeof value !== "string") continue;
    const [version = "", ids = ""] = value.split("|", 2);
    changes.set(Number(version), ids.split(","));
  }
  return { version: z.number().catch(0).parse(item["version"]), changes };
}
