import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoOperations } from "../../../../infra/local/dynamodb/dynamodb-api.ts";
import { readTroubles } from "../../../../infra/local/dynamodb/trouble.ts";
import type { Json, JsonObject } from "../../../../infra/local/json.ts";
import { AwsError } from "../../../../infra/local/wire/aws-error.ts";
import { openEngine } from "../../../fixtures/runtime/dynamo-server.ts";
import { TABLES } from "../../../contract/dynamodb/commands.ts";

const engine = openEngine();
const operations = dynamoOperations(engine);
const signal = new AbortController().signal;
const call = async (operation: string, body: Json): Promise<unknown> => operations[operation]?.(body, signal);

beforeAll(async () => {
  for (const table of TABLES) await call("CreateTable", table);
});
afterAll(() => engine[Symbol.dispose]());

/** `Code: start of the message`, or what was answered. */
async function refusal(operation: string, body: Json): Promise<string> {
  try {
    return JSON.stringify(await call(operation, body));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const key = { pk: { S: "p" }, sk: { S: "s" } };
const put = (more: JsonObject): Json => ({ TableName: "items", Item: { ...key, ...more } });
const update = (UpdateExpression: string, more: JsonObject = {}): Json => ({
  TableName: "items",
  Key: key,
  UpdateExpression,
  ...more,
});
const query = (more: JsonObject): Json => ({
  TableName: "items",
  KeyConditionExpression: "pk = :pk",
  ExpressionAttributeValues: { ":pk": { S: "p" } },
  ...more,
});
const puts = (count: number): Json[] =>
  Array.from({ length: count }, (_, at) => ({ PutRequest: { Item: { ...key, sk: { S: `s${at}` } } } }));
const checks = (count: number): Json[] =>
  Array.from({ length: count }, (_, at) => ({
    ConditionCheck: {
      TableName: "items",
      Key: { ...key, sk: { S: `s${at}` } },
      ConditionExpression: "attribute_not_exists(pk)",
    },
  }));
const keys = (count: number): Json[] => Array.from({ length: count }, (_, at) => ({ ...key, sk: { S: `s${at}` } }));
const text = (bytes: number): JsonObject => ({ S: "x".repeat(bytes) });
const value = (more: Json): JsonObject => ({ ExpressionAttributeValues: { ":v": more } });

describe("what DynamoDB refuses", () => {
  it.each<[string, string, Json, string]>([
    [
      "an item above 400 KB",
      "PutItem",
      put({ a: { S: "a" }, v: text(409_600) }),
      "Item size has exceeded the maximum allowed size",
    ],
    [
      "a partition key above 2048 bytes",
      "PutItem",
      put({ pk: text(2049) }),
      "Size of hashkey has exceeded the maximum size limit of 2048 bytes",
    ],
    [
      "a sort key above 1024 bytes",
      "PutItem",
      put({ sk: text(1025) }),
      "Size of rangekey has exceeded the maximum size limit of 1024 bytes",
    ],
    ["an empty key", "PutItem", put({ sk: { S: "" } }), "cannot contain an empty string value. Key: sk"],
    ["a key of another type", "PutItem", put({ sk: { N: "1" } }), "Type mismatch for key sk expected: S actual: N"],
    [
      "a key that is missing",
      "PutItem",
      { TableName: "items", Item: { pk: { S: "p" } } },
      "Missing the key sk in the item",
    ],
    [
      "more attributes than the key",
      "GetItem",
      { TableName: "items", Key: { ...key, v: { S: "v" } } },
      "The provided key element does not match the schema",
    ],
    [
      "an index's key of another type",
      "PutItem",
      put({ n: { S: "1" } }),
      "Type mismatch for Index Key n Expected: N Actual: S IndexName: byA",
    ],
    [
      "an index's key that an update makes of another type",
      "UpdateItem",
      update("SET n = :v", value({ S: "1" })),
      "Type mismatch for Index Key n",
    ],
    ["39 digits", "PutItem", put({ v: { N: "9".repeat(39) } }), "38 significant digits"],
    ["a number beyond the range", "PutItem", put({ v: { N: "1e126" } }), "Number overflow"],
    ["a number too small", "PutItem", put({ v: { N: "1e-131" } }), "Number underflow"],
    ["what is no number", "PutItem", put({ v: { N: "0x10" } }), "cannot be converted to a numeric value"],
    [
      "a sum of too many digits",
      "UpdateItem",
      update("SET v = :v + :w", { ExpressionAttributeValues: { ":v": { N: "1e38" }, ":w": { N: "0.1" } } }),
      "38 significant digits",
    ],
    ["an empty set", "PutItem", put({ v: { SS: [] } }), "may not be empty"],
    ["a set with a member twice", "PutItem", put({ v: { NS: ["1", "1.0"] } }), "contains duplicates"],
    ["a value of two types", "PutItem", put({ v: { S: "a", N: "1" } }), "more than one datatypes"],
    ["what is no Base64", "PutItem", put({ v: { B: "###" } }), "Base64"],
    ["26 writes in a batch", "BatchWriteItem", { RequestItems: { items: puts(26) } }, "Too many items requested"],
    [
      "a key twice in a batch",
      "BatchWriteItem",
      { RequestItems: { items: [...puts(1), ...puts(1)] } },
      "contains duplicates",
    ],
    [
      "101 reads in a batch",
      "BatchGetItem",
      { RequestItems: { items: { Keys: keys(101) } } },
      "Too many items requested",
    ],
    ["101 parts of a transaction", "TransactWriteItems", { TransactItems: checks(101) }, "less than or equal to 100"],
    [
      "a transaction that touches an item twice",
      "TransactWriteItems",
      { TransactItems: [...checks(1), ...checks(1)] },
      "cannot include multiple operations on one item",
    ],
    [
      "a reserved word",
      "UpdateItem",
      update("SET status = :v", value({ S: "a" })),
      "Attribute name is a reserved keyword; reserved keyword: status",
    ],
    [
      "an update of a key",
      "UpdateItem",
      update("SET sk = :v", value({ S: "a" })),
      "Cannot update attribute sk. This attribute is part of the key",
    ],
    [
      "two places that overlap",
      "UpdateItem",
      update("SET m.x = :v REMOVE m", value({ S: "a" })),
      "Two document paths overlap",
    ],
    [
      "a clause twice",
      "UpdateItem",
      update("SET a = :v SET v = :v", value({ S: "a" })),
      'The "SET" section can only be used once',
    ],
    [
      "a value that is not used",
      "UpdateItem",
      update("REMOVE v", value({ S: "a" })),
      "unused in expressions: keys: {:v}",
    ],
    ["a value that is not given", "UpdateItem", update("SET v = :v"), "attribute value: :v"],
    ["a name that is not given", "UpdateItem", update("REMOVE #v"), "attribute name: #v"],
    [
      "a path that leads nowhere",
      "UpdateItem",
      update("SET v.x.y = :v", value({ S: "a" })),
      "The document path provided in the update expression is invalid for update",
    ],
    ["an expression of 4 KB", "UpdateItem", update(`REMOVE ${"v".repeat(4096)}`), "Expression size has exceeded"],
    [
      "parentheses without end",
      "Scan",
      { TableName: "items", FilterExpression: `${"NOT (".repeat(200)}a = v${")".repeat(200)}` },
      "nested too deeply",
    ],
    [
      "an attribute compared with itself",
      "Scan",
      { TableName: "items", FilterExpression: "a = a" },
      "must be distinct from the remaining operands",
    ],
    [
      "operands without an order",
      "Scan",
      { TableName: "items", FilterExpression: "v < :v", ...value({ BOOL: true }) },
      "operand type: BOOL",
    ],
    [
      "a query without its partition",
      "Query",
      { TableName: "items", KeyConditionExpression: "sk = :v", ...value({ S: "s" }) },
      "Query condition missed key schema element: pk",
    ],
    [
      "a filter of a key",
      "Query",
      query({ FilterExpression: "sk = :pk" }),
      "Filter Expression can only contain non-primary key attributes",
    ],
    [
      "a start that is no key",
      "Query",
      query({ ExclusiveStartKey: { pk: { S: "p" } } }),
      "The provided starting key is invalid",
    ],
    [
      "a start in another partition",
      "Query",
      query({ ExclusiveStartKey: { ...key, pk: { S: "q" } } }),
      "outside query boundaries",
    ],
    [
      "a consistent read of a global index",
      "Scan",
      { TableName: "items", IndexName: "byA", ConsistentRead: true },
      "Consistent reads are not supported on global secondary indexes",
    ],
    [
      "an attribute that the index does not hold",
      "Scan",
      { TableName: "items", IndexName: "fewByA", ProjectionExpression: "v" },
      "does not project [v]",
    ],
    ["an old parameter, by its name", "PutItem", { TableName: "items", Item: key, Expected: {} }, "Expected"],
  ])("%s", async (_, operation, body, message) => {
    const found = await refusal(operation, body);
    expect(found).toMatch(/^ValidationException: /);
    expect(found).toContain(message);
  });

  it.each<[string, string, Json, string]>([
    ["a table that is not there", "GetItem", { TableName: "absent", Key: key }, "ResourceNotFoundException"],
    ["a table that is there already", "CreateTable", TABLES[0] ?? {}, "ResourceInUseException"],
    [
      "a condition that does not hold",
      "DeleteItem",
      { TableName: "items", Key: key, ConditionExpression: "attribute_exists(pk)" },
      "ConditionalCheckFailedException",
    ],
  ])("%s", async (_, operation, body, code) => {
    expect((await refusal(operation, body)).split(":")[0]).toBe(code);
  });

  it("takes what just fits", async () => {
    const bytes = 409_600 - "pkpsksv".length;
    expect(await refusal("PutItem", put({ v: text(bytes) }))).toBe("{}");
    expect(await refusal("PutItem", put({ v: { N: `-${"9".repeat(38)}e88` } }))).toBe("{}");
    expect(await refusal("BatchWriteItem", { RequestItems: { items: puts(25) } })).toContain("UnprocessedItems");
    const others = checks(100).map((check, at) =>
      at < 25 ? { Delete: { TableName: "items", Key: { ...key, sk: { S: `s${at}` } } } } : check,
    );
    expect(await refusal("TransactWriteItems", { TransactItems: others })).toBe("{}");
  });

  it("tells the reasons of a transaction in order, with the items that are asked for", async () => {
    await call("PutItem", put({ v: { N: "1" } }));
    const check = { TableName: "items", Key: key, ConditionExpression: "attribute_not_exists(pk)" };
    const TransactItems = [
      { Put: { TableName: "counts", Item: { id: { N: "1" } } } },
      { ConditionCheck: { ...check, ReturnValuesOnConditionCheckFailure: "ALL_OLD" } },
      {
        Update: {
          TableName: "counts",
          Key: { id: { N: "2" } },
          UpdateExpression: "SET v = absent + :v",
          ExpressionAttributeValues: { ":v": { N: "1" } },
        },
      },
    ];
    await expect(call("TransactWriteItems", { TransactItems })).rejects.toMatchObject({
      code: "TransactionCanceledException",
      message:
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ValidationError]",
      fields: {
        CancellationReasons: [
          { Code: "None" },
          {
            Code: "ConditionalCheckFailed",
            Message: "The conditional request failed",
            Item: { ...key, v: { N: "1" } },
          },
          {
            Code: "ValidationError",
            Message: "The provided expression refers to an attribute that does not exist in the item",
          },
        ],
      },
    });
    expect(await call("GetItem", { TableName: "counts", Key: { id: { N: "1" } } })).toEqual({});
  });

  it("ends a page before a megabyte", async () => {
    const names = Array.from({ length: 4 }, (_, at) => ({ pk: { S: "large" }, sk: { S: `${at}` } }));
    for (const name of names) await call("PutItem", { TableName: "items", Item: { ...name, v: text(300_000) } });
    const large = { ":pk": { S: "large" } };
    const page = await call("Query", query({ ExpressionAttributeValues: large, Select: "COUNT" }));
    expect(page).toEqual({ Count: 3, ScannedCount: 3, LastEvaluatedKey: names[2] });
    const rest = query({ ExpressionAttributeValues: large, Select: "COUNT", ExclusiveStartKey: names[2] ?? {} });
    expect(await call("Query", rest)).toEqual({ Count: 1, ScannedCount: 1 });
  });

  it("meets conflicts and throttling where they are wished for, as often as is said", async () => {
    using troubled = openEngine({ troubles: readTroubles("7:0.5") });
    const troubledOperations = dynamoOperations(troubled);
    await troubledOperations["CreateTable"]?.(TABLES[1] ?? {}, signal);
    const met = { TransactionConflictException: 0, ProvisionedThroughputExceededException: 0, none: 0 };
    for (let at = 0; at < 200; at += 1) {
      const code = await Promise.resolve(
        troubledOperations["PutItem"]?.({ TableName: "counts", Item: { id: { N: "1" } } }, signal),
      ).then(
        () => "none" as const,
        (error: unknown) =>
          error instanceof AwsError && error.code === "TransactionConflictException"
            ? "TransactionConflictException"
            : "ProvisionedThroughputExceededException",
      );
      met[code] += 1;
    }
    expect(met.none).toBeGreaterThan(70);
    expect(met.TransactionConflictException).toBeGreaterThan(30);
    expect(met.ProvisionedThroughputExceededException).toBeGreaterThan(30);
    expect(() => readTroubles("often")).toThrow("A2A_DYNAMODB_TROUBLE is seed:rate");
  });
});
