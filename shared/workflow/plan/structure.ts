import type { WorkflowDefinition } from "../definition/workflow-definition.ts";
import { expandReplicas, type Node } from "../definition/expand-replicas.ts";
import { buildGraph, type Graph, topologicalOrder } from "./graph.ts";
import { transitiveReduction } from "./transitive-reduction.ts";

/** The graph of a definition: replicas expanded, and what remains of it without implied edges. */
export interface Structure {
  readonly nodes: readonly Node[];
  readonly graph: Graph;
  readonly order: Int32Array;
  readonly reduced: Graph;
}

/** Definitions never change once read, and validation, planning and their callers ask for the same one in turn. */
const known = new WeakMap<WorkflowDefinition, Structure>();

/** The graph of a definition whose references are valid, or `undefined` when tasks wait for each other. */
export function structureOf(definition: WorkflowDefinition): Structure | undefined {
  const remembered = known.get(definition);
  if (remembered !== undefined) return remembered;
  const nodes = expandReplicas(definition.tasks);
  const graph = buildGraph(nodes.map(({ inputs }) => inputs));
  const order = topologicalOrder(graph);
  if (order.length < graph.size) return undefined;
  const structure = { nodes, graph, order, reduced: transitiveReduction(graph, order) };
  known.set(definition, structure);
  return structure;
}
