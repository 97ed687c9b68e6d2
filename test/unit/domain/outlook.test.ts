import { describe, expect, it } from "vitest";
import { lookAhead, type TaskStanding } from "../../../shared/domain/outlook.ts";
import { planWorkflow } from "../../../shared/domain/planner.ts";
import { workflowOf } from "./workflows.ts";

/** t0 (10 s) → t1 (20 s) → t3 (10 s), t0 → t2 (5 s) → t3. */
const plan = planWorkflow(workflowOf([[], [0], [0], [1, 2]], [10, 20, 5, 10]));
const standings = (given: Record<string, TaskStanding>): Map<string, TaskStanding> => new Map(Object.entries(given));
const done: TaskStanding = { state: "completed", runningSeconds: 99 };

describe("lookAhead", () => {
  it.each([
    { what: "nothing has begun", given: {}, remaining: 40 },
    { what: "the first task has run for 4 s", given: { t0: { state: "running" as const, runningSeconds: 4 } }, remaining: 36 },
    { what: "the first task takes longer than estimated", given: { t0: { state: "running" as const, runningSeconds: 400 } }, remaining: 30 },
    { what: "the longer branch is done", given: { t0: done, t1: done }, remaining: 15 },
    { what: "everything is done", given: { t0: done, t1: done, t2: done, t3: done }, remaining: 0 },
  ])("adds up the longest chain when $what", ({ given, remaining }) => {
    expect(lookAhead(plan, standings(given), undefined)).toEqual({ remainingSeconds: remaining, successProbability: 1 });
  });

  // Chain t0, t1, t3: mean 40; spread √(5² + 10² + 5²) = √150 = 12.247.
  it.each([
    { left: 40, chance: 0.5 },
    // (52.247 − 40) / 12.247 = 1: Φ(1) = 0.8413.
    { left: 52.247, chance: 0.841 },
    // −1.
    { left: 27.753, chance: 0.159 },
    // (64 − 40) / 12.247 = 1.96: Φ(1.96) = 0.975.
    { left: 64, chance: 0.975 },
    { left: 0, chance: 0 },
    { left: -5, chance: 0 },
  ])("gives $left s a chance of $chance", ({ left, chance }) => {
    expect(lookAhead(plan, standings({}), left).successProbability).toBe(chance);
  });

  it.each([
    { left: 1, chance: 1 },
    { left: 0, chance: 1 },
    { left: -1, chance: 0 },
  ])("with nothing left to do and $left s to go is $chance", ({ left, chance }) => {
    expect(lookAhead(plan, standings({ t0: done, t1: done, t2: done, t3: done }), left).successProbability).toBe(chance);
  });
});
