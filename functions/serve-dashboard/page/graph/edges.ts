/** Edges of a graph over `count` nodes, by index: `from[e]` comes before `to[e]`. */
export interface Edges {
  readonly count: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** Neighbours of each node: those behind it, or, with `reversed`, those before it. */
export function neighbours({ count, from, to }: Edges, reversed = false): readonly (readonly number[])[] {
  const lists: number[][] = Array.from({ length: count }, () => []);
  for (let edge = 0; edge < from.length; edge++) {
    const [a, b] = [from[edge] ?? 0, to[edge] ?? 0];
    if (reversed) lists[b]?.push(a);
    else lists[a]?.push(b);
  }
  return lists;
}

/** Everything that can be reached from a node, the node itself included. */
export function reachable(lists: readonly (readonly number[])[], start: number): Set<number> {
  const seen = new Set([start]);
  for (const node of seen) for (const next of lists[node] ?? []) seen.add(next);
  return seen;
}

/** Nodes in an order in which each comes after all before it, and the length of the longest way to it. O(V + E). */
export function layersOf(edges: Edges): { readonly order: Int32Array; readonly layer: Int32Array } {
  const { count, to } = edges;
  const after = neighbours(edges);
  const missing = new Int32Array(count);
  for (const node of to) missing[node] = (missing[node] ?? 0) + 1;
  const order = new Int32Array(count);
  const layer = new Int32Array(count);
  const isRoot = Uint8Array.from(missing, (inputs) => (inputs === 0 ? 1 : 0));
  let tail = 0;
  for (let node = 0; node < count; node++) if (isRoot[node] === 1) order[tail++] = node;
  for (let head = 0; head < tail; head++) {
    const node = order[head] ?? 0;
    for (const next of after[node] ?? []) {
      layer[next] = Math.max(layer[next] ?? 0, (layer[node] ?? 0) + 1);
      missing[next] = (missing[next] ?? 0) - 1;
      if (missing[next] === 0) order[tail++] = next;
    }
  }
  // A root stands right before what needs it first, not at the far left.
  for (let node = 0; node < count; node++) {
    const next = after[node] ?? [];
    if (isRoot[node] === 1 && next.length > 0) layer[node] = Math.min(...next.map((other) => layer[other] ?? 0)) - 1;
  }
  return { order, layer };
}

/** Above this the bit sets would take more memory than the picture is worth: 12 000² ÷ 8 is 18 MB. */
const REDUCED_NODES = 12_000;

/** Which edges no longer path implies: 1 for each to be drawn. Bit sets from the last node to the first. */
export function necessaryEdges(edges: Edges, order: Int32Array, layer: Int32Array): Uint8Array {
  const { count, from, to } = edges;
  const isNeeded = new Uint8Array(from.length).fill(1);
  if (count > REDUCED_NODES) return isNeeded;
  const words = (count + 31) >> 5;
  const reach = new Uint32Array(count * words);
  const outgoing: number[][] = Array.from({ length: count }, () => []);
  for (let edge = 0; edge < from.length; edge++) outgoing[from[edge] ?? 0]?.push(edge);
  const layerOf = (edge: number): number => layer[to[edge] ?? 0] ?? 0;
  for (let index = count - 1; index >= 0; index--) {
    const node = order[index] ?? 0;
    const row = node * words;
    for (const edge of (outgoing[node] ?? []).sort((a, b) => layerOf(a) - layerOf(b))) {
      const target = to[edge] ?? 0;
      const [word, bit] = [row + (target >> 5), 1 << (target & 31)];
      if (((reach[word] ?? 0) & bit) !== 0) {
        isNeeded[edge] = 0;
        continue;
      }
      for (let at = 0; at < words; at++) reach[row + at] = (reach[row + at] ?? 0) | (reach[target * words + at] ?? 0);
      reach[word] = (reach[word] ?? 0) | bit;
    }
  }
  return isNeeded;
}
