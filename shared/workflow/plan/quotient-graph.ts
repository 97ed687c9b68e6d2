import { at, earliestFinish, type Graph, predsOf, succsOf, topologicalOrder } from "./graph.ts";
import { present } from "../../core/present.ts";

/** How two parts of a skeleton were joined. Leaves of the tree are task indices; gates vanish. */
const SERIES = 1;
const PARALLEL = 2;
const EMPTY = -1;

/**
 * A graph that shrinks: series and parallel modules merge into one node, edges may be cut, until one node is left.
 * Its tree is then a series-parallel skeleton of the graph.
 *
 * 1. Whatever a merged node orders is ordered by the graph it started from.
 * 2. All members of a node come before all members of its successors.
 * 3. A graph that is series-parallel shrinks to one node without a cut.
 */
export class QuotientGraph {
  readonly preds: Set<number>[];
  readonly succs: Set<number>[];
  alive: number;
  readonly #taskCount: number;
  readonly #predHash: Int32Array;
  readonly #succHash: Int32Array;
  /** Root of each node's tree; `EMPTY` for a gate. */
  readonly #tree: Int32Array;
  readonly #merged: { op: number; left: number; right: number }[] = [];
  readonly #mergedInto: Int32Array;
  /** The single node that a merged node starts with, or -1. */
  readonly #head: Int32Array;
  /** Edges of the original graph that one outgoing edge stands for. */
  readonly #sinks: Int32Array;
  readonly #finish: Float64Array;
  readonly #twins = new Map<number, number>();
  readonly #pending: number[] = [];

  /** `graph` is transitively reduced; nodes from `taskCount` on are gates; `seconds` are expected durations. */
  constructor(graph: Graph, taskCount: number, seconds: Float64Array) {
    const { size } = graph;
    this.alive = size;
    this.#taskCount = taskCount;
    this.preds = Array.from({ length: size }, (_, v) => new Set(predsOf(graph, v)));
    this.succs = Array.from({ length: size }, (_, v) => new Set(succsOf(graph, v)));
    this.#predHash = new Int32Array(size);
    this.#succHash = new Int32Array(size);
    this.#tree = Int32Array.from({ length: size }, (_, v) => (v < taskCount ? v : EMPTY));
    this.#mergedInto = Int32Array.from({ length: size }, (_, v) => v);
    this.#head = this.#mergedInto.slice();
    this.#sinks = Int32Array.from({ length: size }, (_, v) => (v < taskCount ? 1 : predsOf(graph, v).length));
    this.#finish = earliestFinish(graph, topologicalOrder(graph), seconds);
    for (let v = 0; v < size; v++) {
      for (const u of predsOf(graph, v)) this.#count(u, v, 1);
      this.#pending.push(v);
    }
  }

  isAlive(v: number): boolean {
    return this.#mergedInto[v] === v;
  }

