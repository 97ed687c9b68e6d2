/** The linear passes on arrays, held to graphlib on graphs that are small enough for it. */
import { alg, Graph as ReadableGraph } from "@dagrejs/graphlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildGraph, componentsOf, findCycles, predsOf, topologicalOrder } from "../../../../shared/workflow/plan/graph.ts";
import { findKnots } from "../../../../shared/workflow/plan/knots.ts";
import { transitiveReduction } from "../../../../shared/workflow/plan/transitive-reduction.ts";
import { acyclicGraphs } from "../../../fixtures/workflow/random-graphs.ts";

/** Inputs of each node, any of the others. */
const graphs = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc.tuple(...Array.from({ length: size }, (_, node) =>
    fc.uniqueArray(fc.nat({ max: size - 1 }), { maxLength: 3 }).map((row) => row.filter((input) => input !== node)),
  )),
);

/** An edge from each input to the node that waits for it. */
function readable(inputs: readonly (readonly number[])[]): ReadableGraph {
  const graph = new ReadableGraph();
  for (const v of inputs.keys()) graph.setNode(`n${v}`);
  for (const [v, row] of inputs.entries()) for (const u of row) graph.setEdge(`n${u}`, `n${v}`);
  return graph;
}

const sets = (groups: readonly (readonly string[])[]): string[] => groups.map((group) => group.toSorted().join(" ")).sort();
const named = (nodes: Iterable<number>): string[] => Array.from(nodes, (v) => `n${v}`);

/** The nodes from which a node is reached, for each node: graphlib goes against the edges. */
function ancestors(inputs: readonly (readonly number[])[]): string[][] {
  const backwards = new ReadableGraph();
  for (const v of inputs.keys()) backwards.setNode(`n${v}`);
  for (const [v, row] of inputs.entries()) for (const u of row) backwards.setEdge(`n${v}`, `n${u}`);
  return inputs.map((_, v) => alg.preorder(backwards, `n${v}`).sort());
}

describe("the passes on arrays agree with graphlib", () => {
  it("on whether there is an order, and on the order", () => {
    fc.assert(
      fc.property(graphs, (inputs) => {
        const order = topologicalOrder(buildGraph(inputs));
        expect(order.length === inputs.length).toBe(alg.isAcyclic(readable(inputs)));
      }),
    );
    fc.assert(
      fc.property(acyclicGraphs(40), (inputs) => {
        const order = named(topologicalOrder(buildGraph(inputs)));
        expect(order.toSorted()).toEqual(alg.topsort(readable(inputs)).sort());
        const graph = readable(inputs);
        const isInOrder = graph.edges().every(({ v, w }) => order.indexOf(v) < order.indexOf(w));
        expect(isInOrder).toBe(true);
      }),
    );
  });

  it("on components", () => {
    fc.assert(
      fc.property(acyclicGraphs(40), (inputs) => {
        const parts = Map.groupBy(componentsOf(buildGraph(inputs)).entries(), ([, part]) => part);
        const ours = [...parts.values()].map((members) => named(members.map(([v]) => v)));
        expect(sets(ours)).toEqual(sets(alg.components(readable(inputs))));
      }),
    );
  });

  it("on knots: all of them, each with a way round inside it", () => {
    fc.assert(
      fc.property(graphs, (inputs) => {
        const knots = findKnots(buildGraph(inputs));
        expect(sets(knots.map(({ members }) => named(members)))).toEqual(sets(alg.findCycles(readable(inputs))));
        for (const { members, cycle } of knots) {
          expect(members).toEqual(expect.arrayContaining([...cycle]));
          expect(cycle.every((v, index) => inputs[v]?.includes(cycle[(index + 1) % cycle.length] ?? -1))).toBe(true);
        }
      }),
    );
  });

  it("on cycles: each inside one knot, one at least when there is a knot", () => {
    fc.assert(
      fc.property(graphs, (inputs) => {
        const knots = alg.findCycles(readable(inputs));
        const cycles = findCycles(buildGraph(inputs));
        expect(cycles.length > 0).toBe(knots.length > 0);
        for (const cycle of cycles) {
          expect(knots.some((knot) => named(cycle).every((name) => knot.includes(name)))).toBe(true);
          expect(cycle.every((v, index) => inputs[v]?.includes(cycle[(index + 1) % cycle.length] ?? -1))).toBe(true);
        }
      }),
    );
  });

  it("on what comes before what, which a reduction leaves as it was with no edge to spare", () => {
    fc.assert(
      fc.property(acyclicGraphs(25), (inputs) => {
        const graph = buildGraph(inputs);
        const reduced = transitiveReduction(graph, topologicalOrder(graph));
        const rows = inputs.map((_, v) => [...predsOf(reduced, v)]);
        expect(ancestors(rows)).toEqual(ancestors(inputs));
        for (const [v, row] of rows.entries()) {
          for (const spare of row) {
            const without = rows.map((each, node) => (node === v ? each.filter((u) => u !== spare) : each));
            expect(ancestors(without)[v]).not.toContain(`n${spare}`);
          }
        }
      }),
    );
  });
});
