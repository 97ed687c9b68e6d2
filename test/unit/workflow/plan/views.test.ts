import { describe, expect, it } from "vitest";
import { compilePlan } from "../../../../shared/workflow/compiler/compile-plan.ts";
import { simulate } from "../../../../shared/workflow/compiler/simulator.ts";
import { viewTask } from "../../../../shared/workflow/plan/view-task.ts";
import { tryExpression } from "../../../../shared/expression/try-expression.ts";
import { planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

describe("a task of a plan as the API prints it", () => {
  it("says who does it where an agent does", () => {
    const [first, second] = planOf([task("a", [], { skill: "work" }), { id: "b", workflow: { name: "other" }, depends_on: ["a"] }]).tasks.map(viewTask);
    expect(first).toMatchObject({ id: "a", kind: "agent", agent: "worker", skill: "work", depends_on: [] });
    expect(second).toMatchObject({ id: "b", kind: "workflow", depends_on: ["a"] });
    expect(second).not.toHaveProperty("agent");
  });
});

describe("a machine that is run on paper", () => {
  const plan = planOf([task("a"), task("b", ["a"])]);
  const { machines, ...compiled } = compilePlan(plan);
  const changed = (change: (asl: string) => string) => simulate({ ...compiled, machines: machines.map((machine) => ({ ...machine, asl: change(machine.asl) })) }, plan, () => 1);

  it("takes as long as its tasks one after another", () => {
    expect(changed((asl) => asl)).toMatchObject({ makespan: 2, finished: true, stuck: [] });
  });

  it("is refused when a part of it is missing", () => {
    expect(() => simulate({ ...compiled, machines: [] }, plan, () => 1)).toThrow("no machine main");
    expect(() => changed((asl) => asl.replace(/"StartAt":"[^"]*"/, '"StartAt":"nowhere"'))).toThrow('no state "nowhere"');
    expect(() => changed((asl) => asl.replaceAll('"task":', '"tusk":'))).toThrow("a task state names no task");
  });
});

describe("an expression that is tried", () => {
  it("is refused without a place when it is too long to be read", () => {
    const trial = tryExpression(`1 + ${"1".repeat(3000)}`, {});
    expect(trial).toMatchObject({ is_valid: false, error: { message: expect.stringContaining("longer than") } });
    expect(trial.error).not.toHaveProperty("position");
  });
});
