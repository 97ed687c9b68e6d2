import { json } from "@dagrejs/graphlib";
import { describe, expect, it } from "vitest";
import { graphText } from "../../../../infra/cli/view/plan-formats.ts";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { planGraphOf } from "../../../../shared/workflow/plan/plan-graph.ts";
import { SHAPES } from "../compiler/shapes.ts";
import { workflowOf } from "../../../fixtures/workflow/workflows.ts";

function planOf(tasks: readonly { readonly id: string; readonly depends_on?: readonly string[] }[]) {
  const agents = { worker: { type: "worker", capabilities: ["work"] } };
  const body = { name: "named", version: "1.0", agents, tasks: tasks.map((task) => ({ agent: "worker", ...task })) };
  const { definition, report } = validateDefinition(body);
  if (definition === undefined) throw new Error(JSON.stringify(report.errors));
  return planWorkflow(definition);
}

describe("a plan's graph", () => {
  it("has an edge from each need, marks the critical path and numbers the parts", () => {
    const graph = planGraphOf(planOf([{ id: "a" }, { id: "b", depends_on: ["a"] }, { id: "c", depends_on: ["b", "a"] }, { id: "x" }]));
    expect(graph.graph()).toMatchObject({ name: "named", version: "1.0", parts: 2 });
    expect(graph.edges().map((edge) => [edge.v, edge.w, graph.edge(edge).isCritical])).toEqual([
      ["task:a", "task:b", true],
      ["task:b", "task:c", true],
    ]);
    expect(graph.node("task:c")).toMatchObject({ id: "c", kind: "agent", level: 2, isCritical: true, part: 0 });
    expect(graph.node("task:x")).toMatchObject({ isCritical: false, part: 1 });
  });

  it("takes names that objects have already as names", () => {
    const plan = planOf([{ id: "constructor" }, { id: "toString", depends_on: ["constructor"] }, { id: "end" }]);
    const proto = { ...plan, tasks: plan.tasks.map((task) => (task.id === "end" ? { ...task, id: "__proto__" } : task)) };
    const graph = planGraphOf(proto);
    expect(graph.nodes()).toEqual(["task:constructor", "task:toString", "task:__proto__"]);
    expect(graph.node("task:__proto__")).toMatchObject({ id: "__proto__", part: 1 });
    expect(graph.predecessors("task:toString")).toEqual(["task:constructor"]);
    expect(json.read(JSON.parse(graphText(proto, "graphlib"))).nodes()).toEqual(graph.nodes());
    expect(Object.hasOwn(Object.prototype, "id")).toBe(false);
  });

  it("is written in every format for a chain of ten thousand", () => {
    const plan = planWorkflow(workflowOf(SHAPES["chain"]?.(10_000) ?? []));
    for (const format of ["dot", "graphlib", "mermaid"] as const) expect(graphText(plan, format)).toContain("t9999");
  });
});
