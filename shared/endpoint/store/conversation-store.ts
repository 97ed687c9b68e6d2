import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import { WireMessage } from "../wire/wire.ts";
import type { Write } from "../../aws/group-commit.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryAll, queryPage, type Table } from "../../aws/query.ts";
import { PayloadRef } from "../../execution/payload.ts";
import { executionPayload } from "../../execution/task/payload-keys.ts";
import { loadPayload, type PayloadStore, savePayload } from "../../execution/store/payload-store.ts";
import { executionPartition } from "../../execution/store/keys.ts";
import { contextKey, contextPartition, MESSAGE_PREFIX, messageKey, type Place } from "./keys.ts";

/** What was said about an execution over A2A. Rows lie in the execution's partition. */
export interface ConversationStore extends Table {
  readonly payloads: PayloadStore;
}

const Chosen = z.object({ workflow: z.string(), version: z.string(), contextId: z.string() });
/** The workflow that a first message chose. A repeat must not choose another one. */
export type Chosen = z.infer<typeof Chosen>;

const MessageRow = z.object({
  at: z.iso.datetime(),
  message: PayloadRef,
  /** Of the message that started the execution. */
  chosen: Chosen.optional(),
  /** What was asked when the message came, where it is an answer. */
  question: PayloadRef.optional(),
});
/** A message as it is kept. */
export type MessageRow = z.infer<typeof MessageRow>;

/** Who says something, where and when. */
export interface Saying {
  readonly caller: string;
  readonly at: string;
  readonly message: WireMessage;
}

/** The message of a caller, if it is on record. */
export async function findMessage(
  store: ConversationStore,
  place: Place,
  from: { caller: string; messageId: string },
): Promise<MessageRow | undefined> {
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key: { ...messageKey(place, from) }, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : MessageRow.parse(Item);
}

/** The message that an execution started with, and what it chose. */
export interface Start {
  readonly at: string;
  readonly chosen: Chosen;
}

/**
 * Puts the message on record that starts an execution. Of repeats the first one counts, whatever the others say.
 *
 * @returns the one that counts.
 */
export async function recordStart(
  store: ConversationStore,
  place: Place,
  { chosen, at, caller, message }: Saying & { chosen: Chosen },
): Promise<Start> {
  const from = { caller, messageId: message.messageId };
  const row: MessageRow = { at, chosen, message: await keep(store, place, message) };
  if (await put(store, { ...messageKey(place, from), ...row })) return { at, chosen };
  const counted = await findMessage(store, place, from);
  return { at: counted?.at ?? at, chosen: counted?.chosen ?? chosen };
}

/** Enters an execution into its context. Twice is once. */
export async function linkContext(store: Table, place: Place, { at, chosen: { contextId } }: Start): Promise<void> {
  const Item = { ...contextKey(place, { contextId, at }), execution: place.execution };
  await store.db.send(new PutCommand({ TableName: store.table, Item }));
}

/** The write that puts an answer on record, to be made together with what it does; it fails for a repeat. */
export async function answerWrite(
  store: ConversationStore,
  place: Place,
  saying: Saying & { question: WireMessage },
): Promise<Write> {
  const { at, caller, message, question } = saying;
  const key = messageKey(place, { caller, messageId: message.messageId });
  const row: MessageRow = {
    at,
    message: await keep(store, place, message),
    question: await keep(store, place, question),
  };
  return { Put: { TableName: store.table, Item: { ...key, ...row }, ConditionExpression: "attribute_not_exists(pk)" } };
}

/** The conversation about an execution, oldest first: what was asked stands before its answer. */
export async function loadHistory(
  store: ConversationStore,
  { tenant, execution }: Place,
): Promise<readonly WireMessage[]> {
  const found = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ExpressionAttributeValues: { ":pk": executionPartition(tenant, execution), ":prefix": MESSAGE_PREFIX },
    ConsistentRead: true,
  });
  const rows = found.map((row) => MessageRow.parse(row)).sort((a, b) => (a.at < b.at ? -1 : 1));
  const refs = rows.flatMap(({ question, message }) => (question === undefined ? [message] : [question, message]));
  return Promise.all(refs.map(async (ref) => WireMessage.parse(await loadPayload(store.payloads, ref))));
}

const ContextRow = z.object({ execution: z.string() });

/** The executions of a context, newest first. */
export async function listContext(
  store: Table,
  at: { tenant: string; contextId: string },
  page: PageRequest,
): Promise<Page<string>> {
  const request = {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": contextPartition(at.tenant, at.contextId) },
    ScanIndexForward: false,
    Limit: page.limit,
  };
  const { rows, next } = await queryPage(store, request, page.after);
  return { rows: rows.map((row) => ContextRow.parse(row).execution), next };
}

/** How many executions a context has, counted up to `most`. */
export async function countContext(
  { db, table }: Table,
  at: { tenant: string; contextId: string },
  most: number,
): Promise<number> {
  const { Count = 0 } = await db.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": contextPartition(at.tenant, at.contextId) },
      Select: "COUNT",
      Limit: most,
    }),
  );
  return Count;
}

const keep = ({ payloads }: ConversationStore, place: Place, message: WireMessage): Promise<PayloadRef> =>
  savePayload(payloads, executionPayload(place, "message"), message);

/** @returns `false` when there is such a row already. */
async function put(store: Table, Item: Record<string, unknown>): Promise<boolean> {
  try {
    await store.db.send(
      new PutCommand({ TableName: store.table, Item, ConditionExpression: "attribute_not_exists(pk)" }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
