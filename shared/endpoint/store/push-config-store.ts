import { DeleteCommand, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { LRUCache } from "lru-cache";
import { queryAll, type Table } from "../../aws/query.ts";
import { atMost } from "../../core/at-most.ts";
import { LIMITS } from "../../core/limits.ts";
import { executionPartition } from "../../execution/store/keys.ts";
import { type Place, PUSH_PREFIX, pushKey, pushMarkKey } from "./keys.ts";

/** Where a caller wants to hear of a task, with what proves us to the receiver. */
export const PushConfig = z.object({
  id: z.string(),
  url: z.string(),
  token: z.string().optional(),
  scheme: z.string().optional(),
  credentials: z.string().optional(),
  /** The generation it was made in: 0.3 gets bare tasks. */
  dialect: z.enum(["1.0", "0.3"]),
});
export type PushConfig = z.infer<typeof PushConfig>;

/** Keeps a configuration; one of the same id gives way. Before it there is the mark by which the tenant's news is sent on. */
export async function savePushConfig(store: Table, place: Place, config: PushConfig): Promise<void> {
  await store.db.send(new PutCommand({ TableName: store.table, Item: { ...pushMarkKey(place.tenant) } }));
  await store.db.send(new PutCommand({ TableName: store.table, Item: { ...pushKey(place, config.id), ...config } }));
}

/** One configuration of a task. */
export async function findPushConfig(store: Table, place: Place, id: string): Promise<PushConfig | undefined> {
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key: { ...pushKey(place, id) }, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : PushConfig.parse(Item);
}

/** Every configuration of a task, by id. */
export async function listPushConfigs(store: Table, { tenant, execution }: Place): Promise<readonly PushConfig[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": executionPartition(tenant, execution), ":prefix": PUSH_PREFIX },
    ConsistentRead: true,
  });
  return rows.map((row) => PushConfig.parse(row));
}

/** Whether a tenant has push configurations, or had: a tenant of which that is not remembered costs a consistent read. */
export function pushTenants(store: Table): (tenant: string) => Promise<boolean> {
  const known = new LRUCache<string, true>(atMost(LIMITS.cachedTenants));
  return async (tenant) => {
    if (known.has(tenant)) return true;
    const Key = { ...pushMarkKey(tenant) };
    const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
    if (Item !== undefined) known.set(tenant, true);
    return Item !== undefined;
  };
}

/** Forgets a configuration, if there is one. */
export async function removePushConfig(store: Table, place: Place, id: string): Promise<void> {
  await store.db.send(new DeleteCommand({ TableName: store.table, Key: { ...pushKey(place, id) } }));
}