  /** The node that `v` is the first member of, or `undefined` when others in its node start beside or before it. */
  nodeHeadedBy(v: number): number | undefined {
    let root = v;
    while (this.#mergedInto[root] !== root) root = at(this.#mergedInto, root);
    for (let walk = v; walk !== root;) {
      const up = at(this.#mergedInto, walk);
      this.#mergedInto[walk] = root;
      walk = up;
    }
    return this.#head[root] === v ? root : undefined;
  }

  /** Whether the edge out of `u` is worth more than the one out of `v`: it saves more waits, or ends later. */
  isWorthMore(u: number, v: number): boolean {
    const waits = at(this.#sinks, u) - at(this.#sinks, v);
    const later = at(this.#finish, u) - at(this.#finish, v);
    return waits > 0 || (waits === 0 && (later > 0 || (later === 0 && u < v)));
  }

  /** Adds the edge u → v, which is not there yet. */
  link(u: number, v: number): void {
    this.succs[u]?.add(v);
    this.preds[v]?.add(u);
    this.#count(u, v, 1);
    this.#pending.push(u, v);
  }

  /** Removes the edge u → v. */
  cut(u: number, v: number): void {
    this.#drop(u, v);
    this.#pending.push(u, v);
  }

  /** Merges series and parallel modules until none is left. */
  contract(): void {
    for (let v = this.#pending.pop(); v !== undefined; v = this.#pending.pop()) {
      if (!this.isAlive(v) || this.#mergeSeries(v)) continue;
      this.#mergeTwin(v);
    }
  }

  /** The skeleton of the last node: binary, as merged. */
  tree(): { readonly root: number; readonly split: (node: number) => SkeletonNode } {
    const last = this.#mergedInto.findIndex((into, v) => into === v);
    return { root: at(this.#tree, last), split: (node) => this.#split(node) };
  }

  #split(node: number): SkeletonNode {
    const merged = this.#merged[node - this.#taskCount];
    if (merged === undefined) return { kind: "task", left: node, right: node };
    return { kind: merged.op === SERIES ? "series" : "parallel", left: merged.left, right: merged.right };
  }

  #mergeSeries(v: number): boolean {
    const [next] = present(this.succs[v]);
    if (next !== undefined && this.succs[v]?.size === 1 && this.preds[next]?.size === 1)
      return this.#joinSeries(v, next);
    const [previous] = present(this.preds[v]);
    if (previous === undefined || this.preds[v]?.size !== 1 || this.succs[previous]?.size !== 1) return false;
    return this.#joinSeries(previous, v);
  }

  #joinSeries(first: number, second: number): true {
    const inputs = present(this.preds[first]);
    const outputs = present(this.succs[second]);
    this.#drop(first, second);
    const [stays, goes] = inputs.size < outputs.size ? [second, first] : [first, second];
    for (const u of stays === second ? [...inputs] : []) this.#move(u, goes, u, stays);
    for (const w of stays === first ? [...outputs] : []) this.#move(goes, w, stays, w);
    this.#tree[stays] = this.#combine(SERIES, at(this.#tree, first), at(this.#tree, second));
    this.#head[stays] = at(this.#head, first);
    this.#sinks[stays] = at(this.#sinks, second);
    this.#finish[stays] = at(this.#finish, second);
    this.#retire(goes, stays);
    return true;
  }

  #mergeTwin(v: number): void {
    const key = (at(this.#predHash, v) >>> 0) * 0x20_0000 + (at(this.#succHash, v) >>> 11);
    const twin = this.#twins.get(key);
    if (twin === undefined || twin === v || !this.isAlive(twin) || !this.#areTwins(v, twin)) {
      this.#twins.set(key, v);
      return;
    }
    const inputs = [...present(this.preds[v])];
    const outputs = [...present(this.succs[v])];
    for (const u of inputs) this.#drop(u, v);
    for (const w of outputs) this.#drop(v, w);
    this.#tree[twin] = this.#combine(PARALLEL, at(this.#tree, twin), at(this.#tree, v));
    this.#head[twin] = -1;
    this.#sinks[twin] = at(this.#sinks, twin) + at(this.#sinks, v);
    this.#finish[twin] = Math.max(at(this.#finish, twin), at(this.#finish, v));
    this.#pending.push(...inputs, ...outputs);
    this.#retire(v, twin);
  }

  #areTwins(v: number, twin: number): boolean {
    return haveSameMembers(this.preds[v], this.preds[twin]) && haveSameMembers(this.succs[v], this.succs[twin]);
  }

  #combine(op: number, left: number, right: number): number {
    if (left === EMPTY) return right;
    if (right === EMPTY) return left;
    this.#merged.push({ op, left, right });
    return this.#taskCount + this.#merged.length - 1;
  }

  #retire(goes: number, stays: number): void {
    this.#mergedInto[goes] = stays;
    this.alive--;
    this.#pending.push(stays);
  }

  #move(fromU: number, fromV: number, u: number, v: number): void {
    this.#drop(fromU, fromV);
    this.succs[u]?.add(v);
    this.preds[v]?.add(u);
    this.#count(u, v, 1);
    this.#pending.push(u === fromU ? u : v);
  }

  #drop(u: number, v: number): void {
    this.succs[u]?.delete(v);
    this.preds[v]?.delete(u);
    this.#count(u, v, -1);
  }

  /** Keeps each node's neighbourhood as a sum of scattered ids, so that twins meet under one key. */
  #count(u: number, v: number, sign: 1 | -1): void {
    this.#predHash[v] = at(this.#predHash, v) + sign * scatter(u);
    this.#succHash[u] = at(this.#succHash, u) + sign * scatter(v);
  }
}

function haveSameMembers(some: ReadonlySet<number> | undefined, others: ReadonlySet<number> | undefined): boolean {
  if (some === undefined || others === undefined || some.size !== others.size) return false;
  for (const member of some) if (!others.has(member)) return false;
  return true;
}

/** One node of the binary tree: a task, or two subtrees. */
export interface SkeletonNode {
  readonly kind: "task" | "series" | "parallel";
  readonly left: number;
  readonly right: number;
}

/** A bijection on 32-bit numbers that spreads neighbours far apart (murmur3's finaliser). */
function scatter(id: number): number {
  let mixed = Math.imul(id + 0x9e37, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
