import * as fc from "fast-check";
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DynamoEngine } from "../../../../infra/local/dynamodb/engine.ts";
import { scan } from "../../../../infra/local/dynamodb/operations/scan.ts";
import { createTable } from "../../../../infra/local/dynamodb/operations/tables.ts";
import { transactWriteItems } from "../../../../infra/local/dynamodb/operations/transactions.ts";
import { deleteItem, putItem } from "../../../../infra/local/dynamodb/operations/write-items.ts";
import { eventNameOf } from "../../../../infra/local/dynamodb/store/stream-record.ts";
import { StreamReader } from "../../../../infra/local/dynamodb/stream-reader.ts";
import { TableDefinition } from "../../../../infra/local/dynamodb/table/table-schema.ts";
import type { Item } from "../../../../infra/local/dynamodb/values/value.ts";
import { openEngine } from "../../../fixtures/runtime/dynamo-server.ts";

const TABLE = TableDefinition.parse({
  TableName: "items",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "group", AttributeType: "S" },
  ],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  GlobalSecondaryIndexes: [
    {
      IndexName: "byGroup",
      KeySchema: [{ AttributeName: "group", KeyType: "HASH" }],
      Projection: { ProjectionType: "ALL" },
    },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
});

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), "a2a-durability-"))));
afterEach(() => rmSync(folder, { recursive: true }));

let copies = 0;
/** What a process that is killed at this moment leaves behind. */
function killed(directory: string): string {
  const left = path.join(folder, `left-${(copies += 1)}`);
  cpSync(directory, left, { recursive: true });
  return left;
}

function open(directory = path.join(folder, "first")): DynamoEngine & Disposable {
  const engine = openEngine({ directory });
  if (engine.storage.catalog.find("items") === undefined) createTable(engine.storage, TABLE);
  return engine;
}

const items = ({ storage }: DynamoEngine): Record<string, Item> =>
  Object.fromEntries(
    (scan(storage, { TableName: "items" }).Items ?? []).map((item) => [JSON.stringify(item["pk"]), item]),
  );

const records = ({ storage }: DynamoEngine, after = 0): string[] =>
  storage.streams.read(1, { after, upTo: storage.end, limit: 10_000 }).map((record) => {
    const { newItem, oldItem } = record;
    return `${record.position} ${eventNameOf(record)} ${JSON.stringify([oldItem, newItem])}`;
  });

type Step =
  | { readonly do: "put"; readonly pk: string; readonly value: number; readonly group: string }
  | { readonly do: "delete"; readonly pk: string }
  | { readonly do: "pair"; readonly value: number }
  | { readonly do: "save" };

const pk = fc.constantFrom("a", "b", "c");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("put" as const), pk, value: fc.nat(5), group: fc.constantFrom("g", "h") }),
  fc.record({ do: fc.constant("delete" as const), pk }),
  fc.record({ do: fc.constant("pair" as const), value: fc.nat(5) }),
  fc.record({ do: fc.constant("save" as const) }),
);

function take({ storage }: DynamoEngine, action: Step): void {
  if (action.do === "save") storage.save();
  else if (action.do === "delete") deleteItem(storage, { TableName: "items", Key: { pk: action.pk } });
  else if (action.do === "put")
    putItem(storage, { TableName: "items", Item: { pk: action.pk, value: action.value, group: action.group } });
  else
    transactWriteItems(storage, {
      TransactItems: ["left", "right"].map((name) => ({
        Put: { TableName: "items", Item: { pk: name, value: action.value } },
      })),
    });
}

