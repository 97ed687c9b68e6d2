import { readFileSync } from "node:fs";
import * as z from "zod";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../../infra/local/eventbridge/event-pattern.ts";
import { InvalidPatternError } from "../../../../infra/local/eventbridge/value-tests.ts";
import { parseJson } from "../../../../infra/local/json.ts";

const Case = z.object({
  id: z.number(),
  ops: z.array(z.string()),
  pattern: z.string(),
  event: z.string().nullable(),
  expect: z.enum(["match", "nomatch", "valid", "invalid"]),
});
const { cases } = z
  .object({ cases: z.array(Case) })
  .parse(JSON.parse(readFileSync(new URL("../../../fixtures/event-patterns.json", import.meta.url), "utf8")));

/** Cases of the fixture that do not hold here, and why. */
const EXCLUDED: Readonly<Record<number, string>> = {};

function judge({ pattern, event }: z.infer<typeof Case>): string {
  try {
    const matches = compilePattern(parseJson(pattern));
    if (event === null) return "valid";
    return matches(parseJson(event)) ? "match" : "nomatch";
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
