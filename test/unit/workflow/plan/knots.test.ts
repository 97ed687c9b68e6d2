import { describe, expect, it } from "vitest";
import { buildGraph } from "../../../../shared/workflow/plan/graph.ts";
import { findKnots, KNOT_SEARCH_NODES } from "../../../../shared/workflow/plan/knots.ts";
import { SHAPES } from "../compiler/shapes.ts";

const ring = (size: number): number[][] => Array.from({ length: size }, (_, node) => [(node + 1) % size]);

describe("knots", () => {
  it.each([
    { shape: "nothing in a diamond", inputs: [[], [0], [0], [1, 2]], knots: [] },
    {
      shape: "each of two knots, though one waits for the other",
      inputs: [[1], [0], [0, 3], [2]],
      knots: [
        { members: [0, 1], cycle: [0, 1] },
        { members: [2, 3], cycle: [2, 3] },
      ],
    },
    {
      shape: "the short way round and everybody who is caught",
      inputs: [[1], [2], [3, 0], [0], [3]],
      knots: [{ members: [0, 1, 2, 3], cycle: [0, 1, 2] }],
    },
    { shape: "the knot and not what hangs on it", inputs: [[], [0, 2], [1], [2]], knots: [{ members: [1, 2], cycle: [1, 2] }] },
  ])("finds $shape", ({ inputs, knots }) => {
    expect(findKnots(buildGraph(inputs))).toEqual(knots);
  });

  it("finds one ring of as many nodes as graphlib is asked about", () => {
    const [knot, ...others] = findKnots(buildGraph(ring(KNOT_SEARCH_NODES)));
    expect(knot?.cycle).toHaveLength(KNOT_SEARCH_NODES);
    expect(others).toEqual([]);
  });

  it("finds a ring of ten thousand without running out of stack", () => {
    const [knot] = findKnots(buildGraph(ring(10_000)));
    expect(knot?.cycle).toHaveLength(10_000);
  });

  it("finds a small knot at either end of a chain of ten thousand", () => {
    const chain = SHAPES["chain"]?.(10_000) ?? [];
    const first = chain.map((row, node) => (node === 0 ? [1] : row));
    const last = chain.map((row, node) => (node === 9_998 ? [9_997, 9_999] : row));
    expect(findKnots(buildGraph(first))).toEqual([{ members: [0, 1], cycle: [0, 1] }]);
    expect(findKnots(buildGraph(last))).toEqual([{ members: [9_998, 9_999], cycle: [9_998, 9_999] }]);
  });
});
