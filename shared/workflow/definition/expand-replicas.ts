import type { Task } from "./task-definition.ts";
import { present } from "../../core/present.ts";

/** One task of the graph: a task of the definition, or one of its copies. `replica` counts from 1, 0 means no copy. */
export interface Node {
  readonly id: string;
  readonly task: Task;
  readonly replica: number;
  /** Indices of the nodes it waits for, each once, in the order they were stated. */
  readonly inputs: readonly number[];
}

/** The ids a task runs under: its own, or `id-1` … `id-N`. */
export function replicaIds(task: Task): string[] {
  if (task.replicas === 1) return [task.id];
  return Array.from({ length: task.replicas }, (_, index) => `${task.id}-${index + 1}`);
}

/**
 * Turns tasks into the nodes of the graph. Who depends on a task with copies waits for all of them.
 * References to unknown tasks are left out: validation reports them.
 */
export function expandReplicas(tasks: readonly Task[]): Node[] {
  const span = new Map<string, { first: number; count: number }>();
  let size = 0;
  for (const task of tasks) {
    span.set(task.id, { first: size, count: task.replicas });
    size += task.replicas;
  }
  const nodes: Node[] = [];
  for (const task of tasks) {
    const inputs = inputsOf(task, span);
    const ids = replicaIds(task);
    for (const [index, id] of ids.entries())
      nodes.push({ id, task, replica: ids.length === 1 ? 0 : index + 1, inputs });
  }
  return nodes;
}

function inputsOf(task: Task, span: ReadonlyMap<string, { first: number; count: number }>): number[] {
  const inputs: number[] = [];
  for (const id of task.dependsOn.length > 1 ? new Set(task.dependsOn) : task.dependsOn) {
    const { first, count } = present(span.get(id));
    for (let copy = 0; copy < count; copy++) inputs.push(first + copy);
  }
  return inputs;
}
