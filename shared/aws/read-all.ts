import { BatchGetCommand } from "@aws-sdk/lib-dynamodb";
import { chunksOf } from "./chunks.ts";
import { StoreUnavailableError } from "../core/errors.ts";
import { AWS_QUOTAS } from "../core/limits.ts";
import { mapConcurrent } from "../core/map-concurrent.ts";
import { type Key, keyName } from "./key.ts";
import type { Row, Table } from "./query.ts";

const ROUNDS = 6;
const CALLS_AT_ONCE = 8;

/**
 * Reads rows by key with strong consistency, a hundred to a call and each once, however often it is named.
 *
 * @returns rows by `keyName`; those that are not there are missing.
 * @throws {StoreUnavailableError} keys stay unprocessed.
 */
export async function readAll(from: Table, keys: readonly Key[]): Promise<Map<string, Row>> {
  const unique = [...new Map(keys.map(({ pk, sk }) => [keyName({ pk, sk }), { pk, sk }])).values()];
  const groups = chunksOf(unique, AWS_QUOTAS.dynamodb.batchGetItems);
  const found = await mapConcurrent(groups, CALLS_AT_ONCE, (group) => readGroup(from, group));
  return new Map(found.flat().map((row) => [keyName(row), row]));
}

async function readGroup({ db, table }: Table, group: readonly Key[]): Promise<Row[]> {
  const found: Row[] = [];
  let left: Row[] = group.map((key) => ({ ...key }));
  for (let round = 0; left.length > 0; round += 1) {
    if (round === ROUNDS) throw new StoreUnavailableError("batch reads stay unprocessed");
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, 2 ** round * 10));
    const request = { [table]: { Keys: left, ConsistentRead: true } };
    const { Responses, UnprocessedKeys } = await db.send(new BatchGetCommand({ RequestItems: request }));
    for (const row of Responses?.[table] ?? []) found.push(row);
    left = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return found;
}
