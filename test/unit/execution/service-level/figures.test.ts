import { describe, expect, it } from "vitest";
import { observe, type Observed, UNOBSERVED } from "../../../../shared/execution/service-level/durations.ts";
import { lookAhead, type TaskStanding } from "../../../../shared/execution/service-level/outlook.ts";
import { hasSla, newsOf, type SlaTask, tallyOf, violationsOf } from "../../../../shared/execution/service-level/sla.ts";
import type { Plan } from "../../../../shared/workflow/plan/plan.ts";
import { planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const T = "2026-11-21T10:00:00.000Z";
const record = (id: string, state: SlaTask["state"], more: Partial<SlaTask> = {}): SlaTask => ({ task: id, state, ...more });
const planned = ["a", "b", "c", "d"].map((id) => ({ id }));

describe("a promise", () => {
  it.each([
    { terms: {}, is: false },
    { terms: { maxDurationMinutes: 1 }, is: true },
    { terms: { successRateThreshold: 0.5 }, is: true },
  ])("is made by either part of it: $terms", ({ terms, is }) => {
    expect(hasSla({ submittedAt: T, ...terms })).toBe(is);
  });
});

describe("the tally of an execution", () => {
  it("counts completed and failed, and what may still be either; what was skipped or cancelled is out", () => {
    const records = [record("a", "completed"), record("b", "failed"), record("c", "skipped"), record("d", "cancelled"), record("b~hedge", "failed"), record("a~undo", "completed")];
    expect(tallyOf(planned, records)).toEqual({ completed: 1, failed: ["b"], open: 0, hasUnknown: false });
    expect(tallyOf(planned, [record("a", "running")])).toEqual({ completed: 0, failed: [], open: 4, hasUnknown: false });
  });

  const list = { id: "each", forEach: {} };
  const items = { count: 2, list: { json: "[]" } };
  it.each([
    { what: "it has not become tasks", records: [], hasUnknown: true },
    { what: "its row says nothing of a list yet", records: [record("each", "parked")], hasUnknown: true },
    { what: "some of its elements are tasks", records: [record("each", "running", { items }), record("each[0]", "completed")], hasUnknown: true },
    { what: "all of its elements are tasks", records: [record("each", "running", { items }), record("each[0]", "completed"), record("each[1]", "failed")], hasUnknown: false },
    { what: "it has ended", records: [record("each", "failed", { settledAt: T })], hasUnknown: false },
    { what: "it has ended before all of its elements were tasks", records: [record("each", "failed", { settledAt: T, items }), record("each[0]", "failed")], hasUnknown: false },
  ])("does not know a list while $what: $hasUnknown", ({ records, hasUnknown }) => {
    expect(tallyOf([list], records).hasUnknown).toBe(hasUnknown);
  });

  it("names failed elements in place of their list", () => {
    const records = [record("each", "failed", { items }), record("each[0]", "completed"), record("each[1]", "failed")];
    expect(tallyOf([{ id: "each" }], records)).toMatchObject({ completed: 1, failed: ["each[1]"], open: 0 });
  });
});

describe("a success rate", () => {
  const missed = (records: readonly SlaTask[], more: object = {}) =>
    violationsOf({ terms: { submittedAt: T, successRateThreshold: 0.75 }, status: "running", at: Date.parse(T), planned, records, ...more }).map(({ reason }) => reason);

  it("is nobody's who promised none, or who cancelled", () => {
    const failed = planned.map(({ id }) => record(id, "failed"));
    expect(missed(failed, { terms: { submittedAt: T } })).toEqual([]);
    expect(missed(failed, { status: "cancelled" })).toEqual([]);
    expect(missed(failed)).toHaveLength(1);
  });

  it("is not judged of nothing", () => {
    expect(missed([], { status: "completed" })).toEqual([]);
    expect(missed(planned.map(({ id }) => record(id, "skipped")), { status: "completed" })).toEqual([]);
  });

  it("is judged of an unknown list once nothing more can come of it", () => {
    const list = { planned: [{ id: "each", forEach: {} }, { id: "b" }] };
    expect(missed([record("b", "failed")], list)).toEqual([]);
    expect(missed([record("b", "failed")], { ...list, status: "failed" })).toHaveLength(1);
  });

  it("names the first failed tasks, and says so when there are more", () => {
    const many = Array.from({ length: 4 }, (_, index) => ({ id: `t${index}` }));
    const reason = (count: number) => missed(many.slice(0, count).map(({ id }) => record(id, "failed")), { planned: many.slice(0, count) })[0];
    expect(reason(3)).toMatch(/3 of 3 failed: t0, t1, t2$/);
    expect(reason(4)).toMatch(/4 of 4 failed: t0, t1, t2, …$/);
  });
});

describe("a risk", () => {
  const risk = (probability: number | undefined, isAtRisk: boolean) => newsOf({ isAtRisk, violations: [] }, { violations: [], probability, at: T })?.record.isAtRisk;

  it("begins below one half and ends at 0.6, so that it does not flicker", () => {
    expect([risk(0.5, false), risk(0.499, false)]).toEqual([undefined, true]);
    expect([risk(0.599, true), risk(0.6, true)]).toEqual([undefined, false]);
  });

  it("is left as it is once nobody asks, or the deadline has passed", () => {
    expect(risk(undefined, true)).toBeUndefined();
    const late = { isAtRisk: false, violations: [{ kind: "deadline" as const, reason: "late", at: T }] };
    expect(newsOf(late, { violations: [], probability: 0, at: T })).toBeUndefined();
  });
});

describe("what lies ahead", () => {
  const standing = (state: TaskStanding["state"], more: Partial<TaskStanding> = {}): TaskStanding => ({ state, runningSeconds: 0, attempts: 0, waitSeconds: 0, ...more });
  const waitsOf = (plan: Plan, given: Record<string, TaskStanding> = {}): readonly string[] =>
    lookAhead(plan, { standings: new Map(Object.entries(given)), secondsLeft: undefined, seed: "s" }).openWaits;
  const GATED = planOf([task("a", [], { approval: { prompt: "?" } }), { id: "w", wait_for_event: { pattern: { "detail-type": ["x"] } } }, task("plain")]);

  it("waits for people and events that have not come", () => {
    expect(waitsOf(GATED)).toEqual(["a", "w"]);
    expect(waitsOf(GATED, { a: standing("queued"), w: standing("queued") })).toEqual(["a", "w"]);
  });

  it.each([
    { what: "at work", state: standing("dispatched", { attempts: 1 }) },
    { what: "at work for the first time", state: standing("running") },
    { what: "tried before", state: standing("queued", { attempts: 1 }) },
  ])("does not wait for those before a task that is $what", ({ state }) => {
    expect(waitsOf(GATED, { a: state })).toEqual(["w"]);
  });

  it.each([
    { reason: "event", is: true },
    { reason: "approval", is: true },
    { reason: "operator", is: true },
    { reason: "budget", is: true },
    { reason: "hold", is: true },
    { reason: "paused", is: false },
  ] as const)("of a task that is parked for $reason is out of our hands: $is", ({ reason, is }) => {
    expect(waitsOf(GATED, { plain: standing("parked", { reason }) }).includes("plain")).toBe(is);
  });

  it("of a question is out of our hands", () => {
    expect(waitsOf(GATED, { plain: standing("input_required", { attempts: 1 }) })).toContain("plain");
  });

  it.each(["completed", "failed", "skipped", "cancelled"] as const)("is nothing once everything is %s", (state) => {
    const plan = planOf([task("a")]);
    const ahead = lookAhead(plan, { standings: new Map([["a", standing(state)]]), secondsLeft: undefined, seed: "s" });
    expect(ahead).toEqual({ remainingSeconds: 0, remainingP90Seconds: 0, successProbability: 1, openWaits: [], lacksAgent: false });
  });

  const tenSeconds = Array.from({ length: 200 }).reduce<Observed>((seen) => observe(seen, { outcome: "success", seconds: 10, attempts: 1 }), UNOBSERVED);
  const secondsOf = (tasks: readonly object[], given: Record<string, TaskStanding> = {}): number =>
    Math.round(lookAhead(planOf(tasks), { standings: new Map(Object.entries(given)), secondsLeft: undefined, seed: "s", observed: () => tenSeconds }).remainingSeconds);

  it("is shorter by what a task at work has run for", () => {
    expect(secondsOf([task("a")])).toBe(10);
    for (const state of ["dispatched", "running"] as const) expect(secondsOf([task("a")], { a: standing(state, { runningSeconds: 4, attempts: 1 }) })).toBe(6);
    expect(secondsOf([task("a")], { a: standing("queued", { runningSeconds: 4, attempts: 1 }) })).toBe(10);
  });

  it("takes no time for what only waits or tells", () => {
    expect(secondsOf([{ id: "w", wait_for_event: { pattern: { "detail-type": ["x"] } } }])).toBe(0);
    expect(secondsOf([{ id: "e", emit_event: { detail_type: "x.y" } }])).toBe(0);
  });

  it("gives a sub-workflow all the time it takes: its task's time-out is not its own", () => {
    const limit = { timeout: 1, retry_policy: "none" };
    const chanceOf = (tasks: readonly object[]) =>
      lookAhead(planOf(tasks), { standings: new Map(), secondsLeft: undefined, seed: "s", observed: () => tenSeconds }).successProbability;
    expect(chanceOf([task("a", [], limit)])).toBe(0);
    expect(chanceOf([{ id: "sub", workflow: { name: "other" }, ...limit }])).toBeGreaterThan(0.9);
  });
});

describe("chances", () => {
  const half = Array.from({ length: 400 }).reduce<Observed>((seen, _, index) => observe(seen, { outcome: index % 2 === 0 ? "success" : "failed", seconds: 10, attempts: 1 }), UNOBSERVED);
  const chance = (retry: object, standing: TaskStanding): number =>
    lookAhead(planOf([task("a", [], { retry_policy: retry })]), { standings: new Map([["a", standing]]), secondsLeft: undefined, seed: "s", observed: () => half }).successProbability;
  const two = { max_attempts: 2, backoff: "none" };
  const of = (state: TaskStanding["state"], attempts: number): TaskStanding => ({ state, attempts, runningSeconds: 1, waitSeconds: 0 });

  it("count the attempt under way among those that are left", () => {
    // One half, or what is left of it after a second try.
    expect(chance(two, of("running", 1))).toBeCloseTo(0.75, 1);
    expect(chance(two, of("running", 2))).toBeCloseTo(0.5, 1);
    expect(chance(two, of("queued", 1))).toBeCloseTo(0.5, 1);
    expect(chance(two, of("queued", 0))).toBeCloseTo(0.75, 1);
  });

  it("of being skipped are over once a task is under way", () => {
    const skipped = Array.from({ length: 200 }).reduce<Observed>((seen) => observe(seen, { outcome: "skipped", seconds: 0, attempts: 0 }), UNOBSERVED);
    const secondsOf = (standing: TaskStanding): number =>
      lookAhead(planOf([task("a")]), { standings: new Map([["a", standing]]), secondsLeft: undefined, seed: "s", observed: () => skipped }).remainingSeconds;
    expect(secondsOf(of("queued", 0))).toBe(0);
    expect(secondsOf(of("running", 1))).toBeGreaterThan(0);
  });

  it("leave no time to what takes none, however long it has been under way", () => {
    const gate = { id: "a", wait_for_event: { pattern: { "detail-type": ["x"] } } };
    const ahead = lookAhead(planOf([gate]), { standings: new Map([["a", of("running", 1)]]), secondsLeft: undefined, seed: "s" });
    expect(ahead.remainingSeconds).toBe(0);
  });
});
