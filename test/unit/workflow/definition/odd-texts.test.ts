import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../../../shared/workflow/definition/parse-definition.ts";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";
import type { LocatedIssue } from "../../../../shared/workflow/definition/issue.ts";
import { a, b, define, errorsOf } from "./definition-samples.ts";

const line = ({ line: at, column, code, message }: LocatedIssue): string => `${at}:${column} ${code}: ${message}`;
const errors = (...lines: readonly string[]): string[] => parseDefinition(lines.join("\n"), { file: "x.yaml" }).report.errors.map(line);
const HEAD = ["name: demo", 'version: "1.0"', "agents: {worker: {type: w}}"];

describe("a text in YAML", () => {
  it("names keys that are aliases, and finds those that appear twice", () => {
    const found = errors(...HEAD, "tasks:", "  - {id: &x a, agent: worker, *x : 1, *x : 2}");
    expect(found.some((text) => text.includes('the key "*x" appears twice'))).toBe(true);
  });

  it("takes no keys that are lists for keys of the same name", () => {
    expect(errors(...HEAD, "tasks:", "  - {id: a, agent: worker, ? [x] : 1, ? [x] : 2}").length).toBeGreaterThan(0);
  });

  it("points to the key of something that has none of its value", () => {
    expect(errors(...HEAD, "tasks:", "  - ? id", "    agent: worker")).toContainEqual(expect.stringMatching(/^5:7 /));
  });

  it("that ends nowhere points to where it does", () => {
    expect(errors("name: demo", "tasks: [")[0]).toMatch(/^\d+:\d+ YamlSyntax/);
  });
});

describe("a text in JSON", () => {
  it.each([
    { text: "{", says: /JsonSyntax/ },
    { text: '{"name": "demo",}', says: /JsonSyntax/ },
    { text: '{"name": 1 2}', says: /JsonSyntax/ },
  ])("$text is refused with its place", ({ text, says }) => {
    expect(parseDefinition(text, { file: "x.json" }).report.errors.map(line)[0]).toMatch(says);
  });
});

describe("the path of an issue", () => {
  it("writes names that are no names in quotes", () => {
    const found = errorsOf(define([a], { agents: { worker: { type: "w" }, "two words": { type: 7 } } }));
    expect(found.some((text) => text.includes('agents["two words"]'))).toBe(true);
  });

  it("leads to what a task really says: skill or action, timeout or timeout_seconds", () => {
    const skilled = { agents: { worker: { type: "w", capabilities: ["work"] } }, execution_timeout_seconds: 60 };
    const pathsOf = (more: object): string[] => {
      const { report } = validateDefinition(define([{ ...a, ...more }], skilled));
      return [...report.errors, ...report.warnings].map(({ path }) => path);
    };
    expect(pathsOf({ action: "sing" })).toContain("tasks[0].action");
    expect(pathsOf({ skill: "sing" })).toContain("tasks[0].skill");
    expect(pathsOf({ timeout: 9999 })).toContain("tasks[0].timeout");
    expect(pathsOf({ timeout_seconds: 9999 })).toContain("tasks[0].timeout_seconds");
  });
});

describe("a definition that names no agents", () => {
  it("says of a task's that it is to be defined", () => {
    const { report } = validateDefinition({ ...define([a]), agents: {} });
    expect(report.errors.map(({ code }) => code)).toContain("UnknownAgent");
    expect(report.errors.map(({ remedy }) => remedy).join()).toContain("nothing yet");
  });
});

describe("copies of a task", () => {
  it.each([
    { what: "as many as are said", more: { parallel: true, count: 3 }, count: 3 },
    { what: "one per agent of the role where nothing is said", more: { parallel: true }, count: 4 },
    { what: "one without more", more: {}, count: 1 },
  ])("are $what", ({ more, count }) => {
    const { definition } = validateDefinition(define([{ id: "a", agent: "worker", ...more }], { agents: { worker: { type: "w", count: 4 } } }));
    expect(definition?.tasks[0]?.replicas).toBe(count);
  });

  it("are refused of a task that calls no agent", () => {
    expect(errorsOf(define([a, { id: "b", workflow: "x", depends_on: ["a"], parallel: true, count: 2 }])).join()).toContain("copies");
    expect(errorsOf(define([{ id: "a", agent: "ghost", parallel: true }, b({})])).join()).toContain("UnknownAgent");
  });
});

describe("a definition in stages", () => {
  const stages = (list: readonly object[], more: object = {}) => ({ workflow_id: "staged", version: "1.0", stages: list, ...more });
  const stage = (stage_id: string, more: object = {}) => ({ stage_id, agent_requirements: { skills: ["work"] }, ...more });

  it("has estimates with what they leave out, and limits where it sets some", () => {
    const list = [stage("a", { estimate: { duration_seconds: 5 } }), stage("b", { estimate: { cost: 2 } }), stage("c")];
    const { definition, report } = validateDefinition(stages(list, { resource_constraints: { max_agents: 3 } }));
    expect(report.errors).toEqual([]);
    expect(definition?.tasks.map(({ estimate }) => estimate)).toMatchObject([{ durationSeconds: 5, cost: 0 }, { cost: 2 }, undefined]);
    expect(definition?.tasks[1]?.estimate?.durationSeconds).toBeGreaterThan(0);
    expect(definition?.resourceConstraints).toMatchObject({ maxAgents: 3 });
  });

  it("points to the dependency that is wrong, wherever it is written", () => {
    const wire = stages([stage("a"), stage("b", { depends_on: ["ghost"] })], { execution_mode: "parallel", stage_dependencies: { b: ["phantom"] } });
    const paths = validateDefinition(wire).report.errors.map(({ path }) => path);
    expect(paths).toContain("stages[1].depends_on[0]");
    expect(paths).toContain("stage_dependencies.b[0]");
  });

  it("reads retries in the words of either document", () => {
    const retries = (retry_policy: unknown) => validateDefinition(stages([stage("a", { retry_policy })])).definition?.tasks[0]?.retryPolicy;
    expect(retries({ backoff_strategy: "exponential_backoff" })).toMatchObject({ backoff: "exponential" });
    expect(retries("none")).toMatchObject({ backoff: "none", maxAttempts: 1 });
  });
});

describe("a vote of several agents", () => {
  it("has the quorum and the rule for conflicts that it names", () => {
    const scatterOf = (scatter: object) => validateDefinition(define([{ ...a, scatter }])).definition?.tasks[0]?.scatter;
    expect(scatterOf({ agents: 3, aggregate: "majority_vote", quorum: "plurality" })).toMatchObject({ quorum: "plurality" });
    expect(scatterOf({ agents: 3, aggregate: "merge", on_conflict: "fail" })).toMatchObject({ onConflict: "fail" });
    expect(scatterOf({ agents: 3 })).not.toHaveProperty("quorum");
  });
});
