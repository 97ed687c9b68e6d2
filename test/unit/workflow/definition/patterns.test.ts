import { describe, expect, it } from "vitest";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { comparePlans } from "../../../../shared/workflow/plan/plan-difference.ts";
import { viewTask } from "../../../../shared/workflow/plan/view-task.ts";
import type { WorkflowDefinition } from "../../../../shared/workflow/definition/workflow-definition.ts";

const AGENTS = { lead: { type: "x", capabilities: ["assess"] }, one: { type: "x" }, two: { type: "x", count: 2 } };
const PATTERN = { name: "supervisor", members: { supervisor: "lead", workers: ["one", "two"] } };
const validate = (more: object) => validateDefinition({ name: "w", version: "1.0", agents: AGENTS, ...more });
const errors = (more: object) => validate(more).report.errors.map(({ code, path, remedy }) => [code, path, remedy]);

function defined(more: object): WorkflowDefinition {
  const { definition, report } = validate(more);
  if (definition === undefined) throw new Error(JSON.stringify(report.errors));
  return definition;
}

describe("a workflow that is a pattern as a whole", () => {
  it("is one task, by the name of the pattern or of orchestration_pattern", () => {
    const named = defined({ pattern: PATTERN });
    expect(named).toMatchObject({ pattern: "supervisor", tasks: [{ id: "main", pattern: { name: "supervisor" } }] });
    const { name: _, ...rest } = PATTERN;
    expect(defined({ orchestration_pattern: "supervisor", pattern: rest })).toEqual(named);
    expect(defined({ pattern: { name: "voting", members: { voters: "two" } } })).toMatchObject({ pattern: "voting" });
  });

  it("has tasks or a pattern, and the pattern has a name", () => {
    expect(errors({})).toEqual([["MissingKey", "tasks", "add `tasks`, or `pattern` in their place"]]);
    expect(errors({ pattern: PATTERN, tasks: [{ id: "a", agent: "one" }] })).toEqual([["ConflictingKeys", "pattern", expect.stringContaining("move the pattern into a task")]]);
    expect(errors({ pattern: { members: PATTERN.members } })).toEqual(expect.arrayContaining([["MissingKey", "pattern.name", expect.stringContaining("orchestration_pattern")]]));
  });

  it("says where its flaws stand", () => {
    expect(errors({ orchestration_pattern: "custom", pattern: {} })).toEqual([["UnknownPattern", "pattern.name", expect.stringContaining("use one of")]]);
    expect(errors({ pattern: { ...PATTERN, config: { max_redo: 9 } } })).toEqual([["InvalidValue", "pattern.config.max_redo", expect.any(String)]]);
    expect(errors({ pattern: { ...PATTERN, members: { supervisor: "lead", workers: "three" } } })).toEqual([["InvalidMembers", "pattern.members.workers", expect.any(String)]]);
    expect(errors({ pattern: { ...PATTERN, bounds: { max_calls: 0 } } })).toEqual([["InvalidValue", "pattern.bounds.max_calls", expect.any(String)]]);
  });
});

describe("a workflow as a member", () => {
  const members = { supervisor: "lead", workers: [{ workflow: "brief", version: 2 }, "one"] };
  const task = (more: object = {}) => ({ tasks: [{ id: "a", pattern: { name: "supervisor", members: { ...members, ...more } } }] });

  it("goes by its name, and says which version", () => {
    const [planned] = planWorkflow(defined(task())).tasks;
    expect(planned).toMatchObject({ pattern: { members: { workers: ["brief", "one"] }, workflows: { brief: { name: "brief", version: "2" } } } });
    const [alone] = planWorkflow(defined(task({ workers: { workflow: "brief" } }))).tasks;
    expect(alone).toMatchObject({ pattern: { members: { workers: ["brief"] }, workflows: { brief: { name: "brief" } } } });
  });

  it("is neither the workflow itself nor one that is called like an agent", () => {
    expect(errors(task({ workers: { workflow: "w" } }))).toEqual([["RecursiveWorkflow", "tasks[0].pattern.members", "name another workflow"]]);
    expect(errors(task({ workers: { workflow: "two" } }))).toEqual([["InvalidMembers", "tasks[0].pattern.members", "rename the agent"]]);
  });
});

