import { json } from "@dagrejs/graphlib";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openShell, SMALL } from "./shell.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const SHIPPED = path.join(ROOT, "statemachines/definitions/financial-pipeline.workflow.yaml");
const FLAWED = path.join(ROOT, "test/fixtures/definitions/invalid/many-flaws.workflow.yaml");

const shell = openShell();
const { folder, small, run } = shell;
afterAll(() => shell[Symbol.dispose]());

describe("a2a, offline", () => {
  it("validates a file", async () => {
    const { code, out, err } = await run(["validate", small]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.split("\n")).toEqual([
      `${small}:4:12 warning workflow.version: ` +
        'the version is a number and is read as "1.10" — put it in quotes: "1.10"',
      `✓ ${small} is valid: small 1.10, 2 tasks`,
      "",
    ]);
  });

  it("prints every flaw with place and remedy, and fails", async () => {
    const { code, out, err } = await run(["validate", FLAWED]);
    const [first = "", ...others] = err.trimEnd().split("\n");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(first).toBe(
      `${FLAWED}:10:14 workflow.tasks[0].agent: ` +
        'task "fetch" names the agent "wroker", which is not defined — did you mean "worker"?',
    );
    expect(others.at(-1)).toBe(`${FLAWED} is not valid: 6 errors`);
  });

  it("draws the plan", async () => {
    const { code, out } = await run(["plan", SHIPPED]);
    expect(code).toBe(0);
    expect(out.split("\n").slice(0, 5)).toEqual([
      "financial-pipeline 1.0  10 tasks, 6 levels, high priority",
      "",
      "critical path    3 m 00 s: ingest → validate-format → standardise → returns → performance-charts → report",
      "parallel degree  4",
      "estimate         3 m 00 s, 6 agents",
    ]);
    expect(out).toContain(
      [
        "  3 ─ ◆ standardise         ← validate-format",
        "  4 ┬ ◆ returns             ← standardise",
        "    ├   volatility          ← standardise",
        "    ├   drawdown            ← standardise",
        "    └   correlation         ← standardise",
        "  5 ┬ ◆ performance-charts  ← returns, drawdown",
        "    └   risk-charts         ← drawdown, volatility, correlation",
      ].join("\n"),
    );
  });

  it.each([
    {
      format: "dot",
      lines: [
        'digraph "small 1.10" {',
        "  rankdir=LR;",
        '  "task:fetch" [label="fetch", shape=box, penwidth=2];',
        '  "task:report" [label="report", shape=box, penwidth=2];',
        '  "task:fetch" -> "task:report" [penwidth=2];',
        "}",
      ],
    },
    {
      format: "mermaid",
      lines: [
        "flowchart LR",
        '  t0["fetch"]:::critical',
        '  t1["report"]:::critical',
        "  t0 ==> t1",
        "  classDef critical stroke-width:3px",
      ],
    },
  ])("writes the plan's graph as $format", async ({ format, lines }) => {
    const { code, out, err } = await run(["plan", small, "--format", format]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.trimEnd().split("\n")).toEqual(lines);
  });

  it("writes the plan's graph as JSON that graphlib reads", async () => {
    const { out } = await run(["plan", small, "--format", "graphlib"]);
    const graph = json.read(JSON.parse(out));
    expect(graph.edges()).toEqual([{ v: "task:fetch", w: "task:report" }]);
    expect(graph.node("task:report")).toMatchObject({ id: "report", kind: "agent", level: 1, isCritical: true, part: 0 });
  });

  it("refuses a format beside --json", async () => {
    const { code, err } = await run(["plan", small, "--format", "dot", "--json"]);
    expect(code).not.toBe(0);
    expect(err).toContain("'--format <format>' cannot be used with option '--json'");
  });

  it("reads a definition from standard input and prints the plan as JSON", async () => {
    const { code, out } = await run(["plan", "-", "--json"], { stdin: SMALL });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ name: "small", version: "1.10", levels: [["fetch"], ["report"]] });
  });

  it("prints the state machine alone on standard output", async () => {
    const { code, out, err } = await run(["compile", small]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ Comment: "small 1.10", StartAt: "fetch" });
    expect(err).toMatch(/^# main: 2 tasks, \d+ bytes, about \d+ history events\n$/);
  });

  it("writes the state machines to a folder", async () => {
    const out = path.join(folder, "out");
    expect((await run(["compile", SHIPPED, "--out", out])).code).toBe(0);
    expect(readdirSync(out)).toEqual(["financial-pipeline.asl.json"]);
    const committed = path.join(ROOT, "statemachines/generated/financial-pipeline.asl.json");
    expect(readFileSync(path.join(out, "financial-pipeline.asl.json"), "utf8")).toBe(readFileSync(committed, "utf8"));
  });

  it.each([
    { what: "a file that is not there", args: ["plan", "nowhere.yaml"], code: 1, says: "nowhere.yaml does not exist" },
    { what: "an unknown command", args: ["plam"], code: 2, says: "(Did you mean plan?)" },
    { what: "an unknown option", args: ["plan", "x", "--jsn"], code: 2, says: "(Did you mean --json?)" },
    { what: "a missing argument", args: ["watch"], code: 2, says: "missing required argument 'execution'" },
    { what: "two claims on standard input", args: ["run", "-", "--input", "-"], code: 2, says: "not both" },
    {
      what: "nobody there",
      args: ["--url", "http://127.0.0.1:9", "--token", "t", "agents"],
      code: 3,
      says: "no connection",
    },
    { what: "no command", args: [], code: 2, says: "Usage: a2a" },
  ])("says what is wrong: $what", async ({ args, code, says }) => {
    const result = await run(args);
    expect(result.code).toBe(code);
    expect(result.err).toContain(says);
    expect(result.err).not.toMatch(/\n\s+at /);
  });

  it("helps", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    for (const name of [
      "validate",
      "plan",
      "compile",
      "run",
      "watch",
      "executions",
      "show",
      "output",
      "logs",
      "answer",
      "agents",
      "workflows",
      "deploy",
    ])
      expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
  });
});

describe("the launcher", () => {
  it("runs the command from any folder", () => {
    const launcher = path.join(ROOT, "infra/cli/a2a.mjs");
    const out = execFileSync(process.execPath, [launcher, "validate", "small.workflow.yaml"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(out).toContain("small.workflow.yaml is valid: small 1.10, 2 tasks");
  });
});
