import { describe, expect, it } from "vitest";
import { isGenuine, planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import { Plan } from "../../../../shared/workflow/plan/plan.ts";
import type { WorkflowDefinition } from "../../../../shared/workflow/definition/workflow-definition.ts";

function definitionOf(wire: object): WorkflowDefinition {
  const { definition, report } = validateDefinition(wire);
  if (definition === undefined) throw new Error(JSON.stringify(report.errors));
  return definition;
}

const base = { name: "kinds", version: "1.0", agents: { lead: { type: "supervisor_agent" } } };
const merge = { id: "merge", agent: "lead" };

describe("planWorkflow", () => {
  it("gives each kind of task what it does, and nothing that it leaves unsaid", () => {
    const tasks = [
      { id: "start", agent: "lead" },
      { id: "nested", workflow: { name: "sub", version: 2 }, depends_on: ["start"], for_each: "outputs.start.parts" },
      { id: "tell", emit_event: { detail_type: "done", detail: { b: 1, a: 2 } }, depends_on: ["nested"], join: "all" },
      { id: "gate", approval: { prompt: "Sure?" }, depends_on: ["start"], when: "outputs.start.risky" },
      {
        id: "end",
        agent: "lead",
        skill: "close",
        depends_on: ["tell", "gate"],
        wait_for_event: { pattern: { source: ["shop"], "detail-type": ["paid"] }, timeout: 60 },
        input_from: { y: "event.y", x: "outputs.gate" },
        routing_key: "input.customer",
        strategy: "affinity",
        hedge: { after: 9 },
        is_pivot: true,
        compensation_action: "reopen",
      },
    ];
    const { retryPolicies, ...plan } = planWorkflow(definitionOf({ ...base, tasks }));
    const common = { after: [], timeoutSeconds: 300, retryPolicy: 0, estimateCost: 0, onFailure: "fail" };
    expect(JSON.parse(JSON.stringify(plan.tasks))).toEqual([
      {
        ...common,
        id: "start",
        kind: "agent",
        agent: "lead",
        dependsOn: [],
        needs: [],
        releases: [],
        level: 0,
        estimateSeconds: 30,
      },
      {
        ...common,
        id: "nested",
        kind: "workflow",
        workflow: { name: "sub", version: "2" },
        dependsOn: ["start"],
        needs: ["start"],
        releases: [],
        level: 1,
        estimateSeconds: 300,
        forEach: {
          items: "outputs.start.parts",
          maxConcurrency: 100,
          toleratedFailures: 0,
          toleratedFailurePercentage: 0,
        },
      },
      {
        ...common,
        id: "tell",
        kind: "emit",
        emit: { detailType: "done", detail: { a: 2, b: 1 } },
        dependsOn: ["nested"],
        needs: ["nested"],
        releases: [],
        level: 2,
        estimateSeconds: 0,
        join: "all",
      },
      {
        ...common,
        id: "gate",
        kind: "gate",
        approval: { prompt: "Sure?", roles: [] },
        dependsOn: ["start"],
        needs: ["start"],
        releases: [],
        level: 1,
        estimateSeconds: 0,
        when: "outputs.start.risky",
      },
      {
        ...common,
        id: "end",
        kind: "agent",
        agent: "lead",
        skill: "close",
        estimateSeconds: 30,
        level: 3,
        dependsOn: ["tell", "gate"],
        needs: ["tell", "gate"],
        releases: [],
        isPivot: true,
        inputFrom: { x: "outputs.gate", y: "event.y" },
        hedge: { afterSeconds: 9 },
        routingKey: "input.customer",
        strategy: "affinity",
        waitFor: {
          pattern: { "detail-type": ["paid"], source: ["shop"] },
          timeoutSeconds: 60,
          lookBackSeconds: 300,
        },
        compensation: {
          action: "reopen",
          input: {},
          timeoutSeconds: 300,
          retryPolicy: { ...retryPolicies[0], maxAttempts: 5 },
        },
      },
    ]);
    const stored = Plan.parse(JSON.parse(JSON.stringify({ retryPolicies, ...plan })));
    expect(isGenuine(stored)).toBe(true);
  });

  it("carries budget and outputs only where they are stated, keys in order", () => {
    const bare = JSON.stringify(planWorkflow(definitionOf({ ...base, tasks: [merge] })));
    expect(bare).not.toMatch(/budget|outputs|join|inputFrom|isPivot|forEach/);
    const wire = { ...base, tasks: [merge], outputs: { b: "outputs.merge.b", a: "input.a" }, budget: { max_cost: 5 } };
    const plan = planWorkflow(definitionOf(wire));
    expect(Object.keys(plan.outputs ?? {})).toEqual(["a", "b"]);
    expect(plan.budget).toEqual({ maxCost: 5, warnAt: 0.8, onExceeded: "stop" });
    expect(isGenuine(Plan.parse(JSON.parse(JSON.stringify(plan))))).toBe(true);
  });
});
