/**
 * Limit groups: one row each, with what people set and what dispatchers count. The two change apart: what is counted has
 * a revision of its own, and a change of it is conditional on the one that its author saw.
 */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, GetCommand, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { queryAll } from "../../aws/query.ts";
import { LimitGroup } from "../limit-group.ts";
import { type PermitBook, readBook } from "../registry/permit-book.ts";
import { limitKey, limitsPartition } from "./keys.ts";
import type { AgentStore } from "./vital-store.ts";

/** Names a group. */
export interface LimitRef {
  readonly tenant: string;
  readonly group: string;
}

/** A group as its row has it. */
export interface LimitRow {
  /** Absent: limits were not set; it may be held all the same. */
  readonly group: LimitGroup | undefined;
  readonly book: PermitBook;
  readonly revision: number;
}

const Row = z.object({
  settings: LimitGroup.optional(),
  book: z.string().optional(),
  revision: z.int().default(0),
});

const readRow = (item: Readonly<Record<string, unknown>> | undefined): LimitRow => {
  const { settings: group, book, revision } = Row.parse(item ?? {});
  return { group, book: readBook(book), revision };
};

/** The group as it is; one without a row has no limits. */
export async function loadLimits(store: AgentStore, { tenant, group }: LimitRef): Promise<LimitRow> {
  const Key = { ...limitKey(tenant, group) };
  return readRow((await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }))).Item);
}

/** Every group of a tenant that has limits, by name. */
export async function listLimits(store: AgentStore, tenant: string): Promise<LimitRow[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :partition",
    ExpressionAttributeValues: { ":partition": limitsPartition(tenant) },
    ConsistentRead: true,
  });
  return rows.map(readRow).filter(({ group }) => group !== undefined);
}

/** Sets limits; what is counted goes on. */
export async function saveLimits(store: AgentStore, ref: LimitRef, group: LimitGroup): Promise<void> {
  await update(store, ref, { UpdateExpression: "SET settings = :settings", ExpressionAttributeValues: { ":settings": group } });
}

/** Takes limits away, and what was counted. @returns whether there were any. */
export async function deleteLimits(store: AgentStore, { tenant, group }: LimitRef): Promise<boolean> {
  const Key = { ...limitKey(tenant, group) };
  const { Attributes } = await store.db.send(new DeleteCommand({ TableName: store.table, Key, ReturnValues: "ALL_OLD" }));
  return readRow(Attributes).group !== undefined;
}

/** Writes what is counted, unless another function did meanwhile. */
export async function saveBook(store: AgentStore, ref: LimitRef, { book, from }: { book: PermitBook; from: number }): Promise<"written" | "stale"> {
  try {
    await update(store, ref, {
      UpdateExpression: "SET book = :book, revision = :next",
      ConditionExpression: from === 0 ? "attribute_not_exists(revision)" : "revision = :from",
      ExpressionAttributeValues: { ":book": JSON.stringify(book), ":next": from + 1, ...(from === 0 ? {} : { ":from": from }) },
    });
    return "written";
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return "stale";
    throw error;
  }
}

type Change = Omit<UpdateCommandInput, "TableName" | "Key">;

async function update(store: AgentStore, { tenant, group }: LimitRef, change: Change): Promise<void> {
  await store.db.send(new UpdateCommand({ TableName: store.table, Key: { ...limitKey(tenant, group) }, ...change }));
}
