import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { LRUCache } from "lru-cache";
import * as z from "zod";
import { query, queryPage, type Table } from "../../aws/query.ts";
import { LIVE_LIMITS } from "../live/limits.ts";
import { type LiveTarget, targetKey } from "../live/live-target.ts";

/** Where subscriptions lie. */
export type SubscriptionStore = Table;

/** A connection that hears of a target. */
export interface Subscription {
  readonly tenant: string;
  readonly target: LiveTarget;
  readonly connection: string;
  /** Epoch seconds: when its caller's token ends. */
  readonly expires: number;
}

const Row = z.object({ connection: z.string(), expires: z.number() });
type Row = z.infer<typeof Row>;

const partition = (tenant: string): string => `T#${tenant}#LIVE`;

const keyOf = ({ tenant, target, connection }: Omit<Subscription, "expires">) => ({
  pk: partition(tenant),
  sk: `${targetKey(target)}${connection}`,
});

/** Subscribes a connection: one write. */
export async function saveSubscription({ db, table }: SubscriptionStore, subscription: Subscription, now: Date): Promise<void> {
  const { connection, expires } = subscription;
  const expiresAt = Math.floor(now.getTime() / 1000) + LIVE_LIMITS.rowSeconds;
  await db.send(new PutCommand({ TableName: table, Item: { ...keyOf(subscription), connection, expires, expiresAt } }));
}

/** Ends a subscription; nothing where there is none. */
export async function removeSubscription(
  { db, table }: SubscriptionStore,
  subscription: Omit<Subscription, "expires">,
): Promise<void> {
  await db.send(new DeleteCommand({ TableName: table, Key: keyOf(subscription) }));
}

/** Those who hear of a target. */
export async function listSubscriptions(store: SubscriptionStore, tenant: string, target: LiveTarget): Promise<Subscription[]> {
  const found: Subscription[] = [];
  const request = {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :target)",
    ExpressionAttributeValues: { ":pk": partition(tenant), ":target": targetKey(target) },
  };
  for await (const row of query(store, request)) {
    const { success, data } = Row.safeParse(row);
    if (success) found.push({ tenant, target, ...data });
  }
  return found;
}

/** Whether anybody of a tenant listens, as it was a second ago at most: one small read per tenant and second. */
export function rememberedListeners(store: SubscriptionStore): (tenant: string) => Promise<boolean> {
  const known = new LRUCache<string, Promise<boolean>>({ max: 1000, ttl: LIVE_LIMITS.rememberedMs });
  return async (tenant) => {
    const found = known.get(tenant) ?? hasListeners(store, tenant);
    known.set(tenant, found, { noUpdateTTL: true });
    return found;
  };
}

async function hasListeners(store: SubscriptionStore, tenant: string): Promise<boolean> {
  const request = { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": partition(tenant) }, Limit: 1 };
  return (await queryPage(store, request)).rows.length > 0;
}

/** `listSubscriptions` as it was a second ago at most. */
export function rememberedSubscriptions(store: SubscriptionStore): (tenant: string, target: LiveTarget) => Promise<readonly Subscription[]> {
  const known = new LRUCache<string, Promise<readonly Subscription[]>>({ max: 100, ttl: LIVE_LIMITS.rememberedMs });
  return async (tenant, target) => {
    const key = `${tenant} ${targetKey(target)}`;
    const found = known.get(key) ?? listSubscriptions(store, tenant, target);
    known.set(key, found, { noUpdateTTL: true });
    return found;
  };
}
