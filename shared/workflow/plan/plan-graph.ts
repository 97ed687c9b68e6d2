import { Graph } from "@dagrejs/graphlib";
import { at, buildGraph, componentsOf } from "./graph.ts";
import type { Plan, PlanTask } from "./plan.ts";
import { present } from "../../core/present.ts";

/** What stands on a node of a plan's graph. */
export interface PlanGraphNode {
  readonly id: string;
  readonly kind: PlanTask["kind"];
  /** Length of the longest chain of tasks before this one. */
  readonly level: number;
  readonly estimateSeconds: number;
  readonly isCritical: boolean;
  /** Counts from 0; tasks of different parts have nothing to do with each other. */
  readonly part: number;
}

/** What stands on an edge: whether the critical path takes it. */
export interface PlanGraphEdge {
  readonly isCritical: boolean;
}

/** What stands on a plan's graph as a whole. */
export interface PlanGraphLabel {
  readonly name: string;
  readonly version: string;
  readonly planHash: string;
  readonly parts: number;
}

/** A plan's graph as graphlib knows it. */
export type PlanGraph = Graph<PlanGraphLabel, PlanGraphNode, PlanGraphEdge>;

/**
 * The tasks of a plan, an edge from each need to the task that needs it. Order is the plan's.
 *
 * graphlib keeps names as keys of plain objects, where `constructor` and `toString` are something already: nodes are
 * named by `planNodeOf`. Its algorithms recurse and serve up to some 2 000 tasks in a row; for more there is `graph.ts`.
 */
export function planGraphOf(plan: Plan): PlanGraph {
  const { name, version, planHash, criticalPath, tasks } = plan;
  const parts = partsOf(tasks);
  const graph: PlanGraph = new Graph();
  graph.setGraph({ name, version, planHash, parts: parts.reduce((most, part) => Math.max(most, part + 1), 0) });
  const place = new Map(criticalPath.tasks.map((id, index) => [id, index]));
  for (const [index, { id, kind, level, estimateSeconds }] of tasks.entries()) {
    const label = { id, kind, level, estimateSeconds, isCritical: place.has(id), part: at(parts, index) };
    graph.setNode(planNodeOf(id), label);
  }
  for (const { id, needs } of tasks) {
    for (const need of needs) {
      const before = place.get(need);
      const isCritical = before !== undefined && place.get(id) === before + 1;
      graph.setEdge(planNodeOf(need), planNodeOf(id), { isCritical });
    }
  }
  return graph;
}

/** The name that a task has in its plan's graph. */
export const planNodeOf = (taskId: string): string => `task:${taskId}`;

/** The part that each task belongs to. */
export function partsOf(tasks: readonly Pick<PlanTask, "id" | "needs">[]): Int32Array {
  const indices = new Map(tasks.map(({ id }, index) => [id, index]));
  return componentsOf(buildGraph(tasks.map(({ needs }) => needs.map((need) => present(indices.get(need))))));
}
