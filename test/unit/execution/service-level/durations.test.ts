import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meanSeconds, modelOf, observe, type Observation, UNOBSERVED } from "../../../../shared/execution/service-level/durations.ts";

const success = (seconds: number, attempts = 1): Observation => ({ outcome: "success", seconds, attempts });
const observeAll = (observations: readonly Observation[]) => observations.reduce(observe, UNOBSERVED);

describe("observe", () => {
  it("keeps mean and spread of the logarithm", () => {
    // ln 1 = 0, ln e² = 2: mean 1, sum of squares 1 + 1.
    expect(observeAll([success(1), success(Math.exp(2))])).toMatchObject({ n: 2, mean: 1, m2: 2, attempts: 2, failures: 0 });
  });

  it("counts attempts that failed before one that did not, and all of a task that failed", () => {
    expect(observeAll([success(1, 3), { outcome: "failed", seconds: 9, attempts: 2 }])).toMatchObject({ n: 1, attempts: 5, failures: 4 });
  });

  it("counts a skipped task apart: it took no time and no attempt", () => {
    expect(observeAll([{ outcome: "skipped", seconds: 0, attempts: 1 }])).toEqual({ n: 0, mean: 0, m2: 0, attempts: 0, failures: 0, skips: 1 });
  });

  it("forgets: after a thousand of one length and two hundred of another the mean is mostly the new one", () => {
    const { n, mean } = observeAll([...Array.from({ length: 1000 }, () => success(1)), ...Array.from({ length: 200 }, () => success(Math.exp(1)))]);
    expect(n).toBeLessThanOrEqual(200);
    // 1 − (199/200)^200 = 0.63.
    expect(mean).toBeCloseTo(0.63, 2);
  });

  it("agrees with two passes over the data", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 150 }), (seconds) => {
        const logs = seconds.map(Math.log);
        const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
        const m2 = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        const observed = observeAll(seconds.map((value) => success(value)));
        expect(observed.mean).toBeCloseTo(mean, 8);
        expect(observed.m2).toBeCloseTo(m2, 6);
      }),
    );
  });
});

describe("modelOf", () => {
  it("is wide around the estimate when nothing was observed", () => {
    const { mu, sigma, failure, skip } = modelOf(30, UNOBSERVED);
    expect({ median: Math.exp(mu), sigma, failure, skip }).toEqual({ median: expect.closeTo(30, 9), sigma: 0.75, failure: 0.02, skip: 0 });
  });

  it("believes ten observations rather than an estimate that is a hundred times off", () => {
    const { mu } = modelOf(300, observeAll(Array.from({ length: 10 }, () => success(3))));
    expect(Math.exp(mu)).toBeGreaterThan(3);
    expect(Math.exp(mu)).toBeLessThan(3.2);
  });

  it("gets narrower with every observation of the same length", () => {
    const widths = [1, 2, 5, 20, 100].map((count) => modelOf(3, observeAll(Array.from({ length: count }, () => success(3)))).sigma);
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
    expect(widths.at(-1)).toBeLessThan(0.12);
  });

  it("learns how often attempts fail, and how often the task is skipped", () => {
    const observed = observeAll([...Array.from({ length: 45 }, () => success(1, 2)), ...Array.from({ length: 5 }, () => ({ outcome: "skipped" as const, seconds: 0, attempts: 1 }))]);
    // 45 of 90 attempts failed; with the prior (45 + 0.2) / (90 + 10).
    expect(modelOf(1, observed)).toMatchObject({ failure: 0.452, skip: 0.1 });
  });
});

describe("meanSeconds", () => {
  it("is the mean of the durations, not of their logarithms", () => {
    expect(meanSeconds(observeAll([success(1), success(Math.exp(2))]))).toBeCloseTo(Math.exp(1.5), 9);
    expect(meanSeconds(UNOBSERVED)).toBeUndefined();
  });
});
