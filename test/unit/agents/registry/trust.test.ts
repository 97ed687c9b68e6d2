import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ageEvidence, mergeEvidence, trustScore, type TrustEvidence } from "../../../../shared/agents/registry/trust.ts";

const NOW = Date.UTC(2026, 10, 21);
const DAY_MS = 86_400_000;
const tasks = (completed: number, failed = 0, daysAgo = 0): TrustEvidence => ({ completed, failed, at: NOW - daysAgo * DAY_MS });

const evidences = fc.record({
  completed: fc.double({ min: 0, max: 5000, noNaN: true }),
  failed: fc.double({ min: 0, max: 5000, noNaN: true }),
  at: fc.integer({ min: NOW - 60 * DAY_MS, max: NOW }),
});
const moments = fc.integer({ min: NOW - 60 * DAY_MS, max: NOW });
const SLACK = 1e-9;

describe("trustScore", () => {
  it.each([
    { what: "a stranger", evidence: undefined, score: 2.5 },
    { what: "15 completed tasks", evidence: tasks(15), score: 4 },
    { what: "15 completed tasks and one failed", evidence: tasks(15, 1), score: 3.448 },
    { what: "one failed task", evidence: tasks(0, 1), score: 1.786 },
    { what: "ten failed tasks", evidence: tasks(0, 10), score: 0.5 },
    { what: "100 000 completed tasks", evidence: tasks(100_000), score: 4.773 },
    { what: "2 % failures of many", evidence: tasks(98_000, 2000), score: 4.44 },
    { what: "5 % failures of many", evidence: tasks(95_000, 5000), score: 4 },
    { what: "10 % failures of many", evidence: tasks(9000, 1000), score: 3.393 },
    { what: "15 completed tasks a week ago", evidence: tasks(15, 0, 7), score: 3.571 },
    { what: "15 completed tasks a year ago", evidence: tasks(15, 0, 365), score: 2.5 },
  ])("gives $score for $what", ({ evidence, score }) => {
    expect(trustScore(evidence, NOW)).toBeCloseTo(score, 3);
  });

  it("stays from 0 to 5", () => {
    fc.assert(
      fc.property(evidences, (evidence) => {
        const score = trustScore(evidence, NOW);
        return score >= 0 && score <= 5;
      }),
    );
  });

  it("is never lowered by a success, whenever it was", () => {
    fc.assert(fc.property(evidences, moments, (evidence, at) => trustScore(mergeEvidence(evidence, { completed: 1, failed: 0, at }), NOW) >= trustScore(evidence, NOW) - SLACK));
  });

  it("is never raised by a failure, whenever it was", () => {
    fc.assert(fc.property(evidences, moments, (evidence, at) => trustScore(mergeEvidence(evidence, { completed: 0, failed: 1, at }), NOW) <= trustScore(evidence, NOW) + SLACK));
  });

  it("drifts to neutral, never away from it and never past it", () => {
    fc.assert(
      fc.property(evidences, fc.nat(100), (evidence, days) => {
        const [before, after] = [trustScore(evidence, NOW) - 2.5, trustScore(evidence, NOW + days * DAY_MS) - 2.5];
        return Math.abs(after) <= Math.abs(before) + SLACK && before * after >= -SLACK;
      }),
    );
  });

  it("loses more by one failure than it gained by the success before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), (completed) => {
        const [before, gained] = [trustScore(tasks(completed), NOW), trustScore(tasks(completed + 1), NOW)];
        return before - trustScore(tasks(completed, 1), NOW) > gained - before;
      }),
    );
  });
});

describe("mergeEvidence", () => {
  it("does not depend on order, but for rounding", () => {
    fc.assert(
      fc.property(evidences, evidences, evidences, (a, b, c) => {
        const [left, right] = [mergeEvidence(mergeEvidence(a, b), c), mergeEvidence(c, mergeEvidence(b, a))];
        expect(left.completed).toBeCloseTo(right.completed, 6);
        expect(left.failed).toBeCloseTo(right.failed, 6);
        expect(left.at).toBe(right.at);
      }),
    );
  });

  it("halves what is seven days older", () => {
    expect(mergeEvidence(tasks(8, 4, 7), tasks(1, 0))).toEqual({ completed: 5, failed: 2, at: NOW });
    expect(ageEvidence(tasks(8, 4), NOW + 14 * DAY_MS)).toEqual({ completed: 2, failed: 1, at: NOW + 14 * DAY_MS });
  });
});
