import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { dynamoOperations } from "../../../../infra/local/dynamodb/dynamodb-api.ts";
import type { DynamoEngine } from "../../../../infra/local/dynamodb/engine.ts";
import { streamOperations } from "../../../../infra/local/dynamodb/streams-api.ts";
import type { Json } from "../../../../infra/local/json.ts";
import { openEngine } from "../../../fixtures/runtime/dynamo-server.ts";

let engine: DynamoEngine & Disposable;
beforeEach(() => void (engine = openEngine()));
afterEach(() => {
  vi.useRealTimers();
  engine[Symbol.dispose]();
});

const signal = new AbortController().signal;
const call = async (operation: string, body: Json): Promise<unknown> =>
  ({ ...dynamoOperations(engine), ...streamOperations(engine) })[operation]?.(body, signal);

const Iterator = z.object({ ShardIterator: z.string() });
const Page = z.object({
  NextShardIterator: z.string(),
  Records: z.array(
    z.looseObject({
      eventName: z.string(),
      dynamodb: z.looseObject({ SequenceNumber: z.string() }),
      userIdentity: z.json().optional(),
    }),
  ),
});
const Streams = z.object({ Streams: z.array(z.object({ StreamArn: z.string() })) });
const Description = z.object({
  StreamDescription: z.looseObject({ Shards: z.array(z.looseObject({ ShardId: z.string() })) }),
});

async function openTable(): Promise<void> {
  await call("CreateTable", {
    TableName: "items",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  });
}

async function iterator(type: string): Promise<string> {
  const [stream] = Streams.parse(await call("ListStreams", { TableName: "items" })).Streams;
  const StreamArn = stream?.StreamArn ?? "";
  const [shard] = Description.parse(await call("DescribeStream", { StreamArn })).StreamDescription.Shards;
  const request = { StreamArn, ShardId: shard?.ShardId ?? "", ShardIteratorType: type };
  return Iterator.parse(await call("GetShardIterator", request)).ShardIterator;
}

const read = async (ShardIterator: string, Limit = 100) =>
  Page.parse(await call("GetRecords", { ShardIterator, Limit }));
const put = (pk: string, value: string): Promise<unknown> =>
  call("PutItem", { TableName: "items", Item: { pk: { S: pk }, value: { S: value } } });

describe("streams over the wire", () => {
  it("tell every change in its order, from wherever one asks, and none that changes nothing", async () => {
    await openTable();
    await put("a", "1");
    await put("a", "1");
    await put("a", "2");
    const latest = await iterator("LATEST");
    await call("DeleteItem", { TableName: "items", Key: { pk: { S: "a" } } });
    const first = await read(await iterator("TRIM_HORIZON"), 2);
    expect(first.Records.map(({ eventName }) => eventName)).toEqual(["INSERT", "MODIFY"]);
    const rest = await read(first.NextShardIterator);
    expect(rest.Records.map(({ eventName }) => eventName)).toEqual(["REMOVE"]);
    expect((await read(latest)).Records).toEqual(rest.Records);
    expect((await read(rest.NextShardIterator)).Records).toEqual([]);
    const numbers = [...first.Records, ...rest.Records].map(({ dynamodb }) => dynamodb.SequenceNumber);
    expect(numbers.toSorted()).toEqual(numbers);
  });

  it("say of what expired that the service deleted it, once its time has come", async () => {
    await openTable();
    await call("UpdateTimeToLive", {
      TableName: "items",
      TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
    });
    const now = Math.floor(Date.now() / 1000);
    for (const [pk, expires] of [
      ["gone", now - 1],
      ["stays", now + 3600],
      ["mistake", 12],
    ] as const)
      await call("PutItem", { TableName: "items", Item: { pk: { S: pk }, expires: { N: String(expires) } } });
    const latest = await iterator("LATEST");
    await engine.expire();
    const { Records } = await read(latest);
    expect(Records).toMatchObject([
      {
        eventName: "REMOVE",
        userIdentity: { Type: "Service", PrincipalId: "dynamodb.amazonaws.com" },
        dynamodb: { Keys: { pk: { S: "gone" } } },
      },
    ]);
    expect(await call("Scan", { TableName: "items", Select: "COUNT" })).toEqual({ Count: 2, ScannedCount: 2 });
  });

  it("expire what was there before the table had a time to live", async () => {
    await openTable();
    await call("PutItem", {
      TableName: "items",
      Item: { pk: { S: "old" }, expires: { N: String(Math.floor(Date.now() / 1000) - 5) } },
    });
    await call("UpdateTimeToLive", {
      TableName: "items",
      TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
    });
    await engine.expire();
    expect(await call("Scan", { TableName: "items", Select: "COUNT" })).toEqual({ Count: 0, ScannedCount: 0 });
  });
});

describe("indexes of a table that has items", () => {
  it("are filled when they are made, and gone when they are deleted", async () => {
    await openTable();
    await put("a", "x");
    await put("b", "x");
    const Create = {
      IndexName: "byValue",
      KeySchema: [{ AttributeName: "value", KeyType: "HASH" }],
      Projection: { ProjectionType: "KEYS_ONLY" },
    };
    await call("UpdateTable", {
      TableName: "items",
      AttributeDefinitions: [{ AttributeName: "value", AttributeType: "S" }],
      GlobalSecondaryIndexUpdates: [{ Create }],
    });
    const query = {
      TableName: "items",
      IndexName: "byValue",
      KeyConditionExpression: "#v = :x",
      ExpressionAttributeNames: { "#v": "value" },
      ExpressionAttributeValues: { ":x": { S: "x" } },
    };
    expect(await call("Query", query)).toMatchObject({
      Items: [
        { pk: { S: "a" }, value: { S: "x" } },
        { pk: { S: "b" }, value: { S: "x" } },
      ],
    });
    await put("b", "y");
    expect(await call("Query", query)).toMatchObject({ Count: 1 });
    await call("UpdateTable", {
      TableName: "items",
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "byValue" } }],
    });
    await expect(call("Query", query)).rejects.toThrow("The table does not have the specified index: byValue");
  });
});
