import { describe, expect, it } from "vitest";
import * as z from "zod";
import { dynamoOperations } from "../../../../infra/local/dynamodb/dynamodb-api.ts";
import type { Json } from "../../../../infra/local/json.ts";
import { openEngine } from "../../../fixtures/runtime/dynamo-server.ts";

const signal = new AbortController().signal;
const Page = z.object({ Count: z.int() });

describe("a partition that was looked for in vain", () => {
  it("is found once its rows are in the file, by key and in order, and through an index that came later", async () => {
    using engine = openEngine({ cacheChars: 0 });
    const call = async (operation: string, body: Json): Promise<unknown> => dynamoOperations(engine)[operation]?.(body, signal);
    const attributes = ["pk", "sk", "g"].map((AttributeName) => ({ AttributeName, AttributeType: "S" }));
    const KeySchema = [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }];
    await call("CreateTable", { TableName: "rows", BillingMode: "PAY_PER_REQUEST", AttributeDefinitions: attributes.slice(0, 2), KeySchema });
    const get = () => call("GetItem", { TableName: "rows", Key: { pk: { S: "p" }, sk: { S: "1" } } });
    const count = async (name: string, more: Record<string, Json> = {}): Promise<number> => {
      const query = { TableName: "rows", KeyConditionExpression: `${name} = :v`, ExpressionAttributeValues: { ":v": { S: "p" } }, ...more };
      return Page.parse(await call("Query", query)).Count;
    };
    expect([await get(), await count("pk")]).toEqual([{}, 0]);
    await call("PutItem", { TableName: "rows", Item: { pk: { S: "p" }, sk: { S: "1" }, g: { S: "p" } } });
    engine.storage.save();
    expect([await get(), await count("pk")]).toMatchObject([{ Item: { sk: { S: "1" } } }, 1]);
    const Create = { IndexName: "byG", KeySchema: [{ AttributeName: "g", KeyType: "HASH" }], Projection: { ProjectionType: "ALL" } };
    await call("UpdateTable", { TableName: "rows", AttributeDefinitions: attributes, GlobalSecondaryIndexUpdates: [{ Create }] });
    expect(await count("g", { IndexName: "byG" })).toBe(1);
  });
});
