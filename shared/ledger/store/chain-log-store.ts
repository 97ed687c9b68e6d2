import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { CommitOutcome, Write } from "../../aws/group-commit.ts";
import { chunksOf } from "../../aws/chunks.ts";
import { queryAll, type Table } from "../../aws/query.ts";
import { AWS_QUOTAS } from "../../core/limits.ts";
import { Cursor, START } from "../cursor.ts";
import { LEDGER_LIMITS } from "../limits.ts";
import type { LedgerStore } from "./intent-store.ts";
import { cursorKey, logKey, logPartition } from "./keys.ts";

/** One log that was read: where it stands, and what it touches. */
export const SeenLog = z.object({
  block: z.int(),
  block_hash: z.string(),
  index: z.int(),
  name: z.string(),
  escrow_id: z.string().optional(),
  accounts: z.array(z.string()),
});
export type SeenLog = z.output<typeof SeenLog>;

/** How far a chain was read. */
export async function loadCursor(store: Table, chain: string): Promise<Cursor> {
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key: { ...cursorKey(chain) }, ConsistentRead: true }),
  );
  return Item === undefined ? START : Cursor.parse(Item);
}

function cursorWrite(store: Table, chain: string, cursor: Cursor): Write {
  const condition =
    cursor.revision === 1
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "revision = :before", ExpressionAttributeValues: { ":before": cursor.revision - 1 } };
  return { Put: { TableName: store.table, Item: { ...cursorKey(chain), ...cursor }, ...condition } };
}

/**
 * Keeps logs and how far they go. All of them are there when the cursor says so: those that fit no transaction with it are
 * written before.
 *
 * @returns `stale`: somebody else read on.
 */
export async function saveLogs(
  store: LedgerStore,
  chain: string,
  { cursor, logs, now }: { readonly cursor: Cursor; readonly logs: readonly SeenLog[]; readonly now: number },
): Promise<CommitOutcome> {
  const expiresAt = Math.floor(now / 1000) + LEDGER_LIMITS.logDays * 86_400;
  const writes = logs.map((log): Write => ({
    Put: {
      TableName: store.table,
      Item: { ...logKey(chain, { ...log, blockHash: log.block_hash }), ...log, expiresAt },
    },
  }));
  const [last = [], ...before] = chunksOf(writes, AWS_QUOTAS.dynamodb.transactionItems - 1).toReversed();
  for (const part of before) await store.committer.commit(part);
  return store.committer.commit([cursorWrite(store, chain, cursor), ...last]);
}

/** Logs above a block. */
export async function logsAbove(store: Table, chain: string, block: number): Promise<readonly SeenLog[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :last",
    ExpressionAttributeValues: {
      ":pk": logPartition(chain),
      ":from": `LOG#${String(block).padStart(12, "0")}~`,
      ":last": "LOG#~",
    },
    ConsistentRead: true,
  });
  return rows.map((row) => SeenLog.parse(row));
}

/** Takes the cursor back, and the logs above it away. */
export async function saveRewind(
  store: LedgerStore,
  chain: string,
  { cursor, removed }: { readonly cursor: Cursor; readonly removed: readonly SeenLog[] },
): Promise<CommitOutcome> {
  const writes = removed.map((log): Write => ({
    Delete: { TableName: store.table, Key: { ...logKey(chain, { ...log, blockHash: log.block_hash }) } },
  }));
  for (const part of chunksOf(writes, AWS_QUOTAS.dynamodb.transactionItems)) await store.committer.commit(part);
  return store.committer.commit([cursorWrite(store, chain, cursor)]);
}
