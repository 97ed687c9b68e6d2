import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decompose } from "../../../../shared/workflow/plan/decompose.ts";
import { formatFlow, orderOf } from "../../../../shared/workflow/plan/flow.ts";
import { buildGraph, type Graph, predsOf, topologicalOrder } from "../../../../shared/workflow/plan/graph.ts";
import { transitiveReduction } from "../../../../shared/workflow/plan/transitive-reduction.ts";
import { SHAPES } from "../compiler/shapes.ts";
import { recordedGraphs } from "../../../fixtures/workflow/workflows.ts";
import { acyclicGraphs, closureOf, containsN, seriesParallelOrders } from "../../../fixtures/workflow/random-graphs.ts";

function reduced(inputs: number[][]): Graph {
  const graph = buildGraph(inputs);
  return transitiveReduction(graph, topologicalOrder(graph));
}

const seconds = (size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, node) => 1 + ((node * 37) % 11));
const flowOf = (graph: Graph) => decompose(graph, seconds(graph.size));

function waits(graph: Graph): [number, number][] {
  const { isBefore } = orderOf(flowOf(graph), graph.size);
  return Array.from({ length: graph.size }, (_, v) => v).flatMap((v) =>
    [...predsOf(graph, v)].filter((u) => !isBefore(u, v)).map((u): [number, number] => [u, v]),
  );
}

describe("decompose", () => {
  it.each([
    { shape: "one task", inputs: [[]], flow: "0" },
    { shape: "a chain", inputs: [[], [0], [1]], flow: "0;1;2" },
    { shape: "islands", inputs: [[], [], []], flow: "(0|1|2)" },
    { shape: "a diamond", inputs: [[], [0], [0], [1, 2]], flow: "0;(1|2);3" },
    {
      shape: "a full join of two by two, without a node between",
      inputs: [[], [], [0, 1], [0, 1]],
      flow: "(0|1);(2|3)",
    },
    { shape: "chains side by side", inputs: [[], [], [0], [1], [2, 3]], flow: "(0;2|1;3);4" },
    { shape: "a fork that never joins", inputs: [[], [0], [0], [1]], flow: "0;(1;3|2)" },
  ])("draws $shape", ({ inputs, flow }) => {
    expect(formatFlow(flowOf(reduced(inputs)))).toBe(flow);
  });

  it("cuts the one edge that makes an N, and keeps the input expected last", () => {
    const graph = reduced([[], [], [0, 1], [1]]);
    expect(formatFlow(decompose(graph, Float64Array.of(9, 1, 1, 1)))).toBe("(0;2|1;3)");
    expect(formatFlow(decompose(graph, Float64Array.of(1, 9, 1, 1)))).toBe("(0|1;(2|3))");
  });

  it("keeps a part with an N inside the region it belongs to", () => {
    // 0 forks to an N over 1 2 3 4, which joins in 5: nothing of the N may run beside 5.
    expect(formatFlow(flowOf(reduced([[], [0], [0], [1, 2], [2], [3, 4]])))).toMatch(/^0;\(.*\);5$/);
  });

  it("puts two N's that a full join separates one after the other", () => {
    const graph = reduced([[], [], [0, 1], [1], [2, 3], [2, 3], [4, 5], [5]]);
    expect(formatFlow(flowOf(graph))).toMatch(/^\([0-3;|()]+\);\([4-7;|()]+\)$/);
    expect(waits(graph)).toHaveLength(2);
  });

  it.each([
    { name: "bwa-chameleon-large-003", count: 0 },
    { name: "cycles-chameleon-5l-1c-9p-001", count: 89 },
    { name: "CyberShake_100", count: 51 },
    { name: "montage-chameleon-2mass-025d-001", count: 424 },
    { name: "soykb-chameleon-40fastq-10ch-001", count: 212 },
  ])("cuts no more than $count edges of $name", ({ name, count }) => {
    const recorded = recordedGraphs().find((each) => each.name === name);
    const graph = reduced(recorded?.pred ?? []);
    const { isBefore } = orderOf(decompose(graph, Float64Array.from(recorded?.w ?? [])), graph.size);
    const cuts = Array.from({ length: graph.size }, (_, v) => [...predsOf(graph, v)].filter((u) => !isBefore(u, v)));
    expect(cuts.flat().length).toBeLessThanOrEqual(count);
  });

  it("loses no edge exactly when no four tasks form an N", () => {
    fc.assert(
      fc.property(acyclicGraphs(9), (inputs) => {
        expect(waits(reduced(inputs)).length > 0).toBe(containsN(closureOf(inputs)));
      }),
      { numRuns: 500 },
    );
  });

  it("loses no edge of an order composed in series and parallel", () => {
    fc.assert(
      fc.property(seriesParallelOrders(60), (inputs) => {
        expect(waits(reduced(inputs))).toEqual([]);
      }),
    );
  });

  it("orders nothing that the graph does not order, and places every task once", () => {
    fc.assert(
      fc.property(acyclicGraphs(60), (inputs) => {
        const flow = flowOf(reduced(inputs));
        const before = closureOf(inputs);
        const { isBefore } = orderOf(flow, inputs.length);
        const extra = inputs.flatMap((_, u) =>
          inputs.flatMap((__, v) => (isBefore(u, v) && before[u]?.[v] !== true ? [[u, v]] : [])),
        );
        expect(extra).toEqual([]);
        const placed = (formatFlow(flow).match(/\d+/g) ?? []).map(Number).sort((a, b) => a - b);
        expect(placed).toEqual(inputs.map((_, node) => node));
      }),
    );
  });

  it("leaves each join of a grid at least one input that needs no wait", () => {
    const graph = reduced(SHAPES["grid"]?.(400) ?? []);
    expect(waits(graph).length).toBeLessThanOrEqual(19 * 19);
  });

  it.each(Object.entries(SHAPES))("nests no deeper than 33 Parallel states in a shape of 4 000: %s", (_, draw) => {
    const flow = formatFlow(flowOf(reduced(draw(4_000))));
    let depth = 0;
    let deepest = 0;
    for (const letter of flow) {
      if (letter === "(") deepest = Math.max(deepest, ++depth);
      if (letter === ")") depth--;
    }
    expect(deepest).toBeLessThanOrEqual(33);
  });
});
