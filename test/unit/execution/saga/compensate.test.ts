import { describe, expect, it } from "vitest";
import { beginCompensation, carryOutCompensation, wantsCompensation } from "../../../../shared/execution/run/compensate.ts";
import { compensationPlan } from "../../../../shared/execution/saga/compensation.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { moveHeadElsewhere } from "../../../fixtures/runtime/meanwhile.ts";
import { saveRow, type TaskFields, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { MemoryRuntime, planOf, START, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { compensation, FOR_EACH, planOf as undoablePlan, record } from "./undoable.ts";

const at = (second: number): string => new Date(START + second * 1000).toISOString();
const COMPENSATION = { plan: "0".repeat(64), status: "running", endsAs: "failed" } as const;
const sagaOf = (saga: object) => ({ fault_tolerance: { saga_pattern: saga } });
const SAGA = sagaOf({ compensation_enabled: true, rollback_on_failure: true });
const TASKS = [task("a", [], { compensation_action: "undo" }), task("b", ["a"])];

async function world(head: HeadFields = {}, more: object = SAGA, records: readonly TaskFields[] = [{ task: "a", state: "completed", settledAt: at(1) }]) {
  const runtime = new MemoryRuntime(planOf(TASKS, more));
  const execution = await runtime.submit({ startedAt: at(0), ...head });
  for (const one of records) {
    await saveRow(runtime.executions, execution, { row: taskRow(one) });
  }
  return runtime;
}

describe("whether an execution undoes what it did", () => {
  it.each([
    { what: "no saga", saga: {}, failed: false, cancelled: false },
    { what: "a saga that rolls back", saga: SAGA, failed: true, cancelled: true },
    { what: "a saga that a failure leaves alone", saga: sagaOf({ compensation_enabled: true, rollback_on_failure: false }), failed: false, cancelled: true },
  ])("is up to its definition and how it ends: $what", async ({ saga, failed, cancelled }) => {
    const runtime = await world({}, saga);
    const wants = (endsAs: "failed" | "cancelled") => wantsCompensation(runtime, runtime.head(), endsAs);
    expect([await wants("failed"), await wants("cancelled")]).toEqual([failed, cancelled]);
  });

  it("is settled once it did", async () => {
    const runtime = await world({ compensation: { ...COMPENSATION, status: "completed" } });
    expect(await wantsCompensation(runtime, runtime.head(), "cancelled")).toBe(false);
  });
});

describe("an undoing", () => {
  const PENDING = { pending: { id: "compensate-2", run: 2, compensate: "failed", compensateSince: at(0) }, run: 2 } as const;

  it("begins once everybody has heard of it, in a run of its own", async () => {
    const runtime = await world();
    expect(await beginCompensation(runtime, runtime.head(), { endsAs: "failed", failure: { code: "Oh", message: "no" } })).toBe("written");
    expect(runtime.pauses).toEqual([2000]);
    expect(runtime.head()).toMatchObject({ status: "running", run: 2, compensation: { status: "running", endsAs: "failed" }, failure: { code: "Oh" } });
    expect(runtime.head().pending).toBeUndefined();
    expect(runtime.runs).toHaveLength(1);
  });

  it.each([
    { what: "many tasks, which are not looked through", count: 1001, pauses: [2000] },
    { what: "few, of which none can start any more", count: 2, pauses: [] },
  ])("waits for everybody to have heard of it where it has $what", async ({ count, pauses }) => {
    const tasks = Array.from({ length: count }, (_, index) => task(`t${index}`));
    const runtime = new MemoryRuntime(planOf(tasks, SAGA));
    const execution = await runtime.submit({ startedAt: at(0), ...PENDING });
    for (const id of ["t0", "t1"]) await saveRow(runtime.executions, execution, { row: taskRow({ task: id, state: "failed" }) });
    await carryOutCompensation(runtime, runtime.head());
    expect(runtime.pauses).toEqual(pauses);
  });

  it("waits no longer than it must", async () => {
    const runtime = await world(PENDING);
    runtime.time += 2000;
    await carryOutCompensation(runtime, runtime.head());
    expect(runtime.pauses).toEqual([]);
  });

  it("ends the execution at once when there is nothing to undo", async () => {
    const runtime = await world({ ...PENDING, failure: { code: "Oh", message: "no" } }, SAGA, []);
    await carryOutCompensation(runtime, runtime.head());
    expect(runtime.head()).toMatchObject({ status: "failed", failure: { code: "Oh" } });
    expect(runtime.runs).toEqual([]);
  });

  it("goes on with the plan that is on record", async () => {
    const runtime = await world({ ...PENDING, compensation: COMPENSATION }, SAGA, []);
    await carryOutCompensation(runtime, runtime.head());
    expect(runtime.head()).toMatchObject({ status: "running", compensation: COMPENSATION });
    expect(runtime.runs).toHaveLength(1);
  });

  it("goes on with the plan that another made in that moment, and leaves a newer run without one", async () => {
    const runtime = await world(PENDING);
    const seen = runtime.head();
    moveHeadElsewhere(runtime, { compensation: COMPENSATION });
    await carryOutCompensation(runtime, seen);
    expect(runtime.head()).toMatchObject({ compensation: COMPENSATION });
    expect(runtime.runs).toHaveLength(1);
    const newer = await world(PENDING);
    const before = newer.head();
    moveHeadElsewhere(newer, { run: 3, pending: undefined });
    await carryOutCompensation(newer, before);
    expect(newer.head().compensation).toBeUndefined();
    expect(newer.runs).toEqual([]);
  });

  it("does not begin again when it is over", async () => {
    const runtime = await world({ ...PENDING, compensation: { ...COMPENSATION, status: "completed" } }, SAGA, []);
    await carryOutCompensation(runtime, runtime.head());
    expect(runtime.runs).toEqual([]);
  });

  it("is left to a newer run that began meanwhile", async () => {
    const runtime = await world({ ...PENDING, compensation: COMPENSATION });
    const seen = runtime.head();
    moveHeadElsewhere(runtime, { run: 3 });
    await carryOutCompensation(runtime, seen);
    expect(runtime.runs).toEqual([]);
    expect(runtime.head().pending).toBeDefined();
  });

  it("is nobody's business without a word on record", async () => {
    const runtime = await world();
    await carryOutCompensation(runtime, runtime.head());
    expect([runtime.runs, runtime.pauses]).toEqual([[], []]);
  });
});

describe("what is undone", () => {
  const undone = (records: readonly TaskRecord[], { strategy = "selective", failedTask, plan = undoablePlan([[], [0], [1]]) }: { strategy?: "selective" | "backward"; failedTask?: string; plan?: ReturnType<typeof undoablePlan> } = {}) =>
    (compensationPlan({ plan, records, strategy, failedTask })?.tasks ?? []).map(({ id }) => id).toSorted();

  it.each([
    { what: "failed", record: record("t1", "failed", 1), is: true },
    { what: "failed before any attempt", record: record("t1", "failed", 1, { attempt: 0 }), is: false },
    { what: "was interrupted", record: record("t1", "cancelled", 1), is: true },
    { what: "was cancelled before any attempt", record: record("t1", "cancelled", 1, { attempt: 0 }), is: false },
    { what: "completed", record: record("t1", "completed", 1), is: false },
    { what: "ended the run and waits for its operator", record: record("t1", "parked", 1), failedTask: "t1", is: true },
    { what: "ended the run before any attempt", record: record("t1", "parked", 1, { attempt: 0 }), failedTask: "t1", is: false },
    { what: "ended the run and was completed after all", record: record("t1", "completed", 1), failedTask: "t1", is: false },
    { what: "waits while another ended the run", record: record("t1", "parked", 1), failedTask: "t2", is: false },
  ])("selectively is what $what: $is", ({ record: one, failedTask, is }) => {
    expect(undone([one], failedTask === undefined ? {} : { failedTask })).toEqual(is ? ["t1~undo"] : []);
  });

  it("of a list are its elements, not the list", () => {
    const plan = undoablePlan([[], [0]], { t1: { forEach: FOR_EACH, compensation } });
    const records = [record("t1", "completed", 1), record("t1[0]", "completed", 2), record("t1[1]", "completed", 3)];
    expect(undone(records, { strategy: "backward", plan })).toEqual(["t1[0]~undo", "t1[1]~undo"]);
  });
});
