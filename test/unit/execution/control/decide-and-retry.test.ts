import { describe, expect, it } from "vitest";
import { decideTask, retryTask } from "../../../../shared/execution/control/steer-task.ts";
import { skipTask } from "../../../../shared/execution/control/skip-task.ts";
import { ForbiddenError, IllegalMoveError, StoreUnavailableError } from "../../../../shared/core/errors.ts";
import { task } from "../../../fixtures/runtime/memory-runtime.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { moveElsewhere, type RowFields } from "../../../fixtures/runtime/task-rows.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { by, row, steeredWorld, type SteeredWorld } from "./steered-world.ts";

const TASKS = [task("pay", [], { approval: { prompt: "pay?" } })];
const on = { ...by, task: "pay" };
const mayAll = (): boolean => true;

const waiting = (record: RowFields): Promise<SteeredWorld> =>
  steeredWorld({}, [row("pay", { state: "parked", ...record })], { tasks: TASKS });
const approving = () => waiting({ reason: "approval", attempt: 0 });

/** What another process does to the row just before it is written, `times` times. */
const interfere = (world: SteeredWorld, change: RowFields, times = 1) =>
  meanwhile(world.runtime, { sk: "TASK#pay", times }, () => {
    const { attempt = 0 } = world.runtime.record("pay") ?? {};
    moveElsewhere(world.runtime, "pay", { attempt: attempt + 1, ...change });
  });

const factsOf = (world: SteeredWorld, type: string): unknown =>
  eventsIn(world.runtime.tables.changes).find((event) => event.type === type)?.facts;

describe("a decision", () => {
  it.each([{ reason: "fine by me" }, {}])("is in the history with who made it, and why: %o", async (why) => {
    const world = await approving();
    await decideTask(world.deps, { ...on, ...why }, { verdict: "approved", may: mayAll });
    expect(factsOf(world, "task.decided")).toEqual({ task_id: "pay", attempt: 0, verdict: "approved", decided_by: "ann", ...why });
  });

  it.each(["approved", "rejected"] as const)("names itself when it is not possible: %s", async (verdict) => {
    const world = await waiting({ reason: "operator" });
    const name = verdict === "approved" ? "approve" : "reject";
    await expect(decideTask(world.deps, on, { verdict, may: mayAll })).rejects.toThrow(`cannot ${name}: task 'pay' is parked (operator); it is not waiting for a decision`);
  });

  it("asks for the right to control where the task names no roles", async () => {
    const world = await approving();
    const refused: unknown = await decideTask(world.deps, on, { verdict: "approved", may: () => false }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ForbiddenError);
    expect(String(refused)).toContain("execution:control");
  });

  it("is made on the row as it is when that changes in the same moment", async () => {
    const world = await approving();
    interfere(world, {});
    const decision = await decideTask(world.deps, on, { verdict: "approved", may: mayAll });
    expect(world.runtime.record("pay")).toMatchObject({ state: "queued", attempt: 1, decision });
  });

  it("is not made when somebody else decides in the same moment", async () => {
    const world = await approving();
    interfere(world, { state: "queued", reason: undefined, decision: { verdict: "rejected", by: "bob", at: "2026-11-21T10:00:00.000Z" } });
    await expect(decideTask(world.deps, on, { verdict: "approved", may: mayAll })).rejects.toThrow("bob rejected it");
    expect(world.runtime.events()).not.toContain("task.decided");
  });

  it("is given up on a row that never stands still", async () => {
    const world = await approving();
    const seen = interfere(world, {}, Infinity);
    await expect(decideTask(world.deps, on, { verdict: "approved", may: mayAll })).rejects.toThrow(StoreUnavailableError);
    expect(seen.writes).toBe(8);
  });
});

describe("a retry", () => {
  const stuck = () => waiting({ reason: "operator", attempt: 3 });

  it.each([
    { why: { reason: "it is back" }, reason: "retried by ann: it is back" },
    { why: {}, reason: "retried by ann" },
  ])("is in the history: $reason", async ({ why, reason }) => {
    const world = await stuck();
    await retryTask(world.deps, { ...on, ...why });
    expect(factsOf(world, "task.released")).toEqual({ task_id: "pay", attempt: 3, reason });
  });

  it.each([
    { what: "waits for an approval", record: { state: "parked", reason: "approval" } },
    { what: "is paused", record: { state: "parked", reason: "paused" } },
    { what: "is queued for the first time after it started over", record: { state: "queued", retryBase: 0 } },
    { what: "was retried and completed", record: { state: "completed", retryBase: 3 } },
    { what: "was retried and waits for an approval", record: { state: "parked", reason: "approval", retryBase: 3 } },
    { what: "is at its agent", record: { state: "running" } },
  ] as const)("is refused for a task that $what", async ({ record }) => {
    const world = await waiting(record);
    await expect(retryTask(world.deps, on)).rejects.toThrow(IllegalMoveError);
  });

  it("is allowed again for a task that was retried and failed once more", async () => {
    const world = await waiting({ reason: "operator", attempt: 5, retryBase: 3 });
    await retryTask(world.deps, on);
    expect(world.runtime.record("pay")).toMatchObject({ state: "queued", retryBase: 5 });
  });

  it("is made on the row as it is when that changes in the same moment", async () => {
    const world = await stuck();
    interfere(world, {});
    await retryTask(world.deps, on);
    expect(world.runtime.record("pay")).toMatchObject({ state: "queued", attempt: 4, retryBase: 4 });
  });

  it("is given up on a row that never stands still", async () => {
    const world = await stuck();
    const seen = interfere(world, {}, Infinity);
    await expect(retryTask(world.deps, on)).rejects.toThrow(StoreUnavailableError);
    expect(seen.writes).toBe(8);
  });

  it("is refused once the execution is over", async () => {
    const world = await stuck();
    world.change({ status: "failed" });
    await expect(retryTask(world.deps, on)).rejects.toThrow(IllegalMoveError);
  });
});

describe("a skip", () => {
  it("is given up on a row that never stands still", async () => {
    const world = await waiting({ reason: "operator" });
    const seen = interfere(world, {}, Infinity);
    await expect(skipTask(world.deps, on)).rejects.toThrow(StoreUnavailableError);
    expect(seen.writes).toBe(8);
  });
});
