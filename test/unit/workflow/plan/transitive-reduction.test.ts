import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildGraph, predsOf, topologicalOrder } from "../../../../shared/workflow/plan/graph.ts";
import { transitiveReduction } from "../../../../shared/workflow/plan/transitive-reduction.ts";
import { acyclicGraphs, closureOf } from "../../../fixtures/workflow/random-graphs.ts";

function reduce(inputs: number[][]): number[][] {
  const graph = buildGraph(inputs);
  const reduced = transitiveReduction(graph, topologicalOrder(graph));
  return inputs.map((_, node) => [...predsOf(reduced, node)]);
}

describe("transitive reduction", () => {
  it.each([
    { shape: "a shortcut", inputs: [[], [0], [0, 1]], reduced: [[], [0], [1]] },
    { shape: "a diamond, which has none", inputs: [[], [0], [0], [1, 2]], reduced: [[], [0], [0], [1, 2]] },
    { shape: "everything a chain implies", inputs: [[], [0], [1, 0], [0, 1, 2]], reduced: [[], [0], [1], [2]] },
    { shape: "the same inputs twice in a row", inputs: [[], [0], [0, 1], [0, 1]], reduced: [[], [0], [1], [1]] },
    { shape: "nothing of what is left, order included", inputs: [[], [], [1, 0]], reduced: [[], [], [1, 0]] },
  ])("removes $shape", ({ inputs, reduced }) => {
    expect(reduce(inputs)).toEqual(reduced);
  });

  it("keeps exactly the edges that no third node implies", () => {
    fc.assert(
      fc.property(acyclicGraphs(90), (inputs) => {
        const before = closureOf(inputs);
        const needed = inputs.map((row, v) =>
          row.filter((u) => !row.some((w) => before[u]?.[w] === true && before[w]?.[v] === true)),
        );
        expect(reduce(inputs)).toEqual(needed);
      }),
    );
  });
});
