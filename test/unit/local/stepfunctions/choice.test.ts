import { describe, expect, it } from "vitest";
import { parseChoiceRule } from "../../../../infra/local/stepfunctions/choice-rules.ts";
import type { Json, JsonObject } from "../../../../infra/local/stepfunctions/json.ts";
import { createWorld } from "./harness.ts";

const holds = (rule: JsonObject, input: Json): boolean =>
  parseChoiceRule({ Next: "N", ...rule }).condition({ input, context: () => ({}), random: () => 0 });

const on = (comparison: string, operand: Json) => ({ Variable: "$.v", [comparison]: operand });
const EARLY = "2026-01-01T00:00:00Z";
const LATE = "2026-01-01T02:00:00+01:00";

describe("a choice rule", () => {
  it.each<[JsonObject, Json, boolean]>([
    [on("StringEquals", "a"), "a", true],
    [on("StringEquals", "1"), 1, false],
    [on("StringLessThan", "b"), "a", true],
    [on("StringGreaterThan", "b"), "a", false],
    [on("StringLessThanEquals", "a"), "a", true],
    [on("StringGreaterThanEquals", "a"), "b", true],
    [on("NumericEquals", 1), 1, true],
    [on("NumericEquals", 1), "1", false],
    [on("NumericLessThan", 2), 1.5, true],
    [on("NumericGreaterThan", 2), 2, false],
    [on("NumericLessThanEquals", 2), 2, true],
    [on("NumericGreaterThanEquals", 2), 1, false],
    [on("BooleanEquals", false), false, true],
    [on("BooleanEquals", true), "true", false],
    [on("TimestampEquals", EARLY), "2026-01-01T01:00:00+01:00", true],
    [on("TimestampLessThan", LATE), EARLY, true],
    [on("TimestampGreaterThan", EARLY), LATE, true],
    [on("TimestampLessThanEquals", EARLY), EARLY, true],
    [on("TimestampGreaterThanEquals", LATE), EARLY, false],
    [on("TimestampEquals", EARLY), "2026-01-01", false],
    [on("StringMatches", "log-*.txt"), "log-1.txt", true],
    [on("StringMatches", "log-*.txt"), "log-1.txt.gz", false],
    [on("StringMatches", "*"), "a\nb", true],
    [on("StringMatches", String.raw`a\*c`), "a*c", true],
    [on("StringMatches", String.raw`a\*c`), "abc", false],
    [on("StringMatches", "a.c"), "abc", false],
    [on("IsNull", true), null, true],
    [on("IsNumeric", true), 0, true],
    [on("IsString", true), 0, false],
    [on("IsString", false), 0, true],
    [on("IsBoolean", true), false, true],
    [on("IsTimestamp", true), EARLY, true],
    [on("IsTimestamp", true), "noon", false],
    [on("IsPresent", true), null, true],
    [on("IsPresent", false), null, false],
  ])("%j of %j is %s", (rule, v, expected) => {
    expect(holds(rule, { v })).toBe(expected);
  });

  it("IsPresent accepts an absent variable", () => {
    expect(holds(on("IsPresent", false), {})).toBe(true);
  });

  it.each<[string, Json, Json, boolean]>([
    ["StringEqualsPath", "a", "a", true],
    ["NumericLessThanPath", 1, 2, true],
    ["NumericGreaterThanEqualsPath", 1, 2, false],
    ["BooleanEqualsPath", true, true, true],
    ["TimestampLessThanPath", EARLY, LATE, true],
    ["StringEqualsPath", "1", 1, false],
  ])("%s compares %j with %j", (comparison, v, w, expected) => {
    expect(holds(on(comparison, "$.w"), { v, w })).toBe(expected);
  });

  it.each<[string, JsonObject, boolean]>([
    ["And", { And: [on("IsNumeric", true), on("NumericGreaterThan", 1)] }, true],
    ["And", { And: [on("IsNumeric", true), on("NumericGreaterThan", 9)] }, false],
    ["Or", { Or: [on("NumericEquals", 9), on("NumericEquals", 5)] }, true],
    ["Not", { Not: on("NumericEquals", 5) }, false],
    ["Not in And", { And: [{ Not: on("IsNull", true) }, { Or: [on("NumericEquals", 5)] }] }, true],
  ])("%s combines rules", (_, rule, expected) => {
    expect(holds(rule, { v: 5 })).toBe(expected);
  });

  it("fails on a variable that is absent", () => {
    expect(() => holds(on("NumericEquals", 1), {})).toThrow(expect.objectContaining({ code: "States.Runtime" }));
  });
});

describe("a Choice state", () => {
  const machine = (fields: object) => ({
    StartAt: "C",
    States: {
      C: { Type: "Choice", Choices: [{ ...on("NumericGreaterThan", 5), Next: "Big" }], ...fields },
      Big: { Type: "Pass", Result: "big", End: true },
      Small: { Type: "Pass", Result: "small", End: true },
    },
  });

  it.each([
    [9, "big"],
    [1, "small"],
  ])("sends %d to %s", async (v, output) => {
    const world = await createWorld();
    expect(await world.run(machine({ Default: "Small" }), { v })).toMatchObject({ output });
  });

  it("fails with States.NoChoiceMatched when no rule holds and there is no Default", async () => {
    const world = await createWorld();
    const { Small: _, ...States } = machine({}).States;
    expect(await world.run({ StartAt: "C", States }, { v: 1 })).toMatchObject({
      status: "FAILED",
      error: "States.NoChoiceMatched",
    });
  });
});
