import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countOf, EMPTY_SKETCH, mergeSketches, quantileOf, QuantileSketch, shareUpTo, sketchOf } from "../../../../shared/agents/registry/quantile-sketch.ts";

const DAY_MS = 86_400_000;
const sketched = (values: readonly number[]): QuantileSketch => values.map(sketchOf).reduce(mergeSketches, EMPTY_SKETCH);
const latencies = fc.array(fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: DAY_MS })), { minLength: 1, maxLength: 200 });
const fractions = fc.double({ min: 0, max: 1, noNaN: true });

describe("QuantileSketch", () => {
  it("estimates every quantile within 5 % of the true one", () => {
    fc.assert(
      fc.property(latencies, fractions, (values, q) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
        const estimate = quantileOf(sketched(values), q) ?? Number.NaN;
        return Math.abs(estimate - exact) <= 0.05 * exact * (1 + 1e-9);
      }),
    );
  });

  it("counts the slower of two among the slowest five in a hundred", () => {
    expect(quantileOf(sketched([200, 5300]), 0.95)).toBeGreaterThan(5000);
  });

  it("does not depend on the order of values", () => {
    fc.assert(
      fc.property(
        latencies.chain((values) => fc.tuple(fc.constant(values), fc.shuffledSubarray(values, { minLength: values.length }))),
        ([values, shuffled]) => {
          expect(sketched(shuffled)).toEqual(sketched(values));
        },
      ),
    );
  });

  it("merges into what it would have become of all values", () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        expect(mergeSketches(sketched(a), sketched(b))).toEqual(sketched([...a, ...b]));
      }),
    );
  });

  it("survives JSON", () => {
    fc.assert(
      fc.property(latencies, (values) => {
        expect(QuantileSketch.parse(JSON.parse(JSON.stringify(sketched(values))))).toEqual(sketched(values));
      }),
    );
  });

  it("stays below 2 KB with a hundred million values in every bucket there is", () => {
    const whole = mergeSketches(sketchOf(0), sketchOf(DAY_MS));
    const full = { ...whole, counts: whole.counts.map(() => 99_999_999) };
    expect(whole.counts).toHaveLength(184);
    expect(JSON.stringify(full).length).toBeLessThan(2048);
  });

  it.each([
    { values: [], q: 0.5, result: undefined },
    { values: [0], q: 0.5, result: 1 },
    { values: [0.4, 0.9], q: 1, result: 1 },
  ])("gives $result as quantile $q of $values", ({ values, q, result }) => {
    expect(quantileOf(sketched(values), q)).toBe(result);
  });

  it("takes anything longer than a day for a day", () => {
    expect(sketchOf(10 * DAY_MS)).toEqual(sketchOf(DAY_MS));
  });

  it.each([
    { upTo: 50, share: 0 },
    { upTo: 100, share: 0.25 },
    { upTo: 250, share: 0.5 },
    { upTo: 10_000, share: 1 },
  ])("knows that a share of $share took at most $upTo ms", ({ upTo, share }) => {
    expect(shareUpTo(sketched([100, 200, 400, 800]), upTo)).toBe(share);
  });

  it("counts what it has seen", () => {
    expect([countOf(EMPTY_SKETCH), countOf(sketched([1, 1, 70]))]).toEqual([0, 3]);
    expect(shareUpTo(EMPTY_SKETCH, 5)).toBe(1);
  });
});
