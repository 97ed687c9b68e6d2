import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AliasTable } from "../../../../shared/agents/routing/alias-table.ts";

/** How much of the numbers of [0, 1) stands for each weight. */
function shares(weights: readonly number[]): number[] {
  const table = new AliasTable(weights);
  const counts = weights.map(() => 0);
  for (let draw = 0; draw < 2000; draw += 1) counts[table.draw((draw + 0.5) / 2000) ?? -1]! += 1;
  return counts.map((count) => count / 2000);
}

describe("a table of weights", () => {
  it("gives each number as often as its weight says", () => {
    const weights = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 6 }).filter((list) => list.some((weight) => weight > 0));
    fc.assert(
      fc.property(weights, (list) => {
        const total = list.reduce((sum, weight) => sum + weight, 0);
        for (const [index, share] of shares(list).entries()) expect(Math.abs(share - (list[index] ?? 0) / total)).toBeLessThan(0.01);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it("takes weights that are all nothing for equal ones, and gives nothing without any", () => {
    expect(shares([0, 0, 0, 0])).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(new AliasTable([]).draw(0.5)).toBeUndefined();
  });
});
