import { readFileSync } from "node:fs";
import * as z from "zod";
import { describe, expect, it } from "vitest";
import { compilePattern, parsePattern, patternOf } from "../../../shared/events/event-pattern.ts";
import { InvalidPatternError } from "../../../shared/events/event-pattern-tests.ts";

const Case = z.object({
  id: z.number(),
  ops: z.array(z.string()),
  pattern: z.string(),
  event: z.string().nullable(),
  expect: z.enum(["match", "nomatch", "valid", "invalid"]),
});
const { cases } = z
  .object({ cases: z.array(Case) })
  .parse(JSON.parse(readFileSync(new URL("../../fixtures/event-patterns.json", import.meta.url), "utf8")));

/** Cases of the fixture that do not hold here, and why. */
const EXCLUDED: Readonly<Record<number, string>> = {};

function judge({ pattern, event }: z.infer<typeof Case>): string {
  try {
    const matches = compilePattern(JSON.parse(pattern));
    if (event === null) return "valid";
    return matches(JSON.parse(event)) ? "match" : "nomatch";
  } catch (error) {
    if (error instanceof InvalidPatternError || error instanceof SyntaxError) return "invalid";
    throw error;
  }
}

describe("compilePattern against the tests of event-ruler and quamina", () => {
  it("holds all 989 cases of the fixture", () => expect(cases).toHaveLength(989));

  const operators = [...new Set(cases.map(({ ops }) => ops.join("+")))];
  it.each(operators)("agrees on every case with %s", (operator) => {
    const chosen = cases.filter(({ id, ops }) => ops.join("+") === operator && EXCLUDED[id] === undefined);
    const disagreements = chosen.filter((each) => judge(each) !== each.expect);
    expect(disagreements.map((each) => ({ ...each, got: judge(each) }))).toEqual([]);
  });
});

describe("parsePattern", () => {
  it("gives a matcher for a pattern", () => {
    const parsed = parsePattern({ detail: { total: [{ numeric: [">", 10] }] } });
    expect(parsed.ok && parsed.matches({ detail: { total: 11 } })).toBe(true);
    expect(parsed.ok && parsed.matches({ detail: { total: 10 } })).toBe(false);
  });

  it.each([
    { flaw: "no pattern at all", pattern: "order.paid", message: "a pattern is a JSON object" },
    { flaw: "a bare value", pattern: { source: "shop" }, message: '"source" must be an object or an array' },
    {
      flaw: "dotted names that multiply",
      // 12 names of three steps inside each other could be read in 3^12 = 531 441 ways.
      pattern: Array.from({ length: 12 }).reduce((inner) => ({ "a.b.c": inner }), { end: ["x"] }),
      message: "a pattern of more than 1000 fields",
    },
    { flaw: "a misspelt operator", pattern: { source: [{ prefx: "s" }] }, message: "unrecognized match type prefx" },
  ])("says what is wrong with $flaw", ({ pattern, message }) => {
    expect(parsePattern(pattern)).toEqual({ ok: false, message });
  });
});

describe("patternOf", () => {
  it("compiles equal patterns once", () => {
    expect(patternOf({ source: ["shop"] })).toBe(patternOf({ source: ["shop"] }));
    expect(patternOf({ source: ["shop"] })).not.toBe(patternOf({ source: ["bank"] }));
  });

  it("throws what compilePattern throws", () => {
    expect(() => patternOf({})).toThrow(InvalidPatternError);
  });
});