describe("a task with a pattern", () => {
  it("does nothing else, and not as an element of a list", () => {
    expect(errors({ tasks: [{ id: "a", pattern: PATTERN, agent: "one" }] })).toEqual([["ConflictingKeys", "tasks[0]", expect.any(String)]]);
    expect(errors({ tasks: [{ id: "a", pattern: PATTERN, for_each: "input.list" }] })).toEqual([["UnusableKey", "tasks[0].for_each", expect.any(String)]]);
    expect(errors({ tasks: [{ id: "a", pattern: PATTERN, hedge: { after: 5 } }] })).toEqual([["UnusableKey", "tasks[0].hedge", expect.any(String)]]);
  });

  it("counts its roles: none is unused, and all their agents are needed", () => {
    const definition = defined({ tasks: [{ id: "a", pattern: PATTERN }] });
    expect(validate({ tasks: [{ id: "a", pattern: PATTERN }] }).report.warnings).toEqual([]);
    expect(planWorkflow(definition).estimates).toMatchObject({ agentsRequired: 4, durationSeconds: 300 });
    expect(errors({ tasks: [{ id: "a", pattern: PATTERN }], resource_constraints: { max_agents: 3 } })).toEqual([["ResourceUnsatisfiable", "resource_constraints.max_agents", expect.any(String)]]);
  });

  it("shows in its plan how, and by how many calls at most; equal uses give equal plans", () => {
    const plan = planWorkflow(defined({ tasks: [{ id: "a", pattern: { ...PATTERN, bounds: { max_calls: 9, max_seconds: 60 } } }] }));
    const [task] = plan.tasks;
    expect(task).toMatchObject({ kind: "pattern", pattern: { version: 1, members: { workers: ["one", "two"] }, config: { min_quality: 0.7 }, callsBound: 83, maxCalls: 9, maxSeconds: 60 } });
    expect(task === undefined ? undefined : viewTask(task)).toMatchObject({ kind: "pattern", pattern: { name: "supervisor", calls_bound: 83, max_calls: 9 } });
    const turned = planWorkflow(defined({ tasks: [{ id: "a", pattern: { bounds: { max_seconds: 60, max_calls: 9 }, config: { replan: 1, max_redo: 1 }, ...PATTERN } }] }));
    expect(turned.planHash).toBe(plan.planHash);
  });

  it("is another when its configuration or a role of it is, and cannot be planned with flaws", () => {
    const before = planWorkflow(defined({ tasks: [{ id: "a", pattern: PATTERN }] }));
    const after = (more: object) => comparePlans(before, planWorkflow(defined({ tasks: [{ id: "a", pattern: PATTERN }], ...more }))).changed;
    expect(after({})).toEqual([]);
    expect(after({ tasks: [{ id: "a", pattern: { ...PATTERN, config: { replan: 0 } } }] })).toEqual(["a"]);
    expect(after({ agents: { ...AGENTS, two: { type: "x", count: 2, min_trust_score: 3 } } })).toEqual(["a"]);
    const flawed = defined({ tasks: [{ id: "a", pattern: PATTERN }] });
    expect(() => planWorkflow({ ...flawed, agents: {} })).toThrow("no agent of this definition");
  });

  it("may be a stage", () => {
    const stages = [
      { stage_id: "lead", agent_requirements: { skills: ["x"] } },
      { stage_id: "one", agent_requirements: { skills: ["x"] } },
      { stage_id: "team", pattern: { name: "supervisor", members: { supervisor: "lead", workers: "one" } } },
    ];
    const { definition } = validateDefinition({ workflow_id: "w", version: "1.0", stages });
    expect(definition?.tasks[2]).toMatchObject({ id: "team", dependsOn: ["one"], pattern: { name: "supervisor" } });
  });
});
