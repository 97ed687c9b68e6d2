import { StoredAgentEvent } from "../agent-events.ts";
import { type AgentRef, agentEventWrite, type NewAgentEvent } from "./agent-store.ts";
import { GroupCommitter } from "../../aws/group-commit.ts";
import { queryPage } from "../../aws/query.ts";
import { agentKey, EVENT_PREFIX } from "./keys.ts";
import type { AgentStore } from "./vital-store.ts";

/** Latest events about an agent, newest first; also about one that is in the registry no more. */
export async function listAgentEvents(
  store: AgentStore,
  { tenant, agentId }: AgentRef,
  limit: number,
): Promise<StoredAgentEvent[]> {
  const { rows } = await queryPage(store, {
    KeyConditionExpression: "pk = :partition AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":partition": agentKey(tenant, agentId).pk, ":prefix": EVENT_PREFIX },
    ScanIndexForward: false,
    Limit: limit,
  });
  return rows.map((row) => StoredAgentEvent.parse(row));
}

/** Tells of something that is stored elsewhere already. Told twice under the same id, it is one event. */
export async function appendAgentEvent(store: AgentStore, ref: AgentRef, event: NewAgentEvent): Promise<void> {
  await new GroupCommitter(store.db).commit([agentEventWrite(store, ref, event)]);
}
