import { DeleteCommand, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { queryAll } from "../../aws/query.ts";
import { NotFoundError } from "../../core/errors.ts";
import { AgentSource } from "../agent-source.ts";
import { registriesPartition, registryKey, TENANTS_PARTITION } from "./keys.ts";
import type { AgentStore } from "./vital-store.ts";

/** Writes an external registry, or replaces it. */
export async function saveSource(store: AgentStore, tenant: string, source: AgentSource): Promise<void> {
  await store.db.send(
    new PutCommand({ TableName: store.table, Item: { ...registryKey(tenant, source.registry_id), ...source } }),
  );
}

/** @throws {NotFoundError} no such registry for this tenant. */
export async function loadSource(store: AgentStore, tenant: string, id: string): Promise<AgentSource> {
  const Key = { ...registryKey(tenant, id) };
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  if (Item === undefined) throw new NotFoundError("registry", id);
  return AgentSource.parse(Item);
}

/** External registries of a tenant, by id. */
export async function listSources(store: AgentStore, tenant: string): Promise<AgentSource[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :partition",
    ExpressionAttributeValues: { ":partition": registriesPartition(tenant) },
  });
  return rows.map((row) => AgentSource.parse(row));
}

/** @throws {NotFoundError} no such registry for this tenant. */
export async function deleteSource(store: AgentStore, tenant: string, id: string): Promise<void> {
  const Key = { ...registryKey(tenant, id) };
  const { Attributes } = await store.db.send(
    new DeleteCommand({ TableName: store.table, Key, ReturnValues: "ALL_OLD" }),
  );
  if (Attributes === undefined) throw new NotFoundError("registry", id);
}

/** All tenants that ever had an agent or an external registry. */
export async function listTenants(store: AgentStore): Promise<string[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :partition",
    ExpressionAttributeValues: { ":partition": TENANTS_PARTITION },
  });
  return rows.map(({ sk }) => String(sk));
}
