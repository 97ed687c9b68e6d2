import * as z from "zod";
import { contentHash } from "../../core/canonical-json.ts";
import type { Write } from "../../aws/group-commit.ts";
import { type Key, keyName } from "../../aws/key.ts";
import type { Row } from "../../aws/query.ts";
import { type Agent, AgentLearned, Quarantine } from "../agent.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { AgentProfile } from "../registry/profile.ts";
import { endpointKey, profileKey, vitalKey } from "./keys.ts";
import type { LearntProfile } from "./profile-store.ts";
import type { AgentStore } from "./vital-store.ts";

/**
 * What stays of an agent at its endpoint: a quarantine from the moment it is ordered, and what was learnt when the agent
 * is deregistered. Whoever registers the endpoint again, under this id or another, gets both: nobody sheds a bad name, or
 * loses a good one, by registering anew. It is kept for `AGENT_LIMITS.endpointSeconds`.
 */
export interface EndpointRecord {
  readonly quarantine?: Quarantine | undefined;
  readonly learned?: AgentLearned | undefined;
  readonly learnt?: LearntProfile | undefined;
}

const Stored = z.object({
  quarantine: Quarantine.optional(),
  learned: AgentLearned.optional(),
  learnt: z.object({ profile: AgentProfile, errorRate: z.number() }).optional(),
});

/**
 * One name for every way to write an endpoint: with or without the card's path, a slash at the end, or capitals in the
 * host.
 */
export function endpointName(endpoint: string): string {
  const { origin, pathname, search } = new URL(endpoint);
  const path = pathname.replace(/\/\.well-known\/agent(-card)?\.json$/, "").replace(/\/+$/, "");
  return contentHash(`${origin}${path}${search}`);
}

/** Key of an endpoint's record. */
export const recordKey = (tenant: string, endpoint: string): Key => endpointKey(tenant, endpointName(endpoint));

/** Reads a record from rows by key. An expired one that DynamoDB has not removed yet is none. */
export function recordIn(rows: ReadonlyMap<string, Row>, key: Key, now: number): EndpointRecord | undefined {
  const row = rows.get(keyName(key));
  if (row === undefined || Number(row["expiresAt"]) * 1000 <= now) return undefined;
  return Stored.parse(JSON.parse(String(row["record"])));
}

/** The write that puts a record in place of the one before. */
export function recordWrite(
  store: AgentStore,
  { tenant, endpoint }: Pick<Agent, "tenant" | "endpoint">,
  { record, at }: { readonly record: EndpointRecord; readonly at: string },
): Write {
  const expiresAt = Math.floor(Date.parse(at) / 1000) + AGENT_LIMITS.endpointSeconds;
  return { Put: { TableName: store.table, Item: { ...recordKey(tenant, endpoint), endpoint, record: JSON.stringify(record), expiresAt } } };
}

/** The writes that give an agent what was learnt at its endpoint. */
export function inheritWrites(
  store: AgentStore,
  { tenant, agent_id: agentId }: Pick<Agent, "tenant" | "agent_id">,
  { learned, learnt }: EndpointRecord,
): readonly Write[] {
  const put = (Item: Row): Write => ({ Put: { TableName: store.table, Item } });
  return [
    ...(learned === undefined ? [] : [put({ ...vitalKey(tenant, "L", agentId), sign: JSON.stringify(learned) })]),
    ...(learnt === undefined
      ? []
      : [put({ ...profileKey(tenant, agentId), revision: 1, profile: JSON.stringify(learnt.profile), errorRate: learnt.errorRate, seen: [] })]),
  ];
}
