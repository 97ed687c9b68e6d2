import { describe, expect, it } from "vitest";
import { describeDefinition } from "../../../../shared/workflow/plan/stored-definition.ts";
import { planOf, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const ORIGIN = { tenant: TENANT, machineArn: "arn:x", createdAt: "2026-11-21T10:00:00.000Z", createdBy: "ann" };
const stored = (tasks: readonly object[], more: object = {}) => describeDefinition(planOf(tasks, more), ORIGIN);

describe("what is kept of a definition", () => {
  it("is no more than it says", () => {
    const kept = stored([task("a")]);
    expect(kept).toMatchObject({ ...ORIGIN, name: "drawn", version: "1.0", taskCount: 1, inputFields: [] });
    for (const name of ["description", "hasBudget", "triggers", "maxDurationMinutes", "successRateThreshold"]) expect(kept).not.toHaveProperty(name);
  });

  it("is its description, budget and service level where it has them", () => {
    const more = { description: "draws", budget: { max_cost: 5 }, sla_requirements: { max_duration_minutes: 9, success_rate_threshold: 0.9 } };
    expect(stored([task("a")], more)).toMatchObject({ description: "draws", hasBudget: true, maxDurationMinutes: 9, successRateThreshold: 0.9 });
  });

  it.each([
    { what: "tasks side by side", tasks: [task("a"), task("b")], degree: 2 },
    { what: "a list", tasks: [task("a"), task("b", [], { for_each: { items: "input.list" } })], degree: undefined },
    { what: "a workflow", tasks: [task("a"), { id: "b", workflow: { name: "other" } }], degree: undefined },
    { what: "several agents", tasks: [task("a"), task("b", [], { scatter: { agents: 2 } })], degree: undefined },
  ])("says how wide it is where that is known: $what", ({ tasks, degree }) => {
    expect(stored(tasks).parallelDegree).toBe(degree);
  });

  it("names the fields of the input that its expressions speak of", () => {
    const tasks = [task("a", [], { when: "input.go && has(input.order.id)" }), task("b", ["a"], { input_from: { n: "outputs.a.n" } })];
    expect(stored(tasks).inputFields?.map(({ name }) => name)).toEqual(["go", "order"]);
  });
});
