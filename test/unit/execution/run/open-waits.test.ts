import { describe, expect, it } from "vitest";
import { openWaits, waitKind } from "../../../../shared/execution/run/open-waits.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { saveRow } from "../../../fixtures/runtime/task-rows.ts";
import { at, CHILD, row, steeredWorld } from "../control/steered-world.ts";

const asks = (name: string, second: number, more: object = {}) =>
  row(name, { state: "input_required", askedAt: at(second), ...more });
const SUB = row("sub", { state: "running", child: CHILD });

/** What an execution waits for people for, whose child has these rows as well. */
async function waitsOf(
  own: Parameters<typeof steeredWorld>[1],
  below: Parameters<typeof steeredWorld>[1] = [],
  child: HeadFields = {},
) {
  const { runtime, head } = await steeredWorld({}, own, { child });
  for (const record of below) await saveRow(runtime.executions, head(CHILD), { row: record });
  const found = await openWaits(runtime.executions, head(), { rows: own ?? [] });
  return found.map(
    ({ execution, record, kind }) => `${execution.executionId === CHILD ? "child " : ""}${record.task}: ${kind}`,
  );
}

describe("what a task waits for a person for", () => {
  it.each([
    ["asks for a text", row("a", { state: "input_required" }), "input"],
    ["asks to be authorised", row("a", { state: "input_required", asksFor: "auth" }), "auth"],
    ["needs a decision", row("a", { state: "parked", reason: "approval" }), "approval"],
    ["waits for an event", row("a", { state: "parked", reason: "event" }), undefined],
    ["is at work", row("a", { state: "running" }), undefined],
  ])("when it %s", (_, record, kind) => {
    expect(waitKind(record)).toBe(kind);
  });
});

describe("what an execution waits for people for", () => {
  it("is what its tasks and those of its child wait for, the longest wait first", async () => {
    const own = [asks("a", 20), row("b", { state: "running" }), SUB, asks("c", 5, { asksFor: "auth" })];
    expect(await waitsOf(own, [asks("a", 10)])).toEqual(["c: auth", "child a: input", "a: input"]);
  });

  it("is nothing of a child that is over, whatever its rows say", async () => {
    expect(await waitsOf([SUB], [asks("a", 10)], { status: "cancelled", finishedAt: at(30) })).toEqual([]);
  });

  it("is nothing of a child whose task has ended", async () => {
    expect(await waitsOf([row("sub", { state: "skipped", child: CHILD })], [asks("a", 10)])).toEqual([]);
  });
});
