import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../../../shared/core/random-stream.ts";
import { type Activity, quantile, simulate } from "../../../../shared/execution/service-level/monte-carlo.ts";

const RETRY = { maxAttempts: 1, backoff: "none" as const, initialDelaySeconds: 0, maxDelaySeconds: 0, jitter: false, nonRetryable: [], circuitBreaker: true };

/** An activity that takes about `median` seconds and never fails. */
function activity(median: number, more: Partial<Activity> & { sigma?: number; failure?: number; skip?: number } = {}): Activity {
  const { sigma = 0.5, failure = 0, skip = 0, ...rest } = more;
  return { model: { mu: Math.log(median), sigma, failure, skip }, needs: [], timeoutSeconds: Infinity, retry: RETRY, attempts: 0, waitSeconds: 0, isTolerated: false, ...rest };
}

const chain = (length: number, more: Parameters<typeof activity>[1] = {}): Activity[] =>
  Array.from({ length }, (_, index) => activity(10, { ...more, needs: index === 0 ? [] : [index - 1] }));

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (values: Float64Array, limit: number): number => values.filter((value) => value <= limit).length / values.length;
const SAMPLES = 20_000;

describe("randomStream", () => {
  it("is the same for the same seed and another for another", () => {
    const draw = (seed: number) => Array.from({ length: 5 }, randomStream(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("gives what it gave before: a prediction can be made again", () => {
    const stream = randomStream(7);
    expect([stream(), stream(), stream()].map((value) => Math.floor(value * 2 ** 32))).toEqual([2_227_587_444, 4_013_181_673, 3_021_705_339]);
  });

  it("spreads evenly for neighbouring seeds", () => {
    for (const seed of [0, 1, 2, -1, 0xffffffff]) {
      const random = randomStream(seed);
      const bins = new Uint32Array(10);
      for (let draw = 0; draw < 100_000; draw += 1) bins[Math.floor(random() * 10)]! += 1;
      // χ² with nine degrees of freedom stays below 27.9 in 999 of 1000 cases.
      expect(bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
    }
  });
});

describe("simulate", () => {
  it("has quantiles of the log-normal distribution for a single activity", () => {
    const { seconds } = simulate([activity(10, { sigma: 0.5 })], { samples: SAMPLES, seed: 1 });
    // Median 10; nine of ten below 10·exp(0.5 × 1.2816) = 18.98.
    expect(quantile(seconds, 0.5)).toBeCloseTo(10, 0);
    expect(quantile(seconds, 0.9)).toBeGreaterThan(18.5);
    expect(quantile(seconds, 0.9)).toBeLessThan(19.5);
  });

  it("adds up a chain: the mean is the sum of means", () => {
    const { seconds } = simulate(chain(8), { samples: SAMPLES, seed: 2 });
    // 8 × 10 × exp(0.5² / 2) = 90.65; its spread is 8^½ × 11.33 × (e^0.25 − 1)^½ = 17.08, so the mean's is 0.12.
    expect(Math.abs(mean(seconds) - 90.65)).toBeLessThan(4 * 0.121);
  });

  it("takes what lasts exactly as long as it may for done in time", () => {
    const exact = activity(10, { sigma: 0 });
    const { seconds } = simulate([{ ...exact, timeoutSeconds: Math.exp(exact.model.mu) }], { samples: 10, seed: 1 });
    expect(seconds).toHaveLength(10);
  });

  it("waits for the slower of two branches", () => {
    const { seconds } = simulate([activity(10), activity(10), activity(0.001, { sigma: 0, needs: [0, 1] })], { samples: SAMPLES, seed: 3 });
    // Both within 10 s: ½ × ½.
    expect(Math.abs(share(seconds, 10.001) - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / SAMPLES));
  });

  it.each([
    { attempts: 1, before: 0, chance: 0.6 },
    { attempts: 3, before: 0, chance: 1 - 0.4 ** 3 },
    { attempts: 3, before: 2, chance: 0.6 },
  ])("completes a task that fails in 40 % of $attempts attempts, $before of them made, with $chance", ({ attempts, before, chance }) => {
    const unlucky = activity(1, { failure: 0.4, retry: { ...RETRY, maxAttempts: attempts }, attempts: before });
    const { seconds } = simulate([unlucky], { samples: SAMPLES, seed: 4 });
    expect(Math.abs(seconds.length / SAMPLES - chance)).toBeLessThan(4 * Math.sqrt((chance * (1 - chance)) / SAMPLES));
  });

  it("goes on past a failure that is tolerated", () => {
    const { seconds } = simulate([activity(5, { sigma: 0, failure: 1, isTolerated: true }), activity(5, { sigma: 0, needs: [0] })], { samples: 10, seed: 5 });
    expect([...seconds]).toEqual(Array.from({ length: 10 }, () => expect.closeTo(10, 9)));
  });

  it("gives an attempt up at its deadline, and counts the pauses between attempts", () => {
    const slow = activity(100, { sigma: 0, timeoutSeconds: 3, isTolerated: true, retry: { ...RETRY, maxAttempts: 3, backoff: "exponential", initialDelaySeconds: 2, maxDelaySeconds: 60 } });
    // 3 + 2 + 3 + 4 + 3.
    expect([...simulate([slow], { samples: 1, seed: 6 }).seconds]).toEqual([15]);
  });

  it("takes no time for what is skipped", () => {
    const { seconds } = simulate([activity(10, { sigma: 0, skip: 0.25 })], { samples: SAMPLES, seed: 7 });
    expect(Math.abs(share(seconds, 0) - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / SAMPLES));
  });

  it("does not start what must wait before its time", () => {
    const { seconds } = simulate([activity(5, { sigma: 0, waitSeconds: 7 })], { samples: 1, seed: 8 });
    expect(seconds[0]).toBeCloseTo(12, 9);
  });

  it.each([
    // 10·exp(0.5·z) − t, where z cuts the normal tail beyond (ln t − ln 10) ÷ 0.5 in half; by the exact distribution.
    { elapsed: 5, left: 5.534 },
    { elapsed: 10, left: 4.011 },
    { elapsed: 40, left: 4.616 },
  ])("knows that one that runs for $elapsed s takes another $left s, in the middle", ({ elapsed, left }) => {
    const { seconds } = simulate([activity(10, { elapsedSeconds: elapsed })], { samples: SAMPLES, seed: 9 });
    expect(quantile(seconds, 0.5)).toBeGreaterThan(left * 0.95);
    expect(quantile(seconds, 0.5)).toBeLessThan(left * 1.05);
  });

  it("copes with one that runs a million times longer than it should", () => {
    const { seconds } = simulate([activity(1, { sigma: 0.1, elapsedSeconds: 1e6 })], { samples: 100, seed: 10 });
    expect([...seconds].every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
  });

  it("gives the same for the same seed, whatever else was simulated before", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 12 }), (seed, length) => {
        const activities = chain(length, { failure: 0.1, retry: { ...RETRY, maxAttempts: 2 } });
        expect(simulate(activities, { samples: 50, seed }).seconds).toEqual(simulate(activities, { samples: 50, seed }).seconds);
      }),
    );
  });
});
