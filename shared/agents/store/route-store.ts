import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { LRUCache } from "lru-cache";
import { queryAll } from "../../aws/query.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { LIMITS } from "../../core/limits.ts";
import { RoutingRule } from "../routing/routing.ts";
import { ruleKey, rulesPartition } from "./keys.ts";
import type { AgentStore } from "./vital-store.ts";

/** Writes a rule, or replaces it. */
export async function saveRule(store: AgentStore, tenant: string, rule: RoutingRule): Promise<void> {
  await store.db.send(new PutCommand({ TableName: store.table, Item: { ...ruleKey(tenant, rule.name), ...rule } }));
}

/** Every rule of a tenant, the one that is asked first in front. */
export async function listRules(store: AgentStore, tenant: string): Promise<RoutingRule[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :partition",
    ExpressionAttributeValues: { ":partition": rulesPartition(tenant) },
    ConsistentRead: true,
  });
  return rows.map((row) => RoutingRule.parse(row)).sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1));
}

/** @returns whether there was such a rule. */
export async function deleteRule(store: AgentStore, tenant: string, name: string): Promise<boolean> {
  const Key = { ...ruleKey(tenant, name) };
  const { Attributes } = await store.db.send(
    new DeleteCommand({ TableName: store.table, Key, ReturnValues: "ALL_OLD" }),
  );
  return Attributes !== undefined;
}

/** Lists a tenant's rules, at most `AGENT_LIMITS.agentCacheSeconds` old. The same array as long as nothing changed. */
export function ruleReader(store: AgentStore): (tenant: string) => Promise<readonly RoutingRule[]> {
  const ttl = AGENT_LIMITS.agentCacheSeconds * 1000;
  const fresh = new LRUCache<string, Promise<readonly RoutingRule[]>>({ max: LIMITS.cachedTenants, ttl });
  const last = new LRUCache<string, readonly RoutingRule[]>({ max: LIMITS.cachedTenants });
  const load = async (tenant: string): Promise<readonly RoutingRule[]> => {
    const rules = await listRules(store, tenant);
    const known = last.get(tenant);
    if (known !== undefined && JSON.stringify(known) === JSON.stringify(rules)) return known;
    last.set(tenant, rules);
    return rules;
  };
  return (tenant) => {
    const known = fresh.get(tenant);
    if (known !== undefined) return known;
    const loading = load(tenant);
    fresh.set(tenant, loading);
    loading.catch(() => fresh.delete(tenant));
    return loading;
  };
}
