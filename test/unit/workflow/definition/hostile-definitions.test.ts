import { describe, expect, it } from "vitest";
import { parseDefinition } from "../../../../shared/workflow/definition/parse-definition.ts";
import { validateDefinition } from "../../../../shared/workflow/definition/validate-definition.ts";

describe("a definition meant to do harm", () => {
  it.each([
    { attack: "a 6 MB body, unread", source: `#${"x".repeat(6_000_000)}`, file: "w.yaml", code: "TooLarge" },
    {
      attack: "YAML lists 20 000 deep",
      source: "[".repeat(20_000) + "]".repeat(20_000),
      file: "w.yaml",
      code: "TooDeep",
    },
    {
      attack: "YAML maps 1 000 deep",
      source: Array.from({ length: 1_000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
      file: "w.yaml",
      code: "TooDeep",
    },
    {
      attack: "JSON lists 20 000 deep",
      source: "[".repeat(20_000) + "]".repeat(20_000),
      file: "w.json",
      code: "TooDeep",
    },
    {
      attack: "a billion laughs",
      source: [
        "a: &a [x,x,x,x,x,x,x,x,x,x]",
        ..."bcdefghi"
          .split("")
          .map(
            (name, index) =>
              `${name}: &${name} [${Array.from({ length: 10 }, () => `*${"abcdefgh"[index]}`).join(",")}]`,
          ),
      ].join("\n"),
      file: "w.yaml",
      code: "AliasBomb",
    },
    {
      attack: "one long list, copied often",
      source: `a: &a [${"x,".repeat(10_000)}]\nb: [${"*a,".repeat(400)}]`,
      file: "w.yaml",
      code: "AliasBomb",
    },
    {
      attack: "10 001 tasks",
      source: JSON.stringify({ name: "x", version: "1", agents: {}, tasks: Array.from({ length: 10_001 }, () => 0) }),
      file: "w.json",
      code: "TooManyTasks",
    },
  ])("survives $attack", ({ source, file, code }) => {
    const { errors } = parseDefinition(source, { file }).report;
    expect(errors.map((error) => error.code)).toEqual([code]);
  });

  it("cannot multiply copies into more dependencies than memory holds", () => {
    const copies = (id: string, ...inputs: string[]) => ({
      id,
      agent: "a",
      parallel: true,
      count: 4_999,
      depends_on: inputs,
    });
    const wire = {
      name: "x",
      version: "1",
      agents: { a: { type: "a" } },
      tasks: [copies("one"), copies("two", "one")],
    };
    expect(validateDefinition(wire).report.errors.map(({ code, message }) => [code, message])).toEqual([
      ["TooManyDependencies", "24990001 dependencies between tasks and their copies, more than 250000"],
    ]);
  });

  it("cannot make a hundred million copies to look at", () => {
    const tasks = Array.from({ length: 10_000 }, (_, index) => ({
      id: `t${index}`,
      agent: "a",
      parallel: true,
      count: 10_000,
    }));
    const { errors } = validateDefinition({ name: "x", version: "1", agents: { a: { type: "a" } }, tasks }).report;
    expect(errors.map(({ message }) => message)).toEqual(["100000000 tasks with their copies, more than 10000"]);
  });

  it("cannot make every wait look at every event", () => {
    const tasks = Array.from({ length: 5_000 }, (_, index) => [
      { id: `w${index}`, wait_for_event: { pattern: { "detail-type": [`x${index}`, { prefix: "y" }] } } },
      { id: `e${index}`, emit_event: { detail_type: `x${index}` }, depends_on: [`w${index}`] },
    ]).flat();
    // Ends at once; 25 million pattern tests would pass the test's time limit.
    expect(validateDefinition({ name: "x", version: "1", agents: {}, tasks }).report.errors).toEqual([]);
  });

  it("cannot reach inherited properties by any name", () => {
    const tasks = ["constructor", "toString", "hasOwnProperty"].map((id) => ({ id, agent: id }));
    const agents = { constructor: { type: "a" }, toString: { type: "a" }, hasOwnProperty: { type: "a" } };
    const { definition } = validateDefinition({ name: "x", version: "1", agents, tasks });
    expect(definition?.tasks.map(({ id }) => id)).toEqual(["constructor", "toString", "hasOwnProperty"]);
  });
});
