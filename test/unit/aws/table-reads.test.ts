import { describe, expect, it, vi } from "vitest";
import { StoreUnavailableError } from "../../../shared/core/errors.ts";
import { query, queryAll, queryPage } from "../../../shared/aws/query.ts";
import { readAll } from "../../../shared/aws/read-all.ts";
import { RowReader } from "../../../shared/aws/row-reader.ts";
import { fakeDocumentClient } from "../../fixtures/runtime/fake-client.ts";

const REQUEST = { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": "p" } };

/** A table of three pages; the second is empty, as with filters. */
function pagedTable() {
  const asked: unknown[] = [];
  const db = fakeDocumentClient(async ({ input }) => {
    asked.push(input);
    const start = "ExclusiveStartKey" in input ? JSON.stringify(input.ExclusiveStartKey) : "first";
    if (start === "first") return { Items: [{ sk: "a" }, { sk: "b" }], LastEvaluatedKey: { sk: "b" } };
    if (start === '{"sk":"b"}') return { LastEvaluatedKey: { sk: "x" } };
    return { Items: [{ sk: "c" }] };
  });
  return { asked, from: { db, table: "rows" } };
}

describe("query", () => {
  it("gives the rows of all pages in order", async () => {
    const { from, asked } = pagedTable();
    expect(await queryAll(from, REQUEST)).toEqual([{ sk: "a" }, { sk: "b" }, { sk: "c" }]);
    expect(asked).toEqual([
      { TableName: "rows", ...REQUEST },
      { TableName: "rows", ...REQUEST, ExclusiveStartKey: { sk: "b" } },
      { TableName: "rows", ...REQUEST, ExclusiveStartKey: { sk: "x" } },
    ]);
  });

  it("reads no page that nobody asks for", async () => {
    const { from, asked } = pagedTable();
    for await (const row of query(from, REQUEST)) if (row["sk"] === "b") break;
    expect(asked).toHaveLength(1);
    const rows: unknown[] = [];
    for await (const row of query(from, REQUEST)) rows.push(row);
    expect(rows).toEqual([{ sk: "a" }, { sk: "b" }, { sk: "c" }]);
  });

  it("gives one page and where the next begins", async () => {
    const { from } = pagedTable();
    expect(await queryPage(from, REQUEST)).toEqual({ rows: [{ sk: "a" }, { sk: "b" }], next: { sk: "b" } });
    expect(await queryPage(from, REQUEST, { sk: "b" })).toEqual({ rows: [], next: { sk: "x" } });
    expect(await queryPage(from, REQUEST, { sk: "x" })).toEqual({ rows: [{ sk: "c" }], next: undefined });
  });
});

type Keys = { readonly pk: string; readonly sk: string }[];

/** A table whose rows exist for even numbers; `reply` may leave keys unprocessed. */
function keyedTable(reply: (keys: Keys, call: number) => { done: Keys; left: Keys }) {
  const calls: Keys[] = [];
  const db = fakeDocumentClient(async ({ input }) => {
    const { Keys: keys } = Reflect.get(Reflect.get(input, "RequestItems"), "rows");
    calls.push(keys);
    const { done, left } = reply(keys, calls.length);
    const rows = done.filter(({ sk }) => Number(sk) % 2 === 0).map((key) => ({ ...key, value: `v${key.sk}` }));
    return { Responses: { rows }, UnprocessedKeys: left.length === 0 ? {} : { rows: { Keys: left } } };
  });
  return { calls, db, from: { db, table: "rows" } };
}

const key = (number: number) => ({ pk: "p", sk: String(number) });
const everything = (keys: Keys) => ({ done: keys, left: [] });

describe("readAll", () => {
  it("reads a hundred keys to a call and each once; rows that are not there are missing", async () => {
    const { calls, from } = keyedTable(everything);
    const keys = Array.from({ length: 250 }, (_, number) => key(number));
    const rows = await readAll(from, [...keys, ...keys]);
    expect(calls.map((asked) => asked.length)).toEqual([100, 100, 50]);
    expect(rows.size).toBe(125);
    expect(rows.get("p 248")).toEqual({ pk: "p", sk: "248", value: "v248" });
    expect(rows.has("p 249")).toBe(false);
  });

  it("asks again for what stays unprocessed", async () => {
    const { calls, from } = keyedTable((keys) => ({ done: keys.slice(0, 1), left: keys.slice(1) }));
    const rows = await readAll(from, [key(2), key(4), key(6)]);
    expect([...rows.keys()]).toEqual(["p 2", "p 4", "p 6"]);
    expect(calls.map((asked) => asked.map(({ sk }) => sk))).toEqual([["2", "4", "6"], ["4", "6"], ["6"]]);
  });

  it("gives up after six rounds", async () => {
    vi.useFakeTimers();
    try {
      const { calls, from } = keyedTable((keys) => ({ done: [], left: keys }));
      const read = expect(readAll(from, [key(2)])).rejects.toThrow(StoreUnavailableError);
      await vi.runAllTimersAsync();
      await read;
      expect(calls).toHaveLength(6);
    } finally {
      vi.useRealTimers();
    }
  });

  it("makes no call for no keys", async () => {
    const { calls, from } = keyedTable(everything);
    expect((await readAll(from, [])).size).toBe(0);
    expect(calls).toEqual([]);
  });
});

describe("a row reader", () => {
  it("asks for what is wanted in one turn together, and for a row once", async () => {
    const { calls, db } = keyedTable(everything);
    const reader = new RowReader(db, "rows");
    const rows = await Promise.all([reader.read(key(2)), reader.read(key(3)), reader.read(key(2))]);
    expect(rows).toEqual([{ ...key(2), value: "v2" }, undefined, { ...key(2), value: "v2" }]);
    expect(calls).toEqual([[key(2), key(3)]]);
  });

  it("fails those whose call failed, and no others", async () => {
    const { db } = keyedTable((keys) => {
      if (keys.some(({ sk }) => sk === "0")) throw new Error("down");
      return everything(keys);
    });
    const reader = new RowReader(db, "rows");
    const reads = Array.from({ length: 102 }, (_, number) => reader.read(key(number)));
    const outcomes = await Promise.allSettled(reads);
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(100);
    expect(outcomes[100]).toEqual({ status: "fulfilled", value: { ...key(100), value: "v100" } });
  });
});
