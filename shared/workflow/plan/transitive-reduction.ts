import { at, buildGraph, type Graph, predsOf } from "./graph.ts";
import { present } from "../../core/present.ts";

/**
 * Removes every edge that a longer path implies. Inputs keep their order.
 *
 * Ancestor sets are bit rows over topological positions: 10 000 nodes take 12.5 MB and O(reduced edges × nodes ÷ 64)
 * word operations. `test/bench/plan-compile` holds the cost.
 */
export function transitiveReduction(graph: Graph, order: Int32Array): Graph {
  const { size } = graph;
  const position = new Int32Array(size);
  for (let index = 0; index < size; index++) position[at(order, index)] = index;
  const words = (size + 31) >>> 5;
  const ancestors = new Uint32Array(words * size);
  const rowOf = (v: number): Uint32Array => ancestors.subarray(at(position, v) * words, (at(position, v) + 1) * words);
  const kept: number[][] = Array.from({ length: size }, () => []);
  let previous = -1;
  for (const v of order) {
    const inputs = predsOf(graph, v);
    // Neighbours in the order often share all their inputs (a full join, a wide fork), and then everything else too.
    if (previous !== -1 && areEqual(inputs, predsOf(graph, previous))) {
      kept[v] = present(kept[previous]);
      rowOf(v).set(rowOf(previous));
      continue;
    }
    kept[v] = neededInputs(inputs, { position, row: rowOf(v), rowOf });
    previous = v;
  }
  return buildGraph(kept);
}

interface AncestorRows {
  readonly position: Int32Array;
  readonly row: Uint32Array;
  readonly rowOf: (v: number) => Uint32Array;
}

/** Fills `row` with all ancestors and returns the inputs that no other input implies. */
function neededInputs(inputs: Int32Array, { position, row, rowOf }: AncestorRows): number[] {
  // Latest input first: whatever is implied is then already in the row when its turn comes.
  const latestFirst = inputs.length > 1 ? inputs.slice().sort((a, b) => at(position, b) - at(position, a)) : inputs;
  const implied = new Set<number>();
  for (const u of latestFirst) {
    const spot = at(position, u);
    const word = spot >>> 5;
    if ((present(row[word]) & (1 << (spot & 31))) !== 0) {
      implied.add(u);
      continue;
    }
    const inputRow = rowOf(u);
    for (let index = 0; index <= word; index++) row[index] = present(row[index]) | present(inputRow[index]);
    row[word] = present(row[word]) | (1 << (spot & 31));
  }
  return Array.from(implied.size === 0 ? inputs : inputs.filter((u) => !implied.has(u)));
}

function areEqual(some: Int32Array, others: Int32Array): boolean {
  return some.length === others.length && some.every((value, index) => value === others[index]);
}
