import { describe, expect, it } from "vitest";
import {
  at,
  buildGraph,
  criticalPath,
  earliestFinish,
  findCycles,
  levelsOf,
  peakParallelism,
  predsOf,
  succsOf,
  topologicalOrder,
} from "../../../../shared/workflow/plan/graph.ts";

const drawn = (inputs: number[][], seconds: number[]) => {
  const graph = buildGraph(inputs);
  const order = topologicalOrder(graph);
  const durations = Float64Array.from(seconds);
  return { graph, order, durations, finish: earliestFinish(graph, order, durations) };
};

describe("a graph", () => {
  it("keeps inputs as given and lists dependents in order", () => {
    const graph = buildGraph([[], [], [1, 0], [2], [2]]);
    expect([...predsOf(graph, 2)]).toEqual([1, 0]);
    expect([...succsOf(graph, 2)]).toEqual([3, 4]);
  });

  it("orders inputs before dependents, ties by index", () => {
    expect([...topologicalOrder(buildGraph([[3], [], [1], [1]]))]).toEqual([1, 2, 3, 0]);
  });

  it.each([
    { shape: "a cycle of two", inputs: [[1], [0]], cycles: [[0, 1]] },
    { shape: "a cycle behind a chain, not the chain itself", inputs: [[], [0, 3], [1], [2], [3]], cycles: [[1, 3, 2]] },
    {
      shape: "two knots at once",
      inputs: [[1], [0], [3], [2]],
      cycles: [
        [0, 1],
        [2, 3],
      ],
    },
    { shape: "nothing in a diamond", inputs: [[], [0], [0], [1, 2]], cycles: [] },
  ])("finds $shape", ({ inputs, cycles }) => {
    expect(findCycles(buildGraph(inputs))).toEqual(cycles);
  });

  it("walks a cycle of ten thousand without running out of stack", () => {
    const [cycle] = findCycles(buildGraph(Array.from({ length: 10_000 }, (_, node) => [(node + 1) % 10_000])));
    expect(cycle).toHaveLength(10_000);
  });

  it.each([
    {
      shape: "a diamond with a slow left side",
      inputs: [[], [0], [0], [1, 2]],
      seconds: [1, 5, 2, 1],
      path: [0, 1, 3],
      total: 7,
      peak: 2,
    },
    { shape: "islands", inputs: [[], [], []], seconds: [2, 9, 4], path: [1], total: 9, peak: 3 },
    {
      shape: "equal branches, by the smaller index",
      inputs: [[], [], [0, 1]],
      seconds: [3, 3, 1],
      path: [0, 2],
      total: 4,
      peak: 2,
    },
    {
      shape: "hand-overs, which do not overlap",
      inputs: [[], [0], [1], []],
      seconds: [0.1, 0.2, 0.3, 0.6],
      path: [0, 1, 2],
      total: 0.6000000000000001,
      peak: 2,
    },
  ])("measures $shape", ({ inputs, seconds, path, total, peak }) => {
    const { graph, durations, finish } = drawn(inputs, seconds);
    expect(criticalPath(graph, finish)).toEqual(path);
    expect(finish.reduce((most, end) => Math.max(most, end))).toBe(total);
    expect(peakParallelism(finish, durations)).toBe(peak);
  });

  it("does not count a hand-over as an overlap when rounding moves the start before the end", () => {
    // 0.24285714285714285 + 0.3 - 0.3 is 0.24285714285714283.
    const { durations, finish } = drawn([[], [0]], [0.24285714285714285, 0.3]);
    expect(peakParallelism(finish, durations)).toBe(1);
  });

  it("puts each node one level below its deepest input", () => {
    const { graph, order } = drawn([[], [0], [0, 1], []], [1, 1, 1, 1]);
    expect([...levelsOf(graph, order)]).toEqual([0, 1, 2, 0]);
  });

  it("refuses to read beyond its end", () => {
    expect(() => at([1, 2], 2)).toThrow(RangeError);
  });
});
