import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AliasTable } from "../../../../shared/agents/routing/alias-table.ts";
import { fairSchedule } from "../../../../shared/agents/routing/fair-schedule.ts";
import { hashText, mixBits } from "../../../../shared/agents/routing/hash.ts";
import { IndexHeap } from "../../../../shared/agents/routing/index-heap.ts";
import { chiSquare, seeded } from "./targets.ts";

describe("AliasTable", () => {
  it("gives every number exactly its share of the random line", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 12 }), (weights) => {
        const table = new AliasTable(weights);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const steps = 20_000;
        const counts = weights.map(() => 0);
        for (let step = 0; step < steps; step += 1) {
          const drawn = table.draw((step + 0.5) / steps) ?? -1;
          counts[drawn] = (counts[drawn] ?? 0) + 1;
        }
        for (const [index, weight] of weights.entries()) {
          const share = total === 0 ? 1 / weights.length : weight / total;
          // Each column's two parts may each be off by one step.
          expect(Math.abs((counts[index] ?? 0) - share * steps)).toBeLessThanOrEqual(weights.length + 1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("draws nothing from no weights", () => {
    expect(new AliasTable([]).draw(0.5)).toBeUndefined();
  });

  it("stays in range at the ends of the line", () => {
    expect([0, 1 - Number.EPSILON / 2].map((random) => new AliasTable([1, 2, 3]).draw(random))).toEqual([0, 2]);
  });
});

describe("fairSchedule", () => {
  it.each([
    { weights: [1, 1, 1], cycle: [0, 1, 2] },
    { weights: [4, 4], cycle: [0, 1] },
    { weights: [2, 1, 1], cycle: [0, 1, 0, 2] },
    { weights: [0, 0], cycle: [0, 1] },
    { weights: [0, 3], cycle: [1] },
    { weights: [], cycle: [] },
  ])("makes $cycle of $weights", ({ weights, cycle }) => {
    expect([...fairSchedule(weights)]).toEqual(cycle);
  });

  it("gives each its share after any number of turns, give or take less than one", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(16), { minLength: 1, maxLength: 40 }), (drawn) => {
        const weights = drawn.every((weight) => weight === 0) ? drawn.map(() => 1) : drawn;
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const counts = weights.map(() => 0);
        const cycle = fairSchedule(drawn);
        for (const [turn, index] of cycle.entries()) {
          counts[index] = (counts[index] ?? 0) + 1;
          for (const [other, weight] of weights.entries()) {
            expect(Math.abs((counts[other] ?? 0) - ((turn + 1) * weight) / total)).toBeLessThan(1);
          }
        }
        for (const [index, weight] of weights.entries()) expect((counts[index] ?? 0) * total).toBe(weight * cycle.length);
      }),
    );
  });
});

describe("IndexHeap", () => {
  it("hands numbers out by key, then by number", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 60 }), (keys) => {
        const heap = new IndexHeap(keys.length);
        for (const [index, key] of keys.entries()) heap.push(index, key);
        const expected = [...keys.keys()].sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
        expect(keys.map(() => heap.pop())).toEqual(expected);
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });

  it("keeps its order when the first number's key grows", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 60 }), (keys, growths) => {
        const heap = new IndexHeap(keys.length);
        const model = keys.map((key, index) => ({ key, index }));
        for (const [index, key] of keys.entries()) heap.push(index, key);
        for (const by of growths) {
          const [first] = model.sort((a, b) => a.key - b.key || a.index - b.index);
          expect(heap.top).toBe(first?.index);
          heap.raiseTop(by);
          if (first !== undefined) first.key += by;
        }
      }),
    );
  });
});

describe("hashText", () => {
  it("is the same in every process", () => {
    expect([hashText(""), hashText("agent-1"), hashText("agent-1", 1), mixBits(1)]).toMatchInlineSnapshot(`
      [
        2872998923,
        2146876314,
        644299298,
        1364076727,
      ]
    `);
  });

  it("spreads similar texts evenly", () => {
    const counts = Array.from({ length: 64 }, () => 0);
    for (let index = 0; index < 64_000; index += 1) {
      const bucket = hashText(`execution-${index}`) >>> 26;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    // 63 degrees of freedom: above 103 once in a thousand times.
    expect(chiSquare(counts, counts.map(() => 1))).toBeLessThan(103);
  });
});

describe("the seeded random numbers of these tests", () => {
  it("are even", () => {
    const random = seeded(7);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 10_000; index += 1) {
      const bucket = Math.floor(random() * 10);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    // 9 degrees of freedom: above 27.9 once in a thousand times.
    expect(chiSquare(counts, counts.map(() => 1))).toBeLessThan(27.9);
  });
});
