import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dynamoOperations } from "../../../../infra/local/dynamodb/dynamodb-api.ts";
import type { DynamoEngine } from "../../../../infra/local/dynamodb/engine.ts";
import type { Json } from "../../../../infra/local/json.ts";
import { openEngine } from "../../../fixtures/runtime/dynamo-server.ts";

const used = { read: 0, write: 0 };
let engine: DynamoEngine & Disposable;
beforeEach(async () => {
  const capacity = { read: (units: number) => void (used.read += units), write: (units: number) => void (used.write += units) };
  engine = openEngine({ capacity });
  await call("CreateTable", {
    TableName: "items",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "g", "s"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    GlobalSecondaryIndexes: [
      { IndexName: "keys", KeySchema: [{ AttributeName: "g", KeyType: "HASH" }, { AttributeName: "s", KeyType: "RANGE" }], Projection: { ProjectionType: "KEYS_ONLY" } },
    ],
  });
});
afterEach(() => engine[Symbol.dispose]());

const signal = new AbortController().signal;
const call = async (operation: string, body: Json): Promise<unknown> => dynamoOperations(engine)[operation]?.(body, signal);

/** Units that a call takes. */
async function unitsOf(operation: string, body: Json): Promise<typeof used> {
  Object.assign(used, { read: 0, write: 0 });
  await call(operation, body).catch(() => {});
  return { ...used };
}

const item = (pk: string, bytes: number, more: Record<string, string> = {}) => ({
  pk: { S: pk },
  filler: { S: "x".repeat(bytes) },
  ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, { S: value }])),
});
const put = (pk: string, bytes: number, more: Record<string, string> = {}) => ({ TableName: "items", Item: item(pk, bytes, more) });
const key = (pk: string) => ({ TableName: "items", Key: { pk: { S: pk } } });

describe("the capacity that a call consumes", () => {
  it("is a unit for each kilobyte of the larger of the item before and after", async () => {
    expect(await unitsOf("PutItem", put("a", 100))).toEqual({ read: 0, write: 1 });
    expect(await unitsOf("PutItem", put("a", 3000))).toEqual({ read: 0, write: 3 });
    expect(await unitsOf("PutItem", put("a", 10))).toEqual({ read: 0, write: 3 });
    expect(await unitsOf("DeleteItem", key("a"))).toEqual({ read: 0, write: 1 });
    expect(await unitsOf("DeleteItem", key("never"))).toEqual({ read: 0, write: 1 });
  });

  it("is more for each entry of an index that comes, moves or goes, and none for one that stays as it is", async () => {
    expect(await unitsOf("PutItem", put("a", 100, { g: "1" }))).toMatchObject({ write: 1 });
    expect(await unitsOf("PutItem", put("a", 100, { g: "1", s: "1" }))).toMatchObject({ write: 2 });
    expect(await unitsOf("PutItem", put("a", 200, { g: "1", s: "1" }))).toMatchObject({ write: 1 });
    expect(await unitsOf("PutItem", put("a", 200, { g: "1", s: "2" }))).toMatchObject({ write: 3 });
    expect(await unitsOf("DeleteItem", key("a"))).toMatchObject({ write: 2 });
  });

  it("is twice as much in a transaction, and is consumed by what is refused and by what changes nothing", async () => {
    const both = (condition?: object) => ({ TransactItems: [{ Put: { ...put("a", 1500), ...condition } }, { Put: put("b", 10) }] });
    expect(await unitsOf("TransactWriteItems", both())).toEqual({ read: 0, write: 6 });
    const isNew = { ConditionExpression: "attribute_not_exists(pk)" };
    expect(await unitsOf("TransactWriteItems", both(isNew))).toEqual({ read: 0, write: 6 });
    expect(await unitsOf("PutItem", { ...put("a", 10), ...isNew })).toEqual({ read: 0, write: 2 });
    expect(await unitsOf("PutItem", put("b", 10))).toEqual({ read: 0, write: 1 });
    expect(await unitsOf("BatchWriteItem", { RequestItems: { items: [{ PutRequest: { Item: item("c", 10) } }, { PutRequest: { Item: item("d", 1500) } }] } })).toEqual({ read: 0, write: 3 });
  });

  it("is half a unit for each four kilobytes that are read, a whole one if they are to be current, two in a transaction", async () => {
    await call("PutItem", put("a", 5000));
    await call("PutItem", put("b", 10, { g: "1", s: "1" }));
    expect(await unitsOf("GetItem", key("never"))).toEqual({ read: 0.5, write: 0 });
    expect(await unitsOf("GetItem", key("a"))).toMatchObject({ read: 1 });
    expect(await unitsOf("GetItem", { ...key("a"), ConsistentRead: true })).toMatchObject({ read: 2 });
    expect(await unitsOf("TransactGetItems", { TransactItems: [{ Get: key("a") }, { Get: key("b") }] })).toMatchObject({ read: 6 });
    expect(await unitsOf("BatchGetItem", { RequestItems: { items: { Keys: [{ pk: { S: "a" } }, { pk: { S: "b" } }] } } })).toMatchObject({ read: 1.5 });
    expect(await unitsOf("Scan", { TableName: "items" })).toMatchObject({ read: 1 });
    const query = { TableName: "items", IndexName: "keys", KeyConditionExpression: "g = :g", ExpressionAttributeValues: { ":g": { S: "1" } } };
    expect(await unitsOf("Query", query)).toMatchObject({ read: 0.5 });
  });
});
