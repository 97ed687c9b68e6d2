import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../../../shared/workflow/definition/parse-definition.ts";
import type { LocatedIssue } from "../../../../shared/workflow/definition/issue.ts";

const HEAD = ["name: demo", 'version: "1.0"', "agents:", "  worker: {type: w, capabilities: [work]}", "tasks:"].join(
  "\n",
);
const withTasks = (...lines: string[]): string => `${[HEAD, ...lines].join("\n")}\n`;
const task = (id: string, ...inputs: string[]): string =>
  `  - {id: ${id}, agent: worker, depends_on: [${inputs.join(", ")}]}`;

const fixture = (name: string) => {
  const file = `test/fixtures/definitions/${name}`;
  return parseDefinition(readFileSync(new URL(`../../../../${file}`, import.meta.url), "utf8"), { file });
};
const line = ({ line: at, column, code, path, message }: LocatedIssue): string =>
  `${at}:${column} ${code} ${path}: ${message}`;

describe("parseDefinition", () => {
  it.each(["valid/research-and-analysis.workflow.yaml", "valid/financial-stages.json", "valid/flat-create.json"])(
    "accepts %s",
    (name) => {
      const { definition, report } = fixture(name);
      expect(report.errors.map(line)).toEqual([]);
      expect(definition).toBeDefined();
    },
  );

  it("reports every flaw of a file at once, each with its place and its remedy", () => {
    const { definition, report } = fixture("invalid/many-flaws.workflow.yaml");
    expect(definition).toBeUndefined();
    expect(report.errors.map(line)).toEqual([
      '10:14 UnknownAgent workflow.tasks[0].agent: task "fetch" names the agent "wroker", which is not defined',
      '11:7 UnknownKey workflow.tasks[0].depend_on: unknown key "depend_on"',
      '14:20 UnknownDependency workflow.tasks[1].depends_on[0]: task "clean" depends on "fetsh", which is not defined',
      "14:27 Cycle workflow.tasks[1].depends_on[1]: tasks wait for each other: clean → report → clean",
      "18:16 WrongType workflow.tasks[2].timeout: expected number, got string",
      '19:11 DuplicateTask workflow.tasks[3].id: task id "clean" is used twice; first by task 2',
    ]);
    expect(report.errors.map(({ remedy }) => remedy)).toEqual([
      'did you mean "worker"?',
      'did you mean "depends_on"?',
      'did you mean "fetch"?',
      "remove one of these dependencies",
      "write the number without quotes",
      "give each task its own id (copies are named id-1, id-2 …)",
    ]);
    expect(report.warnings.map(line)).toEqual([
      '3:12 VersionNotString workflow.version: the version is a number and is read as "1.10"',
    ]);
    expect(new Set([...report.errors, ...report.warnings].map(({ file }) => file))).toEqual(
      new Set(["test/fixtures/definitions/invalid/many-flaws.workflow.yaml"]),
    );
  });

  it("refuses a feature of a later release as an unknown key, and says what is known", () => {
    const [error] = fixture("invalid/future-features.workflow.yaml").report.errors;
    expect(error).toMatchObject({ code: "UnknownKey", path: "workflow.tasks[0].repeat_until", line: 9, column: 7 });
    expect(error?.remedy).toMatch(/^remove it, or use one of id, agent, skill, /);
  });

  it.each([
    {
      flaw: "a cycle, printed",
      source: withTasks(task("a", "b"), task("b", "a")),
      code: "Cycle",
      at: [6, 41],
      says: "a → b → a",
    },
    {
      flaw: "a longer cycle",
      source: withTasks(task("a", "c"), task("b", "a"), task("c", "b")),
      code: "Cycle",
      at: [6, 41],
      says: "a → c → b → a",
    },
    {
      flaw: "a knot of several cycles, by one cycle and all its tasks",
      source: withTasks(task("a", "b"), task("b", "a", "c"), task("c", "d"), task("d", "c", "a"), task("e", "d")),
      code: "Cycle",
      at: [6, 41],
      says: "a → b → a; this knot holds 4 tasks: a, b, c, d",
    },
    {
      flaw: "a task that waits for itself",
      source: withTasks(task("a", "a")),
      code: "SelfDependency",
      at: [6, 41],
      says: '"a" depends on itself',
    },
    {
      flaw: "a missing agent key",
      source: withTasks("  - id: a"),
      code: "MissingKey",
      at: [6, 5],
      says: '"agent" is missing',
    },
    {
      flaw: "the id __proto__",
      source: withTasks(task("__proto__")),
      code: "InvalidValue",
      at: [6, 10],
      says: '"__proto__" is not allowed',
    },
    {
      flaw: "inherited names as references",
      source: withTasks("  - {id: constructor, agent: toString}"),
      code: "UnknownAgent",
      at: [6, 30],
      says: '"toString"',
    },
    {
      flaw: "a YAML syntax error",
      source: withTasks("  - id: [a"),
      code: "YamlSyntax",
      at: [7, 1],
      says: "Flow sequence",
    },
    { flaw: "tabs", source: "workflow:\n\tname: x\n", code: "YamlSyntax", at: [2, 1], says: "Tabs" },
    {
      flaw: "a key written twice",
      source: withTasks("  - id: a", "    agent: worker", "    id: b"),
      code: "DuplicateKey",
      at: [8, 5],
      says: '"id" appears twice',
    },
    {
      flaw: "two documents",
      source: `${withTasks(task("a"))}---\nname: other\n`,
      code: "MultipleDocuments",
      at: [7, 1],
      says: "more than one",
    },
    { flaw: "nothing at all", source: "", code: "EmptyDocument", at: [1, 1], says: "empty" },
    { flaw: "only a comment", source: "# later\n", code: "EmptyDocument", at: [1, 1], says: "empty" },
    { flaw: "null", source: "---\n", code: "EmptyDocument", at: [1, 1], says: "empty" },
    { flaw: "a list", source: "- a\n", code: "WrongType", at: [1, 1], says: "got a list" },
    { flaw: "an alias without anchor", source: "name: *ghost\n", code: "YamlSyntax", at: [1, 1], says: "ghost" },
    {
      flaw: "a count that nothing uses",
      source: withTasks("  - {id: a, agent: worker, count: 3}"),
      code: "CountWithoutParallel",
      at: [6, 35],
      says: "count 3",
    },
    {
      flaw: "copies that take a task's id",
      source: withTasks(task("a-2"), "  - {id: a, agent: worker, parallel: true, count: 2}"),
      code: "DuplicateTask",
      at: [7, 10],
      says: '"a-2"',
    },
    {
      flaw: "more copies than tasks are allowed",
      source: withTasks(
        "  - {id: a, agent: worker, parallel: true, count: 6000}",
        "  - {id: b, agent: worker, parallel: true, count: 6000}",
      ),
      code: "TooManyTasks",
      at: [6, 3],
      says: "12000 tasks",
    },
    {
      flaw: "an unknown word",
      source: withTasks("  - {id: a, agent: worker, priority: hgih}"),
      code: "InvalidValue",
      at: [6, 38],
      says: "is not one of low",
    },
    {
      flaw: "a null list",
      source: withTasks("  - {id: a, agent: worker, depends_on: }"),
      code: "WrongType",
      at: [6, 40],
      says: "expected array, got null",
    },
    {
      flaw: "not-a-number",
      source: withTasks("  - {id: a, agent: worker, input: {x: .nan}}"),
      code: "NotJson",
      at: [6, 39],
      says: "NaN",
    },
    {
      flaw: "no tasks",
      source: withTasks().replace("tasks:", "tasks: []"),
      code: "NoTasks",
      at: [5, 8],
      says: "empty",
    },
    {
      flaw: "an odd version",
      source: withTasks(task("a")).replace("1.0", "one"),
      code: "InvalidValue",
      at: [2, 10],
      says: '"one"',
    },
  ])("answers $flaw", ({ source, code, at, says }) => {
    const { definition, report } = parseDefinition(source, { file: "w.yaml" });
    const [error] = report.errors;
    expect(definition).toBeUndefined();
    expect({ code: error?.code, at: [error?.line, error?.column] }).toEqual({ code, at });
    expect(error?.message).toContain(says);
    expect(error?.remedy).not.toBe("");
  });

  it.each([
    { flaw: "a trailing comma", source: '{\n  "name": "x",\n}', code: "JsonSyntax", at: [3, 1] },
    { flaw: "a comment", source: "{} // note", code: "JsonSyntax", at: [1, 4] },
    { flaw: "a text that breaks off", source: '{"name":', code: "JsonSyntax", at: [1, 9] },
    { flaw: "a key written twice", source: '{"name": "x",\n "name": "y"}', code: "DuplicateKey", at: [2, 2] },
    {
      flaw: "__proto__ as a role",
      source: '{"agents": {"__proto__": {"type": "x"}}}',
      code: "ReservedKey",
      at: [1, 13],
    },
    { flaw: "an empty file", source: " ", code: "EmptyDocument", at: [1, 1] },
  ])("answers $flaw in JSON", ({ source, code, at }) => {
    const [error] = parseDefinition(source, { file: "w.json" }).report.errors;
    expect({ code: error?.code, at: [error?.line, error?.column] }).toEqual({ code, at });
  });

  it("resolves anchors and merge keys", () => {
    const { definition, report } = parseDefinition(
      withTasks("  - &first {id: a, agent: worker, timeout: 5}", "  - {<<: *first, id: b, depends_on: [a]}"),
      { file: "w.yaml" },
    );
    expect(report.errors).toEqual([]);
    expect(definition?.tasks.map(({ id, timeoutSeconds }) => [id, timeoutSeconds])).toEqual([
      ["a", 5],
      ["b", 5],
    ]);
  });

  it("keeps the text of an unquoted version", () => {
    const { definition, report } = parseDefinition(withTasks(task("a")).replace('"1.0"', "1.10"), { file: "w.yaml" });
    expect(definition?.version).toBe("1.10");
    expect(report.warnings.map(({ code, line: at }) => [code, at])).toEqual([["VersionNotString", 2]]);
  });

  it("lists a hundred flaws and counts the rest", () => {
    const { errors } = parseDefinition(
      withTasks(...Array.from({ length: 150 }, (_, index) => task(`t${index}`, "ghost"))),
      { file: "w.yaml" },
    ).report;
    expect(errors).toHaveLength(101);
    expect(errors.at(-1)).toMatchObject({ code: "MoreIssues", message: "50 more like these" });
  });
});
