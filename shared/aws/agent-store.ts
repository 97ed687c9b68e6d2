import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { LRUCache } from "lru-cache";
import { NotFoundError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { Agent, type AgentMetrics } from "../schemas/agent.ts";
import { agentKey, agentsOfTenant } from "./keys.ts";

/** Where registered agents live. */
export interface AgentStore {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
}

/** Registers an agent, or replaces its description: registering twice is an update. */
export async function saveAgent(store: AgentStore, agent: Agent): Promise<void> {
  const index = { byTenant: agentsOfTenant(agent.tenant) };
  const Item = { ...agentKey(agent.tenant, agent.agent_id), ...index, ...agent };
  await store.db.send(new PutCommand({ TableName: store.table, Item }));
}

/** @throws {NotFoundError} no such agent for this tenant. */
export async function loadAgent(store: AgentStore, tenant: string, agentId: string): Promise<Agent> {
  const agent = await findAgent(store, tenant, agentId);
  if (agent === undefined) throw new NotFoundError("agent", agentId);
  return agent;
}

/** Every agent of a tenant, by id. */
export async function listAgents(store: AgentStore, tenant: string): Promise<readonly Agent[]> {
  const agents: Agent[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const { Items, LastEvaluatedKey } = await store.db.send(
      new QueryCommand({
        TableName: store.table,
        IndexName: "byTenant",
        KeyConditionExpression: "byTenant = :tenant",
        ExpressionAttributeValues: { ":tenant": agentsOfTenant(tenant) },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    for (const item of Items ?? []) agents.push(Agent.parse(item));
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return agents;
}

/**
 * Notes a sign of life; an inactive agent becomes active again.
 *
 * @throws {NotFoundError} no such agent for this tenant, or it was decommissioned.
 */
export async function saveHeartbeat(
  store: AgentStore,
  agent: { tenant: string; agentId: string },
  beat: { at: string; metrics: AgentMetrics | undefined },
): Promise<void> {
  try {
    await store.db.send(
      new UpdateCommand({
        TableName: store.table,
        Key: agentKey(agent.tenant, agent.agentId),
        ConditionExpression: "attribute_exists(pk) AND #status <> :gone",
        UpdateExpression: `SET last_heartbeat_at = :at, #status = :active${beat.metrics === undefined ? "" : ", #metrics = :metrics"}`,
        // Both are words that DynamoDB reserves.
        ExpressionAttributeNames: { "#status": "status", ...(beat.metrics === undefined ? {} : { "#metrics": "metrics" }) },
        ExpressionAttributeValues: {
          ":at": beat.at,
          ":active": "ACTIVE",
          ":gone": "DECOMMISSIONED",
          ...(beat.metrics === undefined ? {} : { ":metrics": beat.metrics }),
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new NotFoundError("agent", agent.agentId, { cause: error });
  }
}

/** @throws {NotFoundError} no such agent for this tenant. */
export async function deleteAgent(store: AgentStore, tenant: string, agentId: string): Promise<void> {
  const { Attributes } = await store.db.send(
    new DeleteCommand({ TableName: store.table, Key: agentKey(tenant, agentId), ReturnValues: "ALL_OLD" }),
  );
  if (Attributes === undefined) throw new NotFoundError("agent", agentId);
}

/** A registered agent, or nothing: unlike the list it is never a moment behind. */
export async function findAgent(store: AgentStore, tenant: string, agentId: string): Promise<Agent | undefined> {
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key: agentKey(tenant, agentId), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : Agent.parse(Item);
}

/** Lists a tenant's agents, at most `LIMITS.agentCacheSeconds` old. */
export function agentReader(store: AgentStore): (tenant: string) => Promise<readonly Agent[]> {
  const lists = new LRUCache<string, Promise<readonly Agent[]>>({
    max: LIMITS.cachedTenants,
    ttl: LIMITS.agentCacheSeconds * 1000,
  });
  return (tenant) => {
    const known = lists.get(tenant);
    if (known !== undefined) return known;
    const loading = listAgents(store, tenant);
    lists.set(tenant, loading);
    loading.catch(() => lists.delete(tenant));
    return loading;
  };
}
