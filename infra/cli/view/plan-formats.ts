import { json } from "@dagrejs/graphlib";
import type { Plan, PlanTask } from "../../../shared/workflow/plan/plan.ts";
import { planGraphOf } from "../../../shared/workflow/plan/plan-graph.ts";

/** Formats of other programs in which a plan's graph can be written. */
export const GRAPH_FORMATS = ["dot", "graphlib", "mermaid"] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** Mermaid refuses to draw more edges, unless the page that shows the drawing says otherwise. */
export const MERMAID_EDGES = 500;

/** A plan's graph as text of another program: Graphviz, graphlib (`json.read`) or Mermaid. */
export const graphText = (plan: Plan, format: GraphFormat): string => WRITERS[format](plan);

const WRITERS: Readonly<Record<GraphFormat, (plan: Plan) => string>> = {
  dot: (plan) => dotLines(plan).join("\n"),
  graphlib: (plan) => JSON.stringify(json.write(planGraphOf(plan)), null, 2),
  mermaid: (plan) => mermaidLines(plan).join("\n"),
};

const DOT_SHAPES: Readonly<Record<PlanTask["kind"], string>> = {
  agent: "box",
  workflow: "component",
  emit: "cds",
  gate: "diamond",
  pattern: "box3d",
};

/** Names of workflows and tasks hold nothing that a quoted text of these formats would have to escape. */
function dotLines(plan: Plan): string[] {
  const graph = planGraphOf(plan);
  const nodes = graph.nodes().map((name) => {
    const { id, kind, isCritical } = graph.node(name);
    return `  "${name}" [label="${id}", shape=${DOT_SHAPES[kind]}${isCritical ? ", penwidth=2" : ""}];`;
  });
  const edges = graph.edges().map((edge) => {
    const style = graph.edge(edge).isCritical ? " [penwidth=2]" : "";
    return `  "${edge.v}" -> "${edge.w}"${style};`;
  });
  return [`digraph "${plan.name} ${plan.version}" {`, "  rankdir=LR;", ...nodes, ...edges, "}"];
}

const MERMAID_SHAPES: Readonly<Record<PlanTask["kind"], readonly [open: string, close: string]>> = {
  agent: ["[", "]"],
  workflow: ["[[", "]]"],
  emit: [">", "]"],
  gate: ["{", "}"],
  pattern: ["{{", "}}"],
};

/** Nodes get short names, because words such as `end` mean something to Mermaid. */
function mermaidLines(plan: Plan): string[] {
  const graph = planGraphOf(plan);
  const names = new Map(graph.nodes().map((name, index) => [name, `t${index}`]));
  const nodes = [...names].map(([name, short]) => {
    const { id, kind, isCritical } = graph.node(name);
    const [open, close] = MERMAID_SHAPES[kind];
    return `  ${short}${open}"${id}"${close}${isCritical ? ":::critical" : ""}`;
  });
  const edges = graph.edges().map((edge) => {
    const arrow = graph.edge(edge).isCritical ? "==>" : "-->";
    return `  ${names.get(edge.v) ?? ""} ${arrow} ${names.get(edge.w) ?? ""}`;
  });
  return ["flowchart LR", ...nodes, ...edges, "  classDef critical stroke-width:3px"];
}
