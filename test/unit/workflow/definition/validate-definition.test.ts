import { describe, expect, it } from "vitest";
import { closest } from "../../../../shared/core/closest.ts";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import type { Issue } from "../../../../shared/workflow/definition/issue.ts";
import { wireOf } from "../../../fixtures/workflow/workflows.ts";

const base = {
  name: "demo",
  version: "1.0",
  agents: { worker: { type: "w", count: 2, capabilities: ["work"], resources: { cpu: "1500m", memory: "2GB" } } },
  tasks: [
    { id: "a", agent: "worker" },
    { id: "b", agent: "worker", depends_on: ["a"] },
  ],
};
const short = ({ code, path }: Issue): string => `${code} ${path}`;

describe("validateDefinition", () => {
  it("has nothing to say about a sound definition", () => {
    expect(validateDefinition(base).report).toEqual({ errors: [], warnings: [], optimizations: [] });
  });

  it.each([
    {
      advice: "a role without tasks",
      wire: { ...base, agents: { ...base.agents, spare: { type: "s" } } },
      warnings: ["UnusedAgent agents.spare"],
    },
    {
      advice: "a task that outlasts its execution",
      wire: { ...base, execution_timeout_seconds: 100 },
      warnings: ["TimeoutBeyondExecution tasks[0].timeout", "TimeoutBeyondExecution tasks[1].timeout"],
    },
    {
      advice: "a task connected to nothing",
      wire: { ...base, tasks: [...base.tasks, { id: "c", agent: "worker" }] },
      warnings: ["IsolatedTask tasks[2]"],
    },
    {
      advice: "a skill outside the role",
      wire: { ...base, tasks: [{ id: "a", agent: "worker", skill: "fly" }] },
      warnings: ["SkillOutsideRole tasks[0].skill"],
    },
    {
      advice: "a dependency named twice",
      wire: { ...base, tasks: [base.tasks[0], { id: "b", agent: "worker", depends_on: ["a", "a"] }] },
      warnings: ["RepeatedDependency tasks[1].depends_on[1]"],
    },
    {
      advice: "a version written as a number",
      wire: { ...base, version: 2.5 },
      warnings: ["VersionNotString version"],
    },
  ])("warns of $advice, and still accepts it", ({ wire, warnings }) => {
    const { definition, report } = validateDefinition(wire);
    expect(definition).toBeDefined();
    expect(report.warnings.map(short)).toEqual(warnings);
  });

  it("does not call islands isolated when there is nothing but islands", () => {
    expect(validateDefinition(wireOf([[], [], []])).report.warnings).toEqual([]);
  });

  it("finds dependencies that others imply", () => {
    const { report } = validateDefinition(wireOf([[], [0], [0, 1], [0, 2]]));
    expect(report.optimizations.map(short)).toEqual([
      "RedundantDependency tasks[2].depends_on[0]",
      "RedundantDependency tasks[3].depends_on[0]",
    ]);
  });

  it.each([
    { ceiling: { max_agents: 1 }, error: "the agents need 2 agents, max_agents allows 1" },
    { ceiling: { max_cpu: "2 cores" }, error: "the agents need 3 cores, max_cpu allows 2" },
    { ceiling: { max_memory: "3GB" }, error: "the agents need 4 GB, max_memory allows 3" },
  ])("refuses what $ceiling cannot hold", ({ ceiling, error }) => {
    expect(
      validateDefinition({ ...base, resource_constraints: ceiling }).report.errors.map(({ message }) => message),
    ).toEqual([error]);
  });

  it("accepts what the ceilings just hold", () => {
    const ceiling = { max_agents: 2, max_cpu: 3, max_memory: "4GB" };
    expect(validateDefinition({ ...base, resource_constraints: ceiling }).report.errors).toEqual([]);
  });

  it("refuses capabilities that no registered agent offers, when it is told what they offer", () => {
    const check = (...offered: string[]) =>
      validateDefinition(base, { capabilities: new Set(offered) }).report.errors.map(short);
    expect(check("work")).toEqual([]);
    expect(check("rest")).toEqual(["CapabilityMissing agents.worker"]);
  });

  it.each([undefined, null, 5, "text", [], {}, { workflow: null }, { workflow: [] }, { tasks: 5 }, { stages: {} }])(
    "reports %j instead of throwing",
    (value) => {
      const { definition, report } = validateDefinition(value);
      expect(definition).toBeUndefined();
      expect(report.errors.length).toBeGreaterThan(0);
    },
  );

  it("refuses keys beside the wrapper", () => {
    expect(validateDefinition({ workflow: base, input_data: {} }).report.errors.map(short)).toEqual([
      "UnknownKey input_data",
    ]);
  });

  it("refuses a value nested 100 000 deep without running out of stack", () => {
    let deep: unknown = 0;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const tasks = [{ id: "a", agent: "worker", input: { deep } }];
    expect(validateDefinition({ ...base, tasks }).report.errors.map(({ code }) => code)).toEqual(["TooDeep"]);
  });

  it("names a role's own flaw and not also every task that uses it", () => {
    expect(validateDefinition({ ...base, agents: { worker: null } }).report.errors.map(short)).toEqual([
      "WrongType agents.worker",
    ]);
  });
});

describe("closest", () => {
  it.each([
    { word: "depend_on", candidates: ["description", "depends_on"], near: "depends_on" },
    { word: "fetsh", candidates: ["flush", "fetch"], near: "fetch" },
    { word: "ab", candidates: ["ba"], near: "ba" },
    { word: "when", candidates: ["id", "agent", "input"], near: undefined },
  ])("takes $word for $near", ({ word, candidates, near }) => {
    expect(closest(word, candidates)).toBe(near);
  });
});
