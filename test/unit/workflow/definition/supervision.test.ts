import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { undoPlan } from "../../../../shared/workflow/plan/undo-plan.ts";

const FILE = path.join(import.meta.dirname, "../../../fixtures/definitions/valid/research-and-analysis.workflow.yaml");
const { workflow: EXAMPLE } = z.object({ workflow: z.looseObject({ agents: z.record(z.string(), z.unknown()), tasks: z.array(z.looseObject({ id: z.string() })) }) }).parse(
  parse(readFileSync(FILE, "utf8")),
);

function read(more: object) {
  const { definition, report } = validateDefinition({ workflow: { ...EXAMPLE, ...more } });
  const found = [...report.errors, ...report.warnings].map(({ code, path: place }) => `${code} ${place}`);
  return { found, plan: definition && planWorkflow(definition) };
}
const kindsOf = (more: object) => Object.fromEntries((read(more).plan?.tasks ?? []).map(({ id, kind }) => [id, kind]));

describe("orchestration_pattern beside tasks", () => {
  it("has the supervisor judge what is not its own work, the call as it was", () => {
    expect(kindsOf({})).toEqual({ decompose: "agent", research: "pattern", analyze: "pattern", synthesize: "agent" });
    const { plan } = read({ tasks: [{ id: "a", agent: "researcher", skill: "web_search", input: { n: 1 }, strategy: "round_robin" }] });
    expect(plan?.tasks[0]).toMatchObject({
      kind: "pattern",
      pattern: { name: "supervised", members: { supervisor: ["supervisor"], worker: ["researcher"] }, config: { min_quality: 0.7, max_redo: 1, escalate: false }, callsBound: 7 },
      call: { agent: "researcher", skill: "web_search", strategy: "round_robin" },
      input: { n: 1 },
      onFailure: "fail",
    });
  });

  it("has every judge of a hierarchy decide in turn, and a person at its end", () => {
    const agents = { ...EXAMPLE.agents, head: { type: "x", capabilities: ["assess"] } };
    const { plan } = read({ orchestration_pattern: "hierarchical", agents });
    expect(plan?.tasks[1]).toMatchObject({ pattern: { members: { supervisor: ["supervisor", "head"] }, config: { escalate: true } }, onFailure: "park" });
    const tasks = [{ id: "a", agent: "researcher", on_failure: "continue" }];
    expect(read({ orchestration_pattern: "hierarchical", tasks }).plan?.tasks[0]).toMatchObject({ onFailure: "continue" });
  });

  it("takes its judge and its rules from `pattern`", () => {
    const agents = { ...EXAMPLE.agents, critic: { type: "x" } };
    const { plan, found } = read({ agents, pattern: { members: { supervisor: "critic" }, config: { min_quality: 0.9, max_redo: 3, assess: true } } });
    expect(found).toEqual([]);
    expect(plan?.tasks[0]).toMatchObject({ kind: "pattern", pattern: { members: { supervisor: ["critic"] }, config: { min_quality: 0.9, max_redo: 3 } } });
  });

  it("judges copies one by one, and leaves lists, scatters and hedges as they are written", () => {
    const tasks = [
      { id: "many", agent: "researcher", for_each: { items: "input.pages" } },
      { id: "ask", agent: "researcher", scatter: { agents: 2, aggregate: "first" } },
      { id: "race", agent: "researcher", hedge: { after: 5 } },
      { id: "copy", agent: "researcher", parallel: true, count: 2 },
    ];
    expect(read({ tasks }).found.filter((one) => one.startsWith("PatternUnheard"))).toEqual([0, 1, 2].map((n) => `PatternUnheard workflow.tasks[${n}].agent`));
    expect(kindsOf({ tasks })).toEqual({ many: "agent", ask: "agent", race: "agent", "copy-1": "pattern", "copy-2": "pattern" });
  });

  it.each([{ assess: "off" }, { assess: false }])("is left out by %o", (config) => {
    expect(kindsOf({ pattern: { config } })).toMatchObject({ research: "agent", analyze: "agent" });
  });

  it("says where it changes nothing", () => {
    const agents = { ...EXAMPLE.agents, supervisor: { type: "x" } };
    const judges = { one: { type: "x", capabilities: ["assess"] }, two: { type: "x", capabilities: ["assess"] } };
    const tasks = [{ id: "a", agent: "one" }, { id: "b", agent: "two" }];
    const unheard = "PatternUnheard workflow.orchestration_pattern";
    expect(read({ agents }).found).toEqual([unheard]);
    expect(read({ agents: judges, tasks }).found).toContain(unheard);
    expect(read({ orchestration_pattern: "network" }).found).toEqual([unheard]);
    const { orchestration_pattern: _, ...unsaid } = EXAMPLE;
    expect(validateDefinition({ workflow: unsaid }).report.warnings).toEqual([]);
    expect(kindsOf({ agents })).toMatchObject({ research: "agent" });
  });

  it("names flaws of members and configuration where they stand", () => {
    expect(read({ pattern: { members: { supervisor: "nobody" } } }).found).toEqual(["InvalidMembers workflow.pattern.members.supervisor"]);
    expect(read({ pattern: { members: { supervisor: "supervisor", worker: "researcher" } } }).found).toEqual(["InvalidMembers workflow.pattern.members.worker"]);
    expect(read({ pattern: { config: { min_quality: 7 } } }).found).toEqual(["InvalidValue workflow.pattern.config.min_quality"]);
    expect(read({ pattern: { config: { assess: "maybe" } } }).found).toEqual(["InvalidValue workflow.pattern.config.assess"]);
    expect(read({ pattern: { bounds: { max_calls: 3 } } }).found).toEqual(["ConflictingKeys workflow.pattern"]);
    expect(read({ orchestration_pattern: "debate", pattern: { config: {} } }).found).toContain("ConflictingKeys workflow.pattern");
  });

  it("works for stages as well: the stage that can judge does", () => {
    const stages = [
      { stage_id: "write", agent_requirements: { skills: ["writing"] } },
      { stage_id: "review", agent_requirements: { skills: ["quality_assessment"] } },
    ];
    const { definition } = validateDefinition({ workflow_definition: { workflow_id: "w", version: "1", orchestration_pattern: "supervisor", stages } });
    expect(definition && planWorkflow(definition).tasks.map(({ kind }) => kind)).toEqual(["pattern", "agent"]);
  });

  it("undoes a judged task by the role that did it", () => {
    const tasks = [{ id: "a", agent: "researcher", compensation_action: "forget" }, { id: "b", agent: "analyzer", depends_on: ["a"] }];
    const fault_tolerance = { saga_pattern: { compensation_enabled: true, rollback_on_failure: true } };
    const { plan } = read({ tasks, fault_tolerance });
    const done = plan?.tasks[0];
    if (plan === undefined || done === undefined) throw new Error("no plan");
    const undone = undoPlan(plan, [{ name: "a", task: 0, done, endedAt: "2026-12-01T00:00:00.000Z" }], "backward");
    expect(undone.tasks[0]).toMatchObject({ kind: "agent", agent: "researcher", skill: "forget" });
  });
});
