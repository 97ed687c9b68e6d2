import { describe, expect, it } from "vitest";
import { viewGraph, viewTaskDefinition } from "../../../../shared/execution/views/graph.ts";
import { planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const HEAD = { executionId: "exec_0123456789", workflowId: "drawn", workflowVersion: "1.0" };

/** One task as the graph draws it, and as its definition is shown. */
function views(given: object, more: object = {}) {
  const plan = planOf([task("before"), { id: "it", depends_on: ["before"], ...given }], more);
  const it = plan.tasks.find(({ id }) => id === "it");
  if (it === undefined) throw new Error("the plan has no such task");
  return { drawn: viewGraph(HEAD, plan).tasks.find(({ task_id: id }) => id === "it"), shown: viewTaskDefinition(plan, it) };
}

describe("a plan as the API draws it", () => {
  it("says whose it is, and which way takes longest", () => {
    const plan = planOf([task("a"), task("b", ["a"])]);
    expect(viewGraph(HEAD, plan)).toMatchObject({
      execution_id: "exec_0123456789",
      workflow_id: "drawn",
      workflow_version: "1.0",
      plan_hash: plan.planHash,
      critical_path: ["a", "b"],
      tasks: [{ task_id: "a", depends_on: [] }, { task_id: "b", depends_on: ["a"] }],
    });
  });

  it.each([
    {
      what: "an agent's work without more",
      given: { agent: "worker", timeout: 60 },
      drawn: { kind: "agent", role: "worker", has_instances: false },
    },
    {
      what: "an agent's work with a skill and a description",
      given: { agent: "worker", timeout: 60, skill: "work", description: "does it", on_failure: "continue" },
      drawn: { kind: "agent", role: "worker", skill: "work", description: "does it", on_failure: "continue", has_instances: false },
    },
    { what: "a list", given: { agent: "worker", timeout: 60, for_each: { items: "input.list" } }, drawn: { kind: "agent", role: "worker", has_instances: true } },
    { what: "several agents' work", given: { agent: "worker", timeout: 60, scatter: { agents: 2 } }, drawn: { kind: "agent", role: "worker", has_instances: true } },
    { what: "a workflow", given: { workflow: { name: "other" } }, drawn: { kind: "workflow", workflow_id: "other", has_instances: false } },
    { what: "an approval", given: { approval: { prompt: "pay?" } }, drawn: { kind: "gate", gate: "approval", has_instances: false } },
    { what: "a wait", given: { wait_for_event: { pattern: { "detail-type": ["x"] } } }, drawn: { kind: "gate", gate: "event", has_instances: false } },
  ])("draws $what", ({ given, drawn }) => {
    const { estimate_seconds: estimate, ...rest } = views(given).drawn ?? { estimate_seconds: NaN };
    expect(rest).toEqual({ task_id: "it", depends_on: ["before"], on_failure: "fail", ...drawn });
    expect(estimate).toBeGreaterThanOrEqual(0);
  });
});

describe("the definition of a task as the API shows it", () => {
  it("has no more than the definition says", () => {
    expect(views({ agent: "worker", timeout: 60, retry_policy: "none" }).shown).toEqual({ task_id: "it", kind: "agent", timeout_seconds: 60, max_attempts: 1, on_failure: "fail" });
  });

  it("has where its input comes from, and the rules it runs under", () => {
    const given = {
      agent: "worker",
      description: "does it",
      timeout: 60,
      input: { fixed: 1 },
      input_from: { n: "outputs.before.n" },
      when: "true",
      join: "all",
      on_failure: "park",
      retry_policy: { max_attempts: 3, backoff: "none" },
    };
    expect(views(given).shown).toEqual({
      task_id: "it",
      kind: "agent",
      description: "does it",
      input: { fixed: 1 },
      input_from: { n: "outputs.before.n" },
      when: "true",
      join: "all",
      timeout_seconds: 60,
      max_attempts: 3,
      on_failure: "park",
    });
  });

  it("has who is asked what, where it asks", () => {
    expect(views({ approval: { prompt: "pay?", roles: ["finance"] } }).shown.approval).toEqual({ prompt: "pay?", roles: ["finance"] });
    expect(views({ approval: {} }).shown.approval).toEqual({ roles: [] });
  });
});
