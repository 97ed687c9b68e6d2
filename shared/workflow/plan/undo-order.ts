import type { PlanTask } from "./plan.ts";
import type { CompensationStrategy } from "../definition/workflow-definition.ts";
import { at, buildGraph, type Graph, predsOf, succsOf, topologicalOrder } from "./graph.ts";
import { transitiveReduction } from "./transitive-reduction.ts";
import { present } from "../../core/present.ts";

/** A task, or one instance of a `for_each`, whose effect is to be undone. */
export interface UndoStep {
  /** Name of its row. */
  readonly name: string;
  /** Index of its task in the plan; instances share their group's. */
  readonly task: number;
  /** Its task, or the instance of it that was done. */
  readonly done: PlanTask;
  /** When it ended, ISO 8601. */
  readonly endedAt: string;
}

/** A place in the order of undoing. */
export interface UndoNode {
  readonly id: string;
  /** Index of the plan's task it belongs to. */
  readonly task: number;
  /** What is undone here. Absent: a gate between several that come before and several that come after. */
  readonly step?: UndoStep;
  /** Ids of the nodes right before it. None implies another. */
  readonly needs: readonly string[];
}

/** Id of the task that undoes another. No task of a definition can be called so. */
const undoName = (task: string): string => `${task}~undo`;

/**
 * Puts steps into the order in which they are undone; nodes come after those that they need.
 *
 * `backward` and `forward` go one by one, against or along the order of completion; clocks may differ, so a task never
 * counts as completed before one it depends on. `cascade` and `selective` undo a task as soon as everything that
 * depends on it has been undone, at whatever distance; `parallel` all at once.
 *
 * Costs O(edges + steps × log steps) and the reduction of a graph of the plan's size: where many steps meet many, a
 * gate keeps the number of needs linear.
 */
export function orderUndo(
  tasks: readonly PlanTask[],
  steps: readonly UndoStep[],
  strategy: CompensationStrategy,
): readonly UndoNode[] {
  const graph = graphOf(tasks);
  switch (strategy) {
    case "backward":
      return oneByOne(byCompletion(graph, steps).reverse());
    case "forward":
      return oneByOne(byCompletion(graph, steps));
    case "parallel":
      return byCompletion(graph, steps).map((step) => nodeOf(step, []));
    case "cascade":
    case "selective":
      return cascade(tasks, graph, steps);
    default:
      return strategy satisfies never;
  }
}

function graphOf(tasks: readonly PlanTask[]): Graph {
  const places = new Map(tasks.map(({ id }, index) => [id, index]));
  return buildGraph(tasks.map(({ needs }) => needs.map((need) => present(places.get(need)))));
}

const nodeOf = (step: UndoStep, needs: readonly string[]): UndoNode => {
  const { name, task } = step;
  return { id: undoName(name), task, step, needs };
};

const oneByOne = (steps: readonly UndoStep[]): UndoNode[] =>
  steps.map((step, index) => {
    const previous = steps[index - 1];
    return nodeOf(step, previous === undefined ? [] : [undoName(previous.name)]);
  });

const groupByTask = (steps: readonly UndoStep[]): ReadonlyMap<number, readonly UndoStep[]> =>
  Map.groupBy(steps, ({ task }) => task);

function byCompletion(graph: Graph, steps: readonly UndoStep[]): UndoStep[] {
  const own = groupByTask(steps);
  const latest = new Float64Array(graph.size);
  const placed: { readonly step: UndoStep; readonly moment: number; readonly place: number }[] = [];
  for (const [place, v] of topologicalOrder(graph).entries()) {
    const least = predsOf(graph, v).reduce((most, u) => Math.max(most, at(latest, u)), 0);
    latest[v] = least;
    for (const step of own.get(v) ?? []) {
      const moment = Math.max(Date.parse(step.endedAt), least);
      latest[v] = Math.max(at(latest, v), moment);
      placed.push({ step, moment, place });
    }
  }
  return placed.sort((a, b) => a.moment - b.moment || a.place - b.place).map(({ step }) => step);
}

/** Who is undone before whom, by task: the plan's graph turned round, without tasks that need no undoing. */
function cascade(tasks: readonly PlanTask[], graph: Graph, steps: readonly UndoStep[]): UndoNode[] {
  const own = groupByTask(steps);
  const turned = turnRound(graph, own);
  const order = topologicalOrder(turned);
  const reduced = transitiveReduction(turned, order);
  const isPart = (v: number): boolean => own.has(v) || predsOf(reduced, v).length > 0;
  const idOf = (v: number): string => present(tasks[v]).id;
  const widthOf = (v: number): number => own.get(v)?.length ?? 1;
  const ends = new Map<number, readonly string[]>();
  const nodes: UndoNode[] = [];
  for (const v of order) {
    if (!isPart(v)) continue;
    const gate = (name: string, needs: readonly string[]): readonly string[] => {
      nodes.push({ id: `${idOf(v)}~${name}`, task: v, needs });
      return [`${idOf(v)}~${name}`];
    };
    const before = Array.from(predsOf(reduced, v), (u) => present(ends.get(u))).flat();
    const mine = own.get(v);
    if (mine === undefined) {
      ends.set(v, gate("clear", before));
      continue;
    }
    const needs = isWide(before.length, mine.length) ? gate("clear", before) : before;
    nodes.push(...mine.map((step) => nodeOf(step, needs)));
    const names = mine.map(({ name }) => undoName(name));
    const followers = succsOf(reduced, v).reduce((sum, w) => sum + widthOf(w), 0);
    ends.set(v, isWide(names.length, followers) ? gate("undone", names) : names);
  }
  return nodes;
}

/** Whether all pairs between two sides are more than a gate between them would take. */
const isWide = (some: number, others: number): boolean => some * others > some + others;

function turnRound(graph: Graph, own: ReadonlyMap<number, unknown>): Graph {
  const between = betweenSteps(graph, own);
  const isPart = (v: number): boolean => own.has(v) || between[v] === 1;
  const partsOf = (v: number, others: Int32Array): Set<number> => new Set(isPart(v) ? others.filter(isPart) : []);
  const before = Array.from({ length: graph.size }, (_, v) => partsOf(v, succsOf(graph, v)));
  const after = Array.from({ length: graph.size }, (_, v) => partsOf(v, predsOf(graph, v)));
  for (const v of topologicalOrder(graph)) {
    const [sources = new Set<number>(), targets = new Set<number>()] = [before[v], after[v]];
    if (own.has(v) || isWide(sources.size, targets.size)) continue;
    for (const source of sources) after[source]?.delete(v);
    for (const target of targets) before[target]?.delete(v);
    for (const source of sources) for (const target of targets) before[target]?.add(source);
    for (const source of sources) for (const target of targets) after[source]?.add(target);
    sources.clear();
    targets.clear();
  }
  return buildGraph(before.map((sources) => [...sources]));
}

/** Marks the tasks with a step somewhere before them and another somewhere after. */
function betweenSteps(graph: Graph, own: ReadonlyMap<number, unknown>): Uint8Array {
  const order = topologicalOrder(graph);
  const follows = new Uint8Array(graph.size);
  const leads = new Uint8Array(graph.size);
  for (const v of order) follows[v] = predsOf(graph, v).some((u) => own.has(u) || follows[u] === 1) ? 1 : 0;
  for (const v of order.toReversed()) leads[v] = succsOf(graph, v).some((w) => own.has(w) || leads[w] === 1) ? 1 : 0;
  return follows.map((mark, v) => mark & present(leads[v]));
}
