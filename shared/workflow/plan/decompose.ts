import { WORKFLOW_LIMITS } from "../limits.ts";
import { type Flow, type FlowGroup, normalise } from "./flow.ts";
import { at, buildGraph, type Graph, predsOf, succsOf, topologicalOrder } from "./graph.ts";
import { QuotientGraph } from "./quotient-graph.ts";
import { present } from "../../core/present.ts";

/**
 * Finds a series-parallel skeleton of a transitively reduced graph: series cuts become sequences, components and
 * twins run side by side. Where the graph is not series-parallel, some edges are cut: those tasks must wait by other
 * means, so cuts are few, and the input that is expected last is the one that stays.
 *
 * 1. The skeleton orders nothing that the graph does not order: no task waits for a sibling it does not need.
 * 2. A series-parallel (N-free) graph loses no edge, unless its parallels nest deeper than `WORKFLOW_LIMITS.parallelDepth`.
 * 3. Equal graphs give equal skeletons.
 */
export function decompose(graph: Graph, seconds: Float64Array): Flow {
  const gated = addGates(graph);
  const gatedSeconds = new Float64Array(gated.size);
  gatedSeconds.set(seconds);
  const quotient = new QuotientGraph(gated, graph.size, gatedSeconds);
  quotient.contract();
  if (quotient.alive > 1) resolveJoins(quotient, gated);
  return limitDepth(readTree(quotient, graph.size));
}

/** Routes nodes with the same several inputs through one gate: a full join is then one node and not n × m edges. */
function addGates(graph: Graph): Graph {
  const groups = new Map<string, number[]>();
  for (let v = 0; v < graph.size; v++) {
    const inputs = predsOf(graph, v);
    if (inputs.length < 2) continue;
    const key = inputs.slice().sort().join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [v]);
    else group.push(v);
  }
  const rows = Array.from({ length: graph.size }, (_, v) => [...predsOf(graph, v)]);
  for (const group of groups.values()) {
    const [first] = group;
    if (group.length < 2 || first === undefined) continue;
    const gate = rows.push([...predsOf(graph, first)]) - 1;
    for (const v of group) rows[v] = [gate];
  }
  return rows.length === graph.size ? graph : buildGraph(rows);
}

/** Cuts inputs of joins until the rest is series-parallel. Joins fed by forks alone go first: they free other joins. */
function resolveJoins(quotient: QuotientGraph, graph: Graph): void {
  const order = topologicalOrder(graph);
  const postDominators = immediatePostDominators(graph, order);
  const isFork = (u: number): boolean => present(quotient.succs[u]).size > 1;
  for (const v of order) {
    const inputs = quotient.isAlive(v) ? [...present(quotient.preds[v])] : [];
    if (inputs.length > 1 && inputs.every(isFork)) keepOneInput(quotient, v, postDominators);
  }
  while (quotient.alive > 1) {
    for (const v of order) {
      if (quotient.isAlive(v) && present(quotient.preds[v]).size > 1) keepOneInput(quotient, v, postDominators);
    }
  }
}

function keepOneInput(quotient: QuotientGraph, join: number, postDominators: Int32Array): void {
  const inputs = [...present(quotient.preds[join])];
  const keep = inputs.reduce((best, u) => (quotient.isWorthMore(u, best) ? u : best));
  for (const u of inputs) {
    if (u === keep) continue;
    quotient.cut(u, join);
    if (quotient.succs[u]?.size === 0) tieToLaterJoin(quotient, u, at(postDominators, join), postDominators);
  }
  quotient.contract();
}

/** A node without successors would run beside everything that follows; a point that all its paths pass ties it back. */
function tieToLaterJoin(quotient: QuotientGraph, u: number, from: number, postDominators: Int32Array): void {
  for (let point = from; point < postDominators.length; point = at(postDominators, point)) {
    const node = quotient.nodeHeadedBy(point);
    if (node === undefined) continue;
    quotient.link(u, node);
    return;
  }
}

