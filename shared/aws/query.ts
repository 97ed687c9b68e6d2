import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import type { Page } from "./page.ts";

/**
 * A table and the client that reaches it.
 *
 * @example
 * ```ts
 * const control: Table = { db: documentClient(), table: env.CONTROL_TABLE };
 * ```
 */
export interface Table {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
}

/** A row as it is stored. */
export type Row = Record<string, unknown>;

/** What to look for; the table is said apart. */
export type QueryRequest = Omit<QueryCommandInput, "TableName">;

/**
 * Every row that a query finds, in its order, read page by page as they are asked for.
 *
 * @example
 * for await (const row of query(store, { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": pk } }))
 *   yield TaskRecord.parse(row);
 */
export async function* query(from: Table, request: QueryRequest): AsyncGenerator<Row> {
  for await (const rows of pagesOf(from, request)) yield* rows;
}

/** All rows that `query` finds, at once. */
export async function queryAll(from: Table, request: QueryRequest): Promise<Row[]> {
  const found: Row[] = [];
  for await (const rows of pagesOf(from, request)) for (const row of rows) found.push(row);
  return found;
}

/** One page of what a query finds: as much as `Limit` and a megabyte allow, and where the next begins. */
export async function queryPage(
  { db, table }: Table,
  request: QueryRequest,
  after?: Page<unknown>["next"],
): Promise<Page<Row>> {
  const start = after === undefined ? {} : { ExclusiveStartKey: after };
  const { Items = [], LastEvaluatedKey } = await db.send(new QueryCommand({ TableName: table, ...request, ...start }));
  return { rows: Items, next: LastEvaluatedKey };
}

async function* pagesOf(from: Table, request: QueryRequest): AsyncGenerator<readonly Row[]> {
  let next: Page<Row>["next"];
  do {
    const page: Page<Row> = await queryPage(from, request, next);
    yield page.rows;
    next = page.next;
  } while (next !== undefined);
}
