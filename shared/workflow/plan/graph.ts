import { present } from "../../core/present.ts";

/** A directed graph in compressed rows: the inputs of `v` are `preds[predStart[v] … predStart[v + 1] - 1]`. */
export interface Graph {
  readonly size: number;
  readonly predStart: Int32Array;
  readonly preds: Int32Array;
  readonly succStart: Int32Array;
  readonly succs: Int32Array;
}

/** Reads element `index`, which the caller knows to exist: only the type system doubts it. */
export function at(numbers: Int32Array | Float64Array | readonly number[], index: number): number {
  const value = numbers[index];
  if (value === undefined) throw new RangeError(`index ${index} is outside 0 … ${numbers.length - 1}`);
  return value;
}

/** Builds a graph from the inputs of each node. O(nodes + edges). */
export function buildGraph(inputs: readonly (readonly number[])[]): Graph {
  const size = inputs.length;
  const predStart = new Int32Array(size + 1);
  const succStart = new Int32Array(size + 1);
  for (const [v, row] of inputs.entries()) {
    predStart[v + 1] = at(predStart, v) + row.length;
    for (const u of row) succStart[u + 1] = at(succStart, u + 1) + 1;
  }
  for (let v = 0; v < size; v++) succStart[v + 1] = at(succStart, v + 1) + at(succStart, v);
  const preds = new Int32Array(at(predStart, size));
  const succs = new Int32Array(preds.length);
  const fill = succStart.slice();
  for (const [v, row] of inputs.entries()) {
    preds.set(row, at(predStart, v));
    for (const u of row) {
      const slot = at(fill, u);
      succs[slot] = v;
      fill[u] = slot + 1;
    }
  }
  return { size, predStart, preds, succStart, succs };
}

/** The inputs of `v`, in the order they were given. A view, not a copy. */
export function predsOf(graph: Graph, v: number): Int32Array {
  return graph.preds.subarray(graph.predStart[v], graph.predStart[v + 1]);
}

/** The nodes that have `v` as an input, ascending. A view, not a copy. */
export function succsOf(graph: Graph, v: number): Int32Array {
  return graph.succs.subarray(graph.succStart[v], graph.succStart[v + 1]);
}

/** Kahn's order, ties by index. Shorter than the graph exactly when there is a cycle. O(nodes + edges). */
export function topologicalOrder(graph: Graph): Int32Array {
  const { size, predStart, succStart, succs } = graph;
  const order = new Int32Array(size);
  const missing = new Int32Array(size);
  let filled = 0;
  for (let v = 0; v < size; v++) {
    missing[v] = at(predStart, v + 1) - at(predStart, v);
    if (missing[v] === 0) order[filled++] = v;
  }
  for (let next = 0; next < filled; next++) {
    const u = at(order, next);
    const end = at(succStart, u + 1);
    for (let edge = at(succStart, u); edge < end; edge++) {
      const v = at(succs, edge);
      const left = at(missing, v) - 1;
      missing[v] = left;
      if (left === 0) order[filled++] = v;
    }
  }
  return order.subarray(0, filled);
}

/**
 * Cycles of a graph, at least one for every independent knot: each node waits for the next, the last for the first.
 * Empty for a graph without cycles. O(nodes + edges).
 */
export function findCycles(graph: Graph): number[][] {
  const stuck = new Uint8Array(graph.size).fill(1);
  for (const v of topologicalOrder(graph)) stuck[v] = 0;
  const seenBy = new Int32Array(graph.size).fill(-1);
  const cycles: number[][] = [];
  for (let start = 0; start < graph.size; start++) {
    if (stuck[start] === 0 || seenBy[start] !== -1) continue;
    const walk: number[] = [];
    let v = start;
    while (seenBy[v] === -1) {
      seenBy[v] = start;
      walk.push(v);
      // Kahn leaves a node over only if one of its inputs is left over too.
      v = present(predsOf(graph, v).find((input) => stuck[input] === 1));
    }
    if (seenBy[v] === start) cycles.push(smallestFirst(walk.slice(walk.indexOf(v))));
  }
  return cycles;
}

/** Turns a cycle so that it starts at its smallest node: one cycle, one spelling. */
function smallestFirst(cycle: readonly number[]): number[] {
  const start = cycle.indexOf(Math.min(...cycle));
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

/** Numbers the parts that no edge connects, by their smallest nodes: the part of each node. O(nodes + edges). */
export function componentsOf(graph: Graph): Int32Array {
  const parts = new Int32Array(graph.size).fill(-1);
  const reached = new Int32Array(graph.size);
  let count = 0;
  for (let start = 0; start < graph.size; start++) {
    if (parts[start] !== -1) continue;
    let filled = 0;
    const reach = (v: number): void => {
      if (parts[v] !== -1) return;
      parts[v] = count;
      reached[filled++] = v;
    };
    reach(start);
    for (let next = 0; next < filled; next++) {
      const v = at(reached, next);
      predsOf(graph, v).forEach(reach);
      succsOf(graph, v).forEach(reach);
    }
    count++;
  }
  return parts;
}

/** The number of edges on the longest path into each node. */
export function levelsOf(graph: Graph, order: Int32Array): Int32Array {
  const levels = new Int32Array(graph.size);
  for (const v of order) {
    let level = 0;
    for (const u of predsOf(graph, v)) level = Math.max(level, at(levels, u) + 1);
    levels[v] = level;
  }
  return levels;
}

/** When each node ends if it starts the moment its last input ends and takes `seconds[v]`. */
export function earliestFinish(graph: Graph, order: Int32Array, seconds: Float64Array): Float64Array {
  const finish = new Float64Array(graph.size);
  for (const v of order) {
    let start = 0;
    for (const u of predsOf(graph, v)) start = Math.max(start, at(finish, u));
    finish[v] = start + at(seconds, v);
  }
  return finish;
}

/** The longest path by time, first to last; among equals the one through smaller indices. */
export function criticalPath(graph: Graph, finish: Float64Array): number[] {
  let v = 0;
  for (let u = 1; u < graph.size; u++) if (at(finish, u) > at(finish, v)) v = u;
  const path = [v];
  for (let row = predsOf(graph, v); row.length > 0; row = predsOf(graph, v)) {
    v = row.reduce((best, u) => (at(finish, u) > at(finish, best) ? u : best));
    path.push(v);
  }
  return path.reverse();
}

/** The largest number of nodes at work at one moment when each starts as early as it can. O(n log n). */
export function peakParallelism(finish: Float64Array, seconds: Float64Array): number {
  const starts = finish.map((end, v) => end - at(seconds, v)).sort();
  const ends = finish.slice().sort();
  let peak = 0;
  let ended = 0;
  for (let started = 0; started < starts.length; started++) {
    // Sums of floats in two orders may differ by a rounding; a task that ends as another starts must not overlap it.
    const now = at(starts, started) * (1 + 1e-12);
    while (ended < ends.length && at(ends, ended) <= now) ended++;
    peak = Math.max(peak, started + 1 - ended);
  }
  return peak;
}
