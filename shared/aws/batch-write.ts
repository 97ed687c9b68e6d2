import { BatchWriteCommand, type BatchWriteCommandInput, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { chunksOf } from "./chunks.ts";
import { StoreUnavailableError } from "../core/errors.ts";
import { AWS_QUOTAS } from "../core/limits.ts";

/** One put or deletion of a batch. */
export type BatchedWrite = NonNullable<BatchWriteCommandInput["RequestItems"]>[string][number];

const ROUNDS = 6;

/**
 * Puts and deletes rows of one table, 25 to a call, all calls side by side. Unconditional, and each row for itself:
 * only for rows whose last writer may win.
 *
 * @throws {StoreUnavailableError} rows stay unprocessed; some are written.
 */
export async function batchWrite(
  db: DynamoDBDocumentClient,
  table: string,
  writes: readonly BatchedWrite[],
): Promise<void> {
  const groups = chunksOf(writes, AWS_QUOTAS.dynamodb.batchWriteItems);
  await Promise.all(groups.map((group) => writeGroup(db, table, group)));
}

async function writeGroup(db: DynamoDBDocumentClient, table: string, group: BatchedWrite[]): Promise<void> {
  let left: BatchedWrite[] = group;
  for (let round = 0; left.length > 0; round += 1) {
    if (round === ROUNDS) throw new StoreUnavailableError("batch writes stay unprocessed");
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, 2 ** round * 10));
    const { UnprocessedItems } = await db.send(new BatchWriteCommand({ RequestItems: { [table]: left } }));
    left = UnprocessedItems?.[table] ?? [];
  }
}