describe("the database", () => {
  it("has, after a kill at any moment, every item and every stream record that was answered, once each", async () => {
    const law = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const directory = path.join(folder, `run-${(copies += 1)}`);
      using engine = open(directory);
      for (const action of steps) {
        take(engine, action);
        await engine.storage.committed();
        using again = open(killed(directory));
        expect(items(again)).toEqual(items(engine));
        expect(records(again)).toEqual(records(engine));
        expect(again.storage.end).toBe(engine.storage.end);
        const group = { TableName: "items", IndexName: "byGroup" };
        expect(scan(again.storage, group)).toEqual(scan(engine.storage, group));
      }
    });
    await fc.assert(law, { numRuns: 12 });
  });

  it("has both items of a transaction or neither, wherever its line of the log was torn", async () => {
    const directory = path.join(folder, "torn");
    using engine = open(directory);
    take(engine, { do: "pair", value: 1 });
    await engine.storage.committed();
    const before = readFileSync(path.join(directory, "dynamodb.log")).byteLength;
    take(engine, { do: "pair", value: 2 });
    await engine.storage.committed();
    const after = readFileSync(path.join(directory, "dynamodb.log")).byteLength;
    for (let length = before; length <= after; length += 17) {
      const left = killed(directory);
      truncateSync(path.join(left, "dynamodb.log"), length);
      using again = open(left);
      const values = Object.values(items(again)).map(({ value }) => value);
      expect(values).toEqual(length < after ? [1, 1] : [2, 2]);
      expect(records(again)).toHaveLength(length < after ? 2 : 4);
    }
  });

  it("has the rows of a flush whose log was not emptied any more, and tells nothing twice", async () => {
    const directory = path.join(folder, "flushed");
    using engine = open(directory);
    take(engine, { do: "put", pk: "a", value: 1, group: "g" });
    await engine.storage.committed();
    const log = readFileSync(path.join(directory, "dynamodb.log"));
    engine.storage.save();
    const left = killed(directory);
    // The kill came between the commit of the file and the emptying of the log.
    writeFileSync(path.join(left, "dynamodb.log"), log);
    using again = open(left);
    expect(records(again)).toEqual(records(engine));
    expect(again.storage.end).toBe(1);
  });

  it("answers nothing before the log has it, a reader included that saw it", async () => {
    const directory = path.join(folder, "first");
    using engine = open(directory);
    const answered: string[] = [];
    const wrote = engine
      .answer({ kind: "write" }, (storage) => putItem(storage, { TableName: "items", Item: { pk: "a" } }))
      .then(() => answered.push("write"));
    const read = engine
      .answer({ kind: "read" }, ({ rows }) => rows.get(1, { part: "a", sort: "" }))
      .then((item) => answered.push(`read ${JSON.stringify(item)}`));
    expect(engine.storage.end).toBe(0);
    expect(readFileSync(path.join(directory, "dynamodb.log"), "utf8")).toBe("");
    await Promise.resolve();
    expect(answered).toEqual([]);
    await Promise.all([wrote, read]);
    expect(answered).toEqual(["write", 'read {"pk":"a"}']);
    expect(readFileSync(path.join(directory, "dynamodb.log"), "utf8")).toContain('{"pk":"a"}');
  });

  it("keeps stream records until every reader has read them, and no longer than a kill allows", async () => {
    const directory = path.join(folder, "first");
    using engine = open(directory);
    const reader = new StreamReader(engine);
    reader.advance("slow", "items", 0);
    reader.advance("fast", "items", 0);
    reader.readersAreKnown();
    for (const value of [1, 2, 3]) take(engine, { do: "put", pk: "a", value, group: "g" });
    await engine.storage.committed();
    reader.advance("fast", "items", 3);
    reader.advance("slow", "items", 1);
    engine.storage.save();
    using again = open(killed(directory));
    expect(records(again, 1).map((line) => line.split(" ")[0])).toEqual(["2", "3"]);
    reader.advance("slow", "items", 3);
    engine.storage.save();
    using later = open(killed(directory));
    expect(records(later)).toEqual([]);
    expect(later.storage.end).toBe(3);
    reader.stop();
  });

  it("remembers a transaction's token over a kill, and refuses another request with it", async () => {
    const directory = path.join(folder, "first");
    using engine = open(directory);
    const request = (value: number) => ({
      ClientRequestToken: "once",
      TransactItems: [
        { Put: { TableName: "items", Item: { pk: "a", value }, ConditionExpression: "attribute_not_exists(pk)" } },
      ],
    });
    transactWriteItems(engine.storage, request(1));
    await engine.storage.committed();
    for (const left of [killed(directory), (engine.storage.save(), killed(directory))]) {
      using again = open(left);
      expect(transactWriteItems(again.storage, request(1))).toEqual({});
      expect(() => transactWriteItems(again.storage, request(2))).toThrow(
        "Request token was used with different parameters",
      );
      expect(records(again)).toHaveLength(1);
    }
  });

  it("brings the file up to date by itself once much has changed", async () => {
    const directory = path.join(folder, "first");
    using engine = open(directory);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const logBytes = (): number => readFileSync(path.join(directory, "dynamodb.log")).byteLength;
    const value = "x".repeat(300_000);
    for (let at = 0; at < 30; at += 1)
      putItem(engine.storage, { TableName: "items", Item: { pk: `row-${at}`, value } });
    await engine.storage.committed();
    expect(logBytes()).toBeGreaterThan(8_000_000);
    vi.advanceTimersByTime(1);
    vi.useRealTimers();
    expect(logBytes()).toBe(0);
    using again = open(killed(directory));
    expect(again.storage.rows.get(1, { part: "row-29", sort: "" })).toEqual({ pk: "row-29", value });
  });
});
