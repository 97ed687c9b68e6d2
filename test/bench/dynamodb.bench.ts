/**
 * The embedded DynamoDB by itself: CPU of this process per call and calls per second, 32 at a time, of rows of 1 KB; behind
 * its engine's door, and over HTTP with client and server in this process. `--sync` waits for the disk.
 */
import { parseArgs } from "node:util";
import { getItem } from "../../infra/local/dynamodb/operations/read-items.ts";
import { createTable } from "../../infra/local/dynamodb/operations/tables.ts";
import { transactWriteItems } from "../../infra/local/dynamodb/operations/transactions.ts";
import { updateItem } from "../../infra/local/dynamodb/operations/write-items.ts";
import { TableDefinition } from "../../infra/local/dynamodb/table/table-schema.ts";
import { call } from "../contract/dynamodb/wire.ts";
import { openEngine, startDynamoServer } from "../fixtures/runtime/dynamo-server.ts";
import { inTurns } from "./measure.ts";

const { values: options } = parseArgs({
  options: { sync: { type: "boolean", default: false }, calls: { type: "string", default: "6000" } },
});
const calls = Number(options.calls);
const ROWS = 500;
const TABLE = "items";
const text = "x".repeat(1000);

const engine = openEngine({ syncs: options.sync, cacheChars: 12_000_000 });
createTable(
  engine.storage,
  TableDefinition.parse({
    TableName: TABLE,
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  }),
);
engine.storage.readersAreKnown();
const server = await startDynamoServer(engine);

let last = 0;
const next = (): string => `row-${(last = (last + 1) % ROWS)}`;
const set = "SET v = :v, n = :n";
const change = { ConditionExpression: "attribute_not_exists(n) OR n < :n", UpdateExpression: set };

const works: Readonly<Record<string, () => Promise<unknown>>> = {
  "UpdateItem with a condition": () => {
    const update = {
      TableName: TABLE,
      Key: { pk: next() },
      ...change,
      ExpressionAttributeValues: { ":v": text, ":n": performance.now() },
    };
    return engine.answer({ kind: "write" }, (storage) => updateItem(storage, update));
  },
  GetItem: () =>
    engine.answer({ kind: "read" }, (storage) => getItem(storage, { TableName: TABLE, Key: { pk: next() } })),
  "TransactWriteItems of 3": () => {
    const TransactItems = [1, 2, 3].map(() => ({
      Put: { TableName: TABLE, Item: { pk: next(), v: text, n: performance.now() } },
    }));
    return engine.answer({ kind: "transaction", count: 3 }, (storage) =>
      transactWriteItems(storage, { TransactItems }),
    );
  },
  "UpdateItem with a condition, over HTTP": () =>
    call(server.endpoint, "UpdateItem", {
      TableName: TABLE,
      Key: { pk: { S: next() } },
      ...change,
      ExpressionAttributeValues: { ":v": { S: text }, ":n": { N: String(performance.now()) } },
    }),
};

const rows: object[] = [];
for (const [what, work] of Object.entries(works)) {
  await inTurns(calls / 10, 32, work);
  const before = process.cpuUsage();
  const seconds = await inTurns(calls, 32, work);
  const { user, system } = process.cpuUsage(before);
  rows.push({
    what,
    "CPU per call, µs": Math.round((user + system) / calls),
    "calls per second": Math.round(calls / seconds),
  });
}
console.table(rows);
await server.stop();
process.exit(0);
