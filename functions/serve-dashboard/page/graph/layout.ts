import { type Edges, layersOf, necessaryEdges, neighbours } from "./edges.ts";

/** Where nodes go. */
export interface Place {
  /** Column of each node. */
  readonly layer: Int32Array;
  /** Row of each node, in heights of one node; rows of a column lie around 0. */
  readonly row: Float64Array;
  readonly layers: number;
  /** Nodes of each column from top to bottom. */
  readonly columns: readonly (readonly number[])[];
  /** 1 for edges to be drawn; the others follow from longer paths. */
  readonly isDrawn: Uint8Array;
  /** Of an edge over several columns: its row in each column that it crosses. */
  readonly bends: ReadonlyMap<number, readonly number[]>;
}

/** Long edges take up as much room as this part of a node. */
const BEND_HEIGHT = 0.55;
const SWEEPS = 8;
const SETTLINGS = 6;

/** The graph that is laid out: nodes, and a stand-in for each column that a long edge crosses. */
interface Unfolded {
  readonly layer: readonly number[];
  readonly edges: Edges;
  readonly bends: ReadonlyMap<number, readonly number[]>;
}

/**
 * Layers by longest path, order by barycentre sweeps, rows by isotonic regression towards the neighbours. Edges over
 * several columns bend around what stands there. 35 ms for 2 000 nodes, 150 ms for 10 000.
 */
export function layOut(edges: Edges): Place {
  const { count } = edges;
  const { order, layer } = layersOf(edges);
  const isDrawn = necessaryEdges(edges, order, layer);
  const whole = unfold(edges, layer, isDrawn);
  const columns = columnsOf(whole, order);
  const before = neighbours(whole.edges, true);
  const after = neighbours(whole.edges);
  const rows = new Rows(columns, count, whole.layer.length);
  for (let sweep = 0; sweep < SWEEPS; sweep++) rows.order(sweep % 2 === 0 ? before : after, sweep % 2 === 0);
  for (let round = 0; round < SETTLINGS; round++) rows.settle(before, after, round % 2 === 0);
  return {
    layer,
    row: rows.at.slice(0, count),
    layers: columns.length,
    columns: columns.map((column) => column.filter((node) => node < count)),
    isDrawn,
    bends: new Map([...whole.bends].map(([edge, nodes]) => [edge, nodes.map((node) => rows.at[node] ?? 0)])),
  };
}

/** Puts stand-ins on long edges, unless there were so many of them that they would be the picture. */
function unfold(edges: Edges, layer: Int32Array, isDrawn: Uint8Array): Unfolded {
  const { count, from, to } = edges;
  const spanOf = (edge: number): number => (layer[to[edge] ?? 0] ?? 0) - (layer[from[edge] ?? 0] ?? 0);
  const drawn = [...isDrawn.keys()].filter((edge) => isDrawn[edge] === 1);
  const isWorth = drawn.reduce((sum, edge) => sum + spanOf(edge) - 1, 0) <= 4 * count;
  const layers = [...layer];
  const [starts, ends]: [number[], number[]] = [[], []];
  const bends = new Map<number, number[]>();
  for (const edge of drawn) {
    let last = from[edge] ?? 0;
    const nodes: number[] = [];
    const steps = isWorth ? spanOf(edge) : 0;
    for (let step = 1; step < steps; step++) {
      const node = layers.push((layer[from[edge] ?? 0] ?? 0) + step) - 1;
      nodes.push(node);
      starts.push(last);
      ends.push(node);
      last = node;
    }
    if (nodes.length > 0) bends.set(edge, nodes);
    starts.push(last);
    ends.push(to[edge] ?? 0);
  }
  const whole = { count: layers.length, from: Int32Array.from(starts), to: Int32Array.from(ends) };
  return { layer: layers, edges: whole, bends };
}

