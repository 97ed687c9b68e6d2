import { describe, expect, it } from "vitest";
import { placementWrites } from "../../../../shared/execution/store/slot-writes.ts";
import { type HeadFields, headRow } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";

const head = (more: HeadFields) => headRow({ executionId: EXECUTION, status: "submitted", ...more });
const at = (key: string, shard = 0) => ({ status: "queued" as const, queued: { key, shard } });
const slot = { own: 1, all: 2 };

/** What a move writes beside the head: places taken and left by key, counters by how much. */
const written = (before: HeadFields, row: HeadFields): readonly string[] =>
  placementWrites("executions", { before: head(before), row: head(row) }).map(({ Put, Delete, Update }) => {
    if (Put !== undefined) return `join ${String(Put.Item?.["sk"])}`;
    if (Delete !== undefined) return `leave ${String(Delete.Key?.["sk"])}`;
    return `${String(Update?.ExpressionAttributeNames?.["#count"])} ${String(Update?.ExpressionAttributeValues?.[":by"])}`;
  });

describe("what a move means for slots and queue", () => {
  it.each([
    { what: "keeps its slot", before: { slot }, row: { status: "running", slot }, writes: [] },
    { what: "loses its slot", before: { status: "running", slot }, row: { status: "completed" }, writes: ["running -1", "running -1"] },
    { what: "never had a slot", before: { status: "running" }, row: { status: "completed" }, writes: [] },
    { what: "begins to wait", before: { status: "failed" }, row: at("2#a"), writes: ["join 2#a", "waiting 1"] },
    { what: "waits where it did", before: at("2#a"), row: at("2#a"), writes: [] },
    { what: "waits in another place", before: at("2#a"), row: at("1#a"), writes: ["leave 2#a", "join 1#a"] },
    { what: "waits no more", before: at("2#a"), row: { slot }, writes: ["leave 2#a", "waiting -1"] },
    { what: "gains a slot, which its mover takes", before: {}, row: { status: "running", slot }, writes: [] },
  ] as const)("is this where an execution $what: $writes", ({ before, row, writes }) => {
    expect(written(before, row)).toEqual(writes);
  });
});
