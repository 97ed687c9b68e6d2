import { describe, expect, it } from "vitest";
import { isGenuine, planWorkflow, tasksByLevel } from "../../../../shared/workflow/plan/planner.ts";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import { InvalidDefinitionError } from "../../../../shared/core/errors.ts";
import { Plan } from "../../../../shared/workflow/plan/plan.ts";
import type { WorkflowDefinition } from "../../../../shared/workflow/definition/workflow-definition.ts";
import { workflowOf } from "../../../fixtures/workflow/workflows.ts";

function definitionOf(wire: object): WorkflowDefinition {
  const { definition, report } = validateDefinition(wire);
  if (definition === undefined) throw new Error(JSON.stringify(report.errors));
  return definition;
}

const research = {
  name: "research",
  version: "1.0",
  agents: {
    lead: { type: "supervisor_agent", resources: { cpu: "500m", memory: "1GB" } },
    scout: { type: "research_agent", count: 3, resources: { cpu: "2 cores", memory: "4GB" } },
    idle: { type: "spare", count: 9, resources: { cpu: "64" } },
  },
  tasks: [
    { id: "split", agent: "lead", estimate: { duration_seconds: 10, cost: 0.5 } },
    {
      id: "search",
      agent: "scout",
      depends_on: ["split"],
      parallel: true,
      estimate: { duration_seconds: 60, cost: 1 },
    },
    { id: "merge", agent: "lead", depends_on: ["split", "search"], estimate: { duration_seconds: 20, cost: 0.25 } },
  ],
};

describe("planWorkflow", () => {
  it("runs one copy per agent of the role and lets dependents wait for all copies", () => {
    const plan = planWorkflow(definitionOf(research));
    expect(plan.tasks.map(({ id, dependsOn, needs, level }) => ({ id, dependsOn, needs, level }))).toEqual([
      { id: "split", dependsOn: [], needs: [], level: 0 },
      { id: "search-1", dependsOn: ["split"], needs: ["split"], level: 1 },
      { id: "search-2", dependsOn: ["split"], needs: ["split"], level: 1 },
      { id: "search-3", dependsOn: ["split"], needs: ["split"], level: 1 },
      {
        id: "merge",
        dependsOn: ["split", "search-1", "search-2", "search-3"],
        needs: ["search-1", "search-2", "search-3"],
        level: 2,
      },
    ]);
    expect(plan.tasks[2]).toMatchObject({ replica: { of: "search", index: 2, count: 3 } });
    expect(plan.flow).toBe("0;(1|2|3);4");
    expect(tasksByLevel(plan)).toEqual([["split"], ["search-1", "search-2", "search-3"], ["merge"]]);
  });

  it("adds up time along the critical path, cost over all tasks, agents and resources over the roles in use", () => {
    const plan = planWorkflow(definitionOf(research));
    expect(plan.criticalPath).toEqual({ tasks: ["split", "search-1", "merge"], seconds: 90 });
    expect(plan.parallelDegree).toBe(3);
    // 0.5 + 3 × 1 + 0.25; one lead and three scouts: 0.5 + 3 × 2 cores, 1 + 3 × 4 GB.
    expect(plan.estimates).toEqual({ durationSeconds: 90, cost: 3.75, agentsRequired: 4, cpuCores: 6.5, memoryGb: 13 });
  });

  it("takes half a minute for a task without an estimate, or its timeout when that is shorter", () => {
    const tasks = [
      { id: "a", agent: "lead" },
      { id: "b", agent: "lead", timeout: 5 },
    ];
    const plan = planWorkflow(definitionOf({ ...research, tasks }));
    expect(plan.tasks.map(({ estimateSeconds }) => estimateSeconds)).toEqual([30, 5]);
  });

  it("names waits across branches on both sides", () => {
    const plan = planWorkflow(workflowOf([[], [], [0, 1], [1]], [9, 1, 1, 1]));
    expect(plan.flow).toBe("(0;2|1;3)");
    expect(plan.tasks.map(({ after, releases }) => ({ after, releases }))).toEqual([
      { after: [], releases: [] },
      { after: [], releases: ["t2"] },
      { after: ["t1"], releases: [] },
      { after: [], releases: [] },
    ]);
  });

  it("writes each distinct retry policy once", () => {
    const tasks = ["a", "b", "c"].map((id) => ({
      id,
      agent: "lead",
      retry_policy: id === "b" ? "none" : { max_attempts: 7 },
    }));
    const plan = planWorkflow(definitionOf({ ...research, tasks }));
    expect(plan.retryPolicies.map(({ maxAttempts }) => maxAttempts)).toEqual([7, 1]);
    expect(plan.tasks.map(({ retryPolicy }) => retryPolicy)).toEqual([0, 1, 0]);
  });

  it("gives equal bytes to equal definitions, whatever the order of their keys", () => {
    const { lead, scout, idle } = research.agents;
    const [split, search, merge] = research.tasks;
    const turned = {
      ...research,
      agents: { scout, idle, lead },
      tasks: [{ input: { b: { d: 1, c: 2 }, a: 1 }, ...split }, search, merge],
    };
    const straight = {
      tasks: [{ ...split, input: { a: 1, b: { c: 2, d: 1 } } }, search, merge],
      version: "1.0",
      name: "research",
      agents: { idle, lead, scout },
    };
    expect(JSON.stringify(planWorkflow(definitionOf(turned)))).toBe(
      JSON.stringify(planWorkflow(definitionOf(straight))),
    );
  });

  it("gives another hash to any change", () => {
    const hashes = [research, { ...research, version: "1.1" }, { ...research, priority: "high" }].map(
      (wire) => planWorkflow(definitionOf(wire)).planHash,
    );
    expect(new Set(hashes).size).toBe(3);
  });

  it("survives storage: parsed again it is the same plan and still matches its hash", () => {
    const plan = planWorkflow(definitionOf(research));
    const stored = Plan.parse(JSON.parse(JSON.stringify(plan)));
    expect(JSON.stringify(stored)).toBe(JSON.stringify(plan));
    expect(isGenuine(stored)).toBe(true);
    expect(isGenuine({ ...stored, priority: "low" })).toBe(false);
  });

  it("throws on a cycle that nobody validated", () => {
    const definition = workflowOf([[], [0]]);
    const [first, second] = definition.tasks;
    if (first === undefined || second === undefined) throw new Error("two tasks were drawn");
    const looped = { ...definition, tasks: [{ ...first, dependsOn: ["t1"] }, second] };
    expect(() => planWorkflow(looped)).toThrow(InvalidDefinitionError);
  });
});
