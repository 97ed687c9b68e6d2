import { describe, expect, it } from "vitest";
import { canStart } from "../../../../shared/execution/saga/can-start.ts";
import { viewPlan } from "../../../../shared/execution/store/plan-store.ts";
import type { Plan } from "../../../../shared/workflow/plan/plan.ts";
import type { TaskRecord, TaskState } from "../../../../shared/execution/task/task-record.ts";
import { planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { taskRow } from "../../../fixtures/runtime/task-rows.ts";

const CHAIN = [task("a"), task("b", ["a"]), task("c", ["b"])];
const rowsOf = (states: Readonly<Record<string, TaskState>>, more: object = {}) =>
  new Map(Object.entries(states).map(([id, state]) => [id, taskRow({ task: id, state, ...more })]));

const start = (plan: Plan, rows: ReadonlyMap<string, TaskRecord>): boolean => canStart(viewPlan(plan).tasks, (id) => rows.get(id));

describe("whether a plan can still begin something", () => {
  it.each<[string, Readonly<Record<string, TaskState>>, boolean]>([
    ["nothing has begun", {}, true],
    ["one is at work", { a: "running" }, true],
    ["one waits for its next attempt", { a: "queued" }, true],
    ["one has completed and its follower was not looked at", { a: "completed" }, true],
    ["one failed before all others", { a: "failed" }, false],
    ["one failed in the middle, and its follower waits for it", { a: "completed", b: "failed", c: "parked" }, false],
    ["all have completed", { a: "completed", b: "completed", c: "completed" }, false],
  ])("when %s", (_, states, expected) => {
    expect(start(planOf(CHAIN), rowsOf(states))).toBe(expected);
  });

  it("counts a failure that its definition tolerates as an end like any other", () => {
    const tolerant = [task("a", [], { on_failure: "continue" }), task("b", ["a"])];
    expect(start(planOf(tolerant), rowsOf({ a: "failed" }))).toBe(true);
  });

  it("takes a task that is parked for a reason, or has instances or second attempts, for one that can", () => {
    expect(start(planOf([task("a")]), rowsOf({ a: "parked" }, { reason: "paused" }))).toBe(true);
    const kept = new Map([...rowsOf({ a: "failed" }), ...rowsOf({ b: "parked" }, { reason: "paused" })]);
    expect(start(planOf(CHAIN), kept)).toBe(true);
    expect(start(planOf([task("a", [], { hedge: { after: 1 } })]), rowsOf({ a: "completed" }))).toBe(true);
    expect(start(planOf([task("a", [], { scatter: { agents: 2 } })]), rowsOf({ a: "completed" }))).toBe(true);
  });
});
