import { alg, Graph as ReadableGraph } from "@dagrejs/graphlib";
import { findCycles, type Graph, predsOf, topologicalOrder } from "./graph.ts";

/** Nodes each of which waits, over whatever detours, for every other one. */
export interface Knot {
  /** Ascending. */
  readonly members: readonly number[];
  /** One way round, from its smallest node: each waits for the next, the last for the first. */
  readonly cycle: readonly number[];
}

/**
 * graphlib's Tarjan recurses, three frames to a node, and runs out of Node's usual stack between 2 000 and 3 000 nodes in
 * a row. Up to this many nodes it needs a quarter of that stack.
 */
export const KNOT_SEARCH_NODES = 500;

/**
 * Every knot of a graph, by its smallest member; empty for a graph without cycles.
 *
 * With more than `KNOT_SEARCH_NODES` nodes in and behind cycles, it finds what `findCycles` finds: at least one cycle of
 * every independent knot, without the knot's other members. O(nodes + edges).
 */
export function findKnots(graph: Graph): Knot[] {
  const stuck = stuckNodes(graph);
  if (stuck.length === 0) return [];
  if (stuck.length > KNOT_SEARCH_NODES) {
    return findCycles(graph).map((cycle) => ({ members: cycle.toSorted((a, b) => a - b), cycle }));
  }
  const components = alg.findCycles(readable(graph, stuck)).map((names) => names.map(nodeOf).sort((a, b) => a - b));
  return components
    .sort(([a = 0], [b = 0]) => a - b)
    .map((members) => ({ members, cycle: shortestCycle(graph, members) }));
}

/** What Kahn's order leaves over: the nodes of cycles, and those that wait for them. */
function stuckNodes(graph: Graph): number[] {
  const order = topologicalOrder(graph);
  if (order.length === graph.size) return [];
  const isOrdered = new Uint8Array(graph.size);
  for (const v of order) isOrdered[v] = 1;
  return [...isOrdered.keys()].filter((v) => isOrdered[v] === 0);
}

const nameOf = (node: number): string => `node:${node}`;
const nodeOf = (name: string): number => Number(name.slice("node:".length));

function readable(graph: Graph, nodes: readonly number[]): ReadableGraph {
  const copy = new ReadableGraph();
  for (const v of nodes) copy.setNode(nameOf(v));
  for (const v of nodes) {
    for (const u of predsOf(graph, v)) if (copy.hasNode(nameOf(u))) copy.setEdge(nameOf(v), nameOf(u));
  }
  return copy;
}

/** The shortest way round through the smallest member. */
function shortestCycle(graph: Graph, members: readonly number[]): number[] {
  const [start = 0] = members;
  const isMember = new Set(members);
  const wayTo = new Map([[start, [start]]]);
  for (const [v, way] of wayTo) {
    for (const u of predsOf(graph, v)) {
      if (u === start) return way;
      if (isMember.has(u) && !wayTo.has(u)) wayTo.set(u, [...way, u]);
    }
  }
  throw new RangeError(`node ${start} is on no cycle`);
}