/** The first node that every path from `v` passes; the size stands for the end. After Cooper, Harvey, Kennedy 2001. */
function immediatePostDominators(graph: Graph, order: Int32Array): Int32Array {
  const end = graph.size;
  const dominator = new Int32Array(end).fill(end);
  const depth = new Int32Array(end + 1);
  for (const v of order.toReversed()) {
    let common = -1;
    for (const w of succsOf(graph, v)) {
      let other = w;
      if (common === -1) common = w;
      while (common !== other) {
        if (at(depth, common) > at(depth, other)) common = at(dominator, common);
        else other = at(dominator, other);
      }
    }
    dominator[v] = common === -1 ? end : common;
    depth[v] = at(depth, at(dominator, v)) + 1;
  }
  return dominator;
}

interface OpenGroup extends FlowGroup {
  readonly groups: OpenGroup[];
}

/** Flattens the binary tree into groups. Walks without recursion: the tree may be as deep as it has tasks. */
function readTree(quotient: QuotientGraph, taskCount: number): { root: Flow; groups: OpenGroup[] } {
  const { root, split } = quotient.tree();
  const groups: OpenGroup[] = [];
  const unread: { group: OpenGroup; tree: number }[] = [];
  const open = (tree: number): OpenGroup => {
    const group: OpenGroup = { kind: split(tree).kind === "series" ? "series" : "parallel", parts: [], groups: [] };
    groups.push(group);
    unread.push({ group, tree });
    return group;
  };
  if (root < taskCount) return { root, groups };
  const top = open(root);
  // Grows while it is read: parents come before the groups inside them.
  for (const { group, tree } of unread) {
    const pending = [tree];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { kind, left, right } = split(next);
      if (kind === group.kind) pending.push(right, left);
      else if (kind === "task") group.parts.push(next);
      else {
        const inner = open(next);
        group.parts.push(inner);
        group.groups.push(inner);
      }
    }
  }
  sortParallels(groups);
  return { root: top, groups };
}

/** Branches stand in the order of their first task, whatever order they merged in. Groups come parents first. */
function sortParallels(groups: readonly OpenGroup[]): void {
  const smallest = new Map<Flow, number>();
  const first = (part: Flow): number => (typeof part === "number" ? part : present(smallest.get(part)));
  for (const group of groups.toReversed()) {
    if (group.kind === "parallel") group.parts.sort((a, b) => first(a) - first(b));
    smallest.set(
      group,
      group.parts.reduce<number>((least, part) => Math.min(least, first(part)), Infinity),
    );
  }
}

/** Moves branches that nest too deep beside the whole; what they need from their old place becomes a wait. */
function limitDepth({ root, groups }: { root: Flow; groups: OpenGroup[] }): Flow {
  if (typeof root === "number") return root;
  const height = heightsOf(groups);
  const hoisted: Flow[] = [];
  const depth = new Map<Flow, number>();
  for (const group of groups) {
    // The whole may come to stand in a Parallel of its own, beside what was moved.
    const own = depth.get(group) ?? (group.kind === "parallel" ? 2 : 1);
    for (const inner of group.groups) {
      if (own === WORKFLOW_LIMITS.parallelDepth && inner.kind === "series" && present(height.get(inner)) > 0) {
        hoisted.push(inner);
        group.parts.splice(group.parts.indexOf(inner), 1);
        depth.set(inner, 1);
      } else depth.set(inner, own + (inner.kind === "parallel" ? 1 : 0));
    }
  }
  const parts = hoisted.length > 0 ? [root, ...hoisted] : root.parts;
  return present(normalise(hoisted.length > 0 ? "parallel" : root.kind, parts));
}

/** How many Parallel states nest inside each group, itself included. */
function heightsOf(groups: readonly OpenGroup[]): Map<Flow, number> {
  const height = new Map<Flow, number>();
  for (const group of groups.toReversed()) {
    const below = group.groups.reduce((most, inner) => Math.max(most, present(height.get(inner))), 0);
    height.set(group, below + (group.kind === "parallel" ? 1 : 0));
  }
  return height;
}
