import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { type CommitOutcome, GroupCommitter } from "../../aws/group-commit.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryAll, queryPage, type Table } from "../../aws/query.ts";
import { NotFoundError } from "../../core/errors.ts";
import { Channel } from "../channel.ts";
import { EscalationRules, USUAL_ESCALATION } from "../escalation.ts";
import { CHANNEL_LIMITS } from "../limits.ts";
import { Notice } from "../notice.ts";
import { CHANNEL_PREFIX, channelKey, channelsPartition, escalationKey, noticeKey, noticesOfChannel, rateKey } from "./keys.ts";

/** Every channel of a tenant, by id. */
export async function listChannels(store: Table, tenant: string): Promise<readonly Channel[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": channelsPartition(tenant), ":prefix": CHANNEL_PREFIX },
    ConsistentRead: true,
  });
  return rows.map((row) => Channel.parse(row));
}

/** A channel, or nothing. */
export async function findChannel(store: Table, tenant: string, id: string): Promise<Channel | undefined> {
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: { ...channelKey(tenant, id) }, ConsistentRead: true }));
  return Item === undefined ? undefined : Channel.parse(Item);
}

/** @throws {NotFoundError} this tenant has no such channel. */
export async function loadChannel(store: Table, tenant: string, id: string): Promise<Channel> {
  const found = await findChannel(store, tenant, id);
  if (found === undefined) throw new NotFoundError("channel", id);
  return found;
}

/** Writes a channel, new or in place of the one before. */
export async function saveChannel(store: Table, tenant: string, channel: Channel): Promise<void> {
  await store.db.send(new PutCommand({ TableName: store.table, Item: { ...channelKey(tenant, channel.channel_id), ...channel } }));
}

/** Forgets a channel. What it was told stays in the timelines. */
export async function deleteChannel(store: Table, tenant: string, id: string): Promise<void> {
  await store.db.send(new DeleteCommand({ TableName: store.table, Key: { ...channelKey(tenant, id) } }));
}

/** The rules by which a tenant's incidents escalate; those of the specification where it says none. */
export async function loadEscalation(store: Table, tenant: string): Promise<EscalationRules> {
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: { ...escalationKey(tenant) }, ConsistentRead: true }));
  return Item === undefined ? USUAL_ESCALATION : EscalationRules.parse({ rules: Item["rules"], auto_response_enabled: Item["auto_response_enabled"] });
}

/** Writes the rules by which a tenant's incidents escalate. */
export async function saveEscalation(store: Table, tenant: string, rules: EscalationRules): Promise<void> {
  await store.db.send(new PutCommand({ TableName: store.table, Item: { ...escalationKey(tenant), ...rules } }));
}

/** Puts a notice where it was seen. `stale`: it is on record, or another invocation has it. */
export function saveNotice(store: Table, tenant: string, notice: Notice): Promise<CommitOutcome> {
  const { incident_id: incident, revision, channel_id: channel, notice_id: id, created_at: created, version } = notice;
  const Item = {
    ...noticeKey(tenant, { incident, revision, channel }),
    byTenant: noticesOfChannel(tenant, channel),
    name: `${created}#${id}`,
    ...notice,
    expiresAt: Math.floor(Date.parse(created) / 1000) + CHANNEL_LIMITS.logSeconds,
  };
  const condition =
    version === 1
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "version = :seen", ExpressionAttributeValues: { ":seen": version - 1 } };
  return new GroupCommitter(store.db).commit([{ Put: { TableName: store.table, Item, ...condition } }]);
}

/** A notice, or nothing. */
export async function findNotice(store: Table, tenant: string, at: Parameters<typeof noticeKey>[1]): Promise<Notice | undefined> {
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: { ...noticeKey(tenant, at) }, ConsistentRead: true }));
  return Item === undefined ? undefined : Notice.parse(Item);
}

/** What a channel was told, the newest first. */
export async function listNotices(store: Table, at: { tenant: string; channel: string }, { limit, after }: PageRequest): Promise<Page<Notice>> {
  const request = {
    IndexName: "byTenant",
    KeyConditionExpression: "byTenant = :channel",
    ExpressionAttributeValues: { ":channel": noticesOfChannel(at.tenant, at.channel) },
    ScanIndexForward: false,
    Limit: limit,
  };
  const { rows, next } = await queryPage(store, request, after);
  return { rows: rows.map((row) => Notice.parse(row)), next };
}

/** Counts a notice to a channel. @returns how many it was given within this minute. */
export async function countNotice(store: Table, tenant: string, { channel, now }: { channel: string; now: number }): Promise<number> {
  const minute = new Date(now).toISOString().slice(0, 16);
  const { Attributes } = await store.db.send(
    new UpdateCommand({
      TableName: store.table,
      Key: { ...rateKey(tenant, channel, minute) },
      UpdateExpression: "SET expiresAt = :soon ADD sent :one",
      ExpressionAttributeValues: { ":one": 1, ":soon": Math.floor(now / 1000) + 3600 },
      ReturnValues: "UPDATED_NEW",
    }),
  );
  return z.object({ sent: z.number() }).parse(Attributes).sent;
}
