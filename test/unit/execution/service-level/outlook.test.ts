import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { observe, type Observed, UNOBSERVED } from "../../../../shared/execution/service-level/durations.ts";
import { type Circumstances, lookAhead, type TaskStanding } from "../../../../shared/execution/service-level/outlook.ts";
import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { workflowOf } from "../../../fixtures/workflow/workflows.ts";

/** t0 (10 s) → t1 (20 s) → t3 (10 s), t0 → t2 (5 s) → t3. */
const plan = planWorkflow(workflowOf([[], [0], [0], [1, 2]], [10, 20, 5, 10]));
const standing = (state: TaskStanding["state"], more: Partial<TaskStanding> = {}): TaskStanding => ({ state, runningSeconds: 0, attempts: 1, waitSeconds: 0, ...more });
const done = standing("completed", { runningSeconds: 99 });

/** Each task took its estimate, nearly to the second, a hundred times, and never failed. */
const steady = new Map(
  plan.tasks.map(({ id, estimateSeconds: seconds }) => {
    const rounds = Array.from({ length: 200 }, (_, index) => seconds * (index % 2 === 0 ? 1.005 : 0.995));
    return [id, rounds.reduce<Observed>((seen, value) => observe(seen, { outcome: "success", seconds: value, attempts: 1 }), UNOBSERVED)];
  }),
);
const look = (given: Record<string, TaskStanding>, more: Partial<Circumstances> = {}) =>
  lookAhead(plan, { standings: new Map(Object.entries(given)), secondsLeft: undefined, seed: "exec_1", ...more });
const observed = (id: string): Observed | undefined => steady.get(id);

describe("lookAhead", () => {
  it.each([
    { what: "nothing has begun", given: {}, remaining: 40 },
    { what: "the first task has run for 4 s", given: { t0: standing("running", { runningSeconds: 4 }) }, remaining: 36 },
    { what: "the longer branch is done", given: { t0: done, t1: done }, remaining: 15 },
    { what: "the last one's next attempt may start in 7 s", given: { t0: done, t1: done, t2: done, t3: standing("queued", { waitSeconds: 7 }) }, remaining: 17 },
  ])("goes by what was observed when $what", ({ given, remaining }) => {
    const { remainingSeconds, remainingP90Seconds } = look(given, { observed });
    expect(remainingSeconds).toBeGreaterThan(remaining * 0.95);
    expect(remainingSeconds).toBeLessThan(remaining * 1.05);
    expect(remainingP90Seconds).toBeGreaterThan(remainingSeconds);
    expect(remainingP90Seconds).toBeLessThan(remaining * 1.3);
  });

  it("is sure when everything is done, or nothing can be done any more", () => {
    const all = { t0: done, t1: done, t2: done, t3: done };
    expect(look(all)).toEqual({ remainingSeconds: 0, remainingP90Seconds: 0, successProbability: 1, openWaits: [], lacksAgent: false });
    expect(look(all, { secondsLeft: 0 }).successProbability).toBe(1);
    expect(look(all, { secondsLeft: -1 }).successProbability).toBe(0);
    expect(look({}, { secondsLeft: 0 }).successProbability).toBe(0);
  });

  it("is wide around the estimates while nothing was observed", () => {
    const { remainingSeconds, remainingP90Seconds } = look({});
    expect(remainingP90Seconds / remainingSeconds).toBeGreaterThan(1.4);
  });

  it("counts on failures as often as they were observed", () => {
    const plain = planWorkflow(workflowOf([[]], [10]));
    const failing = Array.from({ length: 100 }).reduce<Observed>((seen, _, index) => observe(seen, { outcome: index % 2 === 0 ? "success" : "failed", seconds: 10, attempts: 3 }), UNOBSERVED);
    // 250 of 300 attempts failed, three are allowed: 1 − (250.2 / 310)³ = 0.474.
    const { successProbability } = lookAhead(plain, { standings: new Map(), secondsLeft: undefined, seed: "s", observed: () => failing });
    expect(Math.abs(successProbability - 0.474)).toBeLessThan(4 * Math.sqrt((0.474 * 0.526) / 1000));
  });

  it("names the waits that nobody can know, and leaves them out", () => {
    const waiting = planOf([task("a"), task("b", ["a"], { approval: true }), task("c", ["b"])]);
    const with_ = (given: Record<string, TaskStanding>) => lookAhead(waiting, { standings: new Map(Object.entries(given)), secondsLeft: undefined, seed: "s" }).openWaits;
    expect(with_({})).toEqual(["b"]);
    expect(with_({ a: done, b: standing("parked", { reason: "approval", attempts: 0 }) })).toEqual(["b"]);
    expect(with_({ a: done, b: standing("running") })).toEqual([]);
    expect(with_({ a: done, b: done, c: standing("input_required") })).toEqual(["c"]);
    expect(with_({ a: done, b: done, c: standing("parked", { reason: "operator" }) })).toEqual(["c"]);
  });

  it("is the same for the same state, and plays another game for another", () => {
    expect(look({ t0: done })).toEqual(look({ t0: done }));
    expect(look({ t0: done }, { seed: "exec_2" })).not.toEqual(look({ t0: done }));
  });

  it("never finds a later deadline harder to meet", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 200, noNaN: true }), fc.double({ min: 0, max: 200, noNaN: true }), (one, other) => {
        const [sooner, later] = [Math.min(one, other), Math.max(one, other)];
        return look({}, { secondsLeft: sooner }).successProbability <= look({}, { secondsLeft: later }).successProbability;
      }),
      { numRuns: 20 },
    );
  });

  it("finds less left to do no harder, within what chance allows", () => {
    fc.assert(
      fc.property(fc.subarray(["t0", "t1", "t2", "t3"]), fc.double({ min: 5, max: 120, noNaN: true }), (settled, secondsLeft) => {
        const given = Object.fromEntries(settled.map((id) => [id, done]));
        return look(given, { secondsLeft }).successProbability >= look({}, { secondsLeft }).successProbability - 0.07;
      }),
      { numRuns: 30 },
    );
  });

  it("plays a plan of 5000 tasks in sequence as well", () => {
    const long = planWorkflow(workflowOf(Array.from({ length: 5000 }, (_, index) => (index === 0 ? [] : [index - 1]))));
    const certain = { n: 1e9, mean: Math.log(2), m2: 0, attempts: 1e9, failures: 0, skips: 0 };
    const { remainingSeconds } = lookAhead(long, { standings: new Map(), secondsLeft: undefined, seed: "s", observed: () => certain });
    expect(remainingSeconds).toBeCloseTo(10_000, 0);
  });
});
