import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { LRUCache } from "lru-cache";
import { type Key, keyName } from "../../aws/key.ts";
import { queryAll, type Row } from "../../aws/query.ts";
import { readAll } from "../../aws/read-all.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { Hold, type HoldPlace } from "../control.ts";
import { holdKey, HOLDS_PARTITION } from "./keys.ts";
import { atMost } from "../../core/at-most.ts";

/** Where holds live: the control table. */
export interface HoldStore {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
}

/** The hold that covers a workflow, the widest first; `fresh` asks the table instead of a view up to a second old. */
export type HoldReader = (tenant: string, workflow: string, freshness?: "fresh") => Promise<Hold | undefined>;

/** A row of a tenant's that is read along with its holds: the same call, and its reader hears what it says. */
export interface Companion {
  readonly keyOf: (tenant: string) => Key;
  readonly hear: (tenant: string, row: Row | undefined) => void;
}

/**
 * Reads holds, at most `EXECUTION_LIMITS.holdCacheSeconds` old. The cache is by row: whatever the number of workflows, a warm
 * function reads the global row once a second.
 */
export function holdReader(store: HoldStore, companion?: Companion): HoldReader {
  const ttl = EXECUTION_LIMITS.holdCacheSeconds * 1000;
  // `false` remembers that there is none: the cache has no values that are undefined.
  const known = new LRUCache<string, Hold | false>({ ...atMost(EXECUTION_LIMITS.cachedHolds), ttl });
  const loading = new Map<string, Promise<ReadonlyMap<string, Hold>>>();
  const fetch = async (tenant: string, names: readonly string[]): Promise<ReadonlyMap<string, Hold>> => {
    const found = await loadHolds(store, names, companion && { ...companion, tenant });
    for (const name of names) known.set(name, found.get(name) ?? false);
    return found;
  };
  return async (tenant, workflow, freshness) => {
    const names = placesOver(tenant, workflow).map((place) => holdKey(place).sk);
    if (freshness === "fresh") return firstOf(names, await fetch(tenant, names));
    // Each row is looked up once: one that was still known may be too old a moment later.
    const cached = new Map(names.map((name) => [name, known.get(name)] as const));
    const unknown = names.filter((name) => cached.get(name) === undefined);
    const before = new Map(names.flatMap((name) => pairOf(name, cached.get(name))));
    if (unknown.length === 0) return firstOf(names, before);
    const asked = unknown.join(" ");
    const pending = loading.get(asked) ?? fetch(tenant, unknown).finally(() => loading.delete(asked));
    loading.set(asked, pending);
    return firstOf(names, new Map([...before, ...(await pending)]));
  };
}

const pairOf = (name: string, hold: Hold | false | undefined): readonly (readonly [string, Hold])[] =>
  hold === undefined || hold === false ? [] : [[name, hold]];

const firstOf = (names: readonly string[], holds: ReadonlyMap<string, Hold>): Hold | undefined =>
  names.map((name) => holds.get(name)).find((hold) => hold !== undefined);

/** Every place whose hold covers a workflow, the widest first. */
const placesOver = (tenant: string, workflow: string): readonly HoldPlace[] => [
  { scope: "global" },
  { scope: "tenant", tenant },
  { scope: "workflow", tenant, workflow },
];

/** Strongly consistent: whoever put a hold there may count on it. */
async function loadHolds(
  store: HoldStore,
  names: readonly string[],
  also?: Companion & { readonly tenant: string },
): Promise<ReadonlyMap<string, Hold>> {
  const other = also?.keyOf(also.tenant);
  const rows = await readAll(store, [...names.map((sk) => ({ pk: HOLDS_PARTITION, sk })), ...(other === undefined ? [] : [other])]);
  if (also !== undefined && other !== undefined) also.hear(also.tenant, rows.get(keyName(other)));
  return new Map([...rows.values()].filter(({ pk }) => pk === HOLDS_PARTITION).map((row) => [String(row["sk"]), Hold.parse(row)]));
}

/** The hold over exactly this place, not over a wider one. */
export async function findHold(store: HoldStore, place: HoldPlace): Promise<Hold | undefined> {
  const { sk } = holdKey(place);
  return (await loadHolds(store, [sk])).get(sk);
}

/** Holds a place. One that is held stays as it is, so that the first reason is the one on record. */
export async function saveHold(
  store: HoldStore,
  place: HoldPlace,
  hold: Omit<Hold, "scope" | "tenant" | "workflow">,
): Promise<Hold> {
  const Item: Hold = { ...place, ...hold };
  try {
    await store.db.send(
      new PutCommand({
        TableName: store.table,
        Item: { ...holdKey(place), ...Item },
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
    return Item;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return (await findHold(store, place)) ?? saveHold(store, place, hold);
  }
}

/** Takes a hold away. `false`: there was none. */
export async function deleteHold(store: HoldStore, place: HoldPlace): Promise<boolean> {
  const { Attributes } = await store.db.send(
    new DeleteCommand({ TableName: store.table, Key: { ...holdKey(place) }, ReturnValues: "ALL_OLD" }),
  );
  return Attributes !== undefined;
}

/** Every hold that a tenant feels: the global one, its own, those on its workflows by name. */
export async function listHolds(store: HoldStore, tenant: string): Promise<readonly Hold[]> {
  const wide = placesOver(tenant, "")
    .slice(0, 2)
    .map((place) => holdKey(place).sk);
  const [found, narrow] = await Promise.all([loadHolds(store, wide), listWorkflowHolds(store, tenant)]);
  return [...wide.flatMap((name) => pairOf(name, found.get(name)).map(([, hold]) => hold)), ...narrow];
}

async function listWorkflowHolds(store: HoldStore, tenant: string): Promise<readonly Hold[]> {
  const { sk: prefix } = holdKey({ scope: "workflow", tenant, workflow: "" });
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": HOLDS_PARTITION, ":prefix": prefix },
    ConsistentRead: true,
  });
  return rows.map((row) => Hold.parse(row));
}