function columnsOf({ layer }: Unfolded, order: Int32Array): number[][] {
  const last = layer.reduce((most, one) => Math.max(most, one), -1);
  const columns: number[][] = Array.from({ length: last + 1 }, () => []);
  for (const node of order) columns[layer[node] ?? 0]?.push(node);
  for (let node = order.length; node < layer.length; node++) columns[layer[node] ?? 0]?.push(node);
  return columns;
}

type Lists = readonly (readonly number[])[];

/** Orders columns and gives rows to what stands in them. */
class Rows {
  readonly at: Float64Array;
  readonly #columns: number[][];
  /** Nodes from this one on are bends. */
  readonly #nodes: number;
  /** Least distance of each from the top of its column. */
  readonly #offset: Float64Array;
  readonly #key: Float64Array;

  constructor(columns: number[][], nodes: number, all: number) {
    this.#columns = columns;
    this.#nodes = nodes;
    this.at = new Float64Array(all);
    this.#offset = new Float64Array(all);
    this.#key = new Float64Array(all);
    for (const column of columns) this.#stack(column);
  }

  /** Sorts each column by where its neighbours on one side stand. */
  order(near: Lists, isForward: boolean): void {
    const columns = isForward ? this.#columns : this.#columns.toReversed();
    for (const column of columns.slice(1)) {
      for (const node of column) this.#key[node] = this.#mean(near[node] ?? []) ?? this.at[node] ?? 0;
      column.sort((a, b) => (this.#key[a] ?? 0) - (this.#key[b] ?? 0) || a - b);
      this.#stack(column);
    }
  }

  /** Moves each column's nodes as near to their neighbours as their order and heights allow. */
  settle(before: Lists, after: Lists, isForward: boolean): void {
    for (const column of this.#columns) {
      const blocks = new Blocks();
      column.forEach((node, index) => {
        const [inputs, outputs] = [before[node] ?? [], after[node] ?? []];
        const near = [
          ...(isForward || outputs.length === 0 ? inputs : []),
          ...(!isForward || inputs.length === 0 ? outputs : []),
        ];
        const wish = (this.#mean(near) ?? this.at[node] ?? 0) - (this.#offset[node] ?? 0);
        blocks.add(index, wish, node < this.#nodes ? 1 : 2);
      });
      blocks.each(column.length, (index, base) => {
        const node = column[index] ?? 0;
        this.at[node] = base + (this.#offset[node] ?? 0);
      });
    }
  }

  #mean(nodes: readonly number[]): number | undefined {
    if (nodes.length === 0) return undefined;
    return nodes.reduce((sum, node) => sum + (this.at[node] ?? 0), 0) / nodes.length;
  }

  #height = (node: number): number => (node < this.#nodes ? 1 : BEND_HEIGHT);

  #stack(column: readonly number[]): void {
    let y = 0;
    column.forEach((node, index) => {
      const above = column[index - 1];
      if (above !== undefined) y += (this.#height(above) + this.#height(node)) / 2;
      this.#offset[node] = y;
    });
    for (const node of column) this.at[node] = (this.#offset[node] ?? 0) - y / 2;
  }
}

/** Isotonic regression: values that must not fall, as near to the wishes as they can be. */
class Blocks {
  readonly #blocks: { value: number; weight: number; start: number }[] = [];

  add(index: number, wish: number, weight: number): void {
    const block = { value: wish, weight, start: index };
    for (let last = this.#blocks.at(-1); last !== undefined && last.value > block.value; last = this.#blocks.at(-1)) {
      const together = last.weight + block.weight;
      block.value = (block.value * block.weight + last.value * last.weight) / together;
      block.weight = together;
      block.start = last.start;
      this.#blocks.pop();
    }
    this.#blocks.push(block);
  }

  each(length: number, take: (index: number, value: number) => void): void {
    this.#blocks.forEach(({ value, start }, at) => {
      const end = this.#blocks[at + 1]?.start ?? length;
      for (let index = start; index < end; index++) take(index, value);
    });
  }
}
