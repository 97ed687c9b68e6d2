import { describe, expect, it } from "vitest";
import { inputFieldsOf } from "../../../../shared/workflow/plan/input-fields.ts";
import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";

function planOf(tasks: readonly object[], more: object = {}) {
  const workflow = { name: "w", version: "1.0", agents: { a: { type: "t", capabilities: ["c"] } }, tasks, ...more };
  const { definition, report } = validateDefinition({ workflow });
  if (definition === undefined) throw new Error(JSON.stringify(report.errors));
  return planWorkflow(definition);
}

describe("inputFieldsOf", () => {
  it("finds nothing where no expression speaks of the input", () => {
    expect(inputFieldsOf(planOf([{ id: "x", agent: "a" }]))).toEqual([]);
  });

  it("names each field once, whoever reads it, and requires what is read without asking", () => {
    const plan = planOf(
      [
        { id: "x", agent: "a", input_from: { q: "input.question" } },
        { id: "y", agent: "a", when: "has(input.deep) && input.deep", depends_on: ["x"] },
        { id: "z", agent: "a", for_each: { items: "input.list.parts" } },
      ],
      { outputs: { question: "input.question" } },
    );
    expect(inputFieldsOf(plan)).toEqual([
      { name: "deep", isRequired: false },
      { name: "list", isRequired: true },
      { name: "question", isRequired: true },
    ]);
  });

  it("requires a field that one expression asks for and another reads all the same", () => {
    const plan = planOf([
      { id: "x", agent: "a", when: "has(input.n) && input.n > 1" },
      { id: "y", agent: "a", input_from: { n: "input.n" } },
    ]);
    expect(inputFieldsOf(plan)).toEqual([{ name: "n", isRequired: true }]);
  });
});
