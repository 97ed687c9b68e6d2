import { describe, expect, it } from "vitest";
import {
  compileExpression,
  evaluateCondition,
  evaluateList,
  ExpressionError,
  expressionOf,
} from "../../../shared/expression/expression.ts";

const VARIABLES = ["input", "outputs", "tasks", "item"];
const scope = {
  input: { threshold: 10, name: "Ada" },
  outputs: {
    find: {
      count: 11,
      share: 10.5,
      hits: [
        { id: "a", score: 0.9 },
        { id: "b", score: 0.2 },
      ],
      none: null,
    },
    "find-data": { rows: 3 },
  },
  tasks: { find: { state: "completed" } },
  item: { task_type: "carbon_calculation" },
};
const valueOf = (text: string): unknown => expressionOf(text, VARIABLES).evaluate(scope);

describe("an expression", () => {
  it.each([
    { text: "outputs.find.count > 10", value: true },
    { text: "outputs.find.share > 10 && outputs.find.share < 11", value: true },
    { text: "outputs.find.count + 0.5", value: 11.5 },
    { text: "outputs.find.count == 11.0", value: true },
    { text: "7 / 2", value: 3.5 },
    { text: "int(7 / 2)", value: 3 },
    { text: "outputs.find.hits.filter(h, h.score > 0.5).map(h, h.id)", value: ["a"] },
    { text: "outputs.find.hits.map(h, h.score < 0.5, h.id)", value: ["b"] },
    { text: "outputs.find.hits.map(h, h.score).sum()", value: 1.1 },
    { text: 'outputs["find-data"].rows', value: 3 },
    { text: "outputs.`find-data`.rows", value: 3 },
    { text: "tasks.find.state == 'completed' ? input.name : 'nobody'", value: "Ada" },
    { text: "has(outputs.find.count) && !has(outputs.find.total)", value: true },
    { text: "has(outputs.clean) && outputs.clean.ok", value: false },
    { text: "outputs.find.none == null", value: true },
    { text: "item.get('task_type') == 'carbon_calculation'", value: true },
    { text: "item.get('priority', 'low') + '/' + string(outputs.find.count)", value: "low/11" },
    { text: "size(outputs.find.hits) in [1, 2, 3]", value: true },
    { text: "lists.range(3).map(i, {'page': i})", value: [{ page: 0 }, { page: 1 }, { page: 2 }] },
    { text: "input.name.lowerAscii().startsWith('ad') // a remark", value: true },
    { text: "[3, 1, 2].sort().max()", value: 3 },
  ])("gives $value for $text", ({ text, value }) => {
    expect(valueOf(text)).toEqual(value);
  });

  it.each([
    { text: "outputs.find.total > 1", reason: 'there is no field "total"; ask has(…) first' },
    { text: "outputs.find.toString", reason: 'there is no field "toString"; ask has(…) first' },
    { text: "outputs.find.__proto__", reason: 'there is no field "__proto__"; ask has(…) first' },
    { text: "outputs.find.hits[2]", reason: "the list has no element at that place" },
    {
      text: "outputs.find.count + input.name",
      reason: "cannot add a number and a string; string(…) turns numbers into text",
    },
    { text: "outputs.find.count / 0", reason: "division by zero" },
    { text: "input.name && true", reason: "expected true or false, got a string" },
    { text: "{'a': 1, 'a': 2}", reason: "a key appears twice" },
    { text: "{'__proto__': 1}", reason: 'the key "__proto__" is reserved' },
  ])("fails with a reason, and without data: $text", ({ text, reason }) => {
    expect(() => valueOf(text)).toThrow(new ExpressionError(text, reason));
  });

  it.each([
    { text: "", says: "something is missing at the end", at: 0 },
    { text: "outputs.find.count >", says: "something is missing at the end", at: 20 },
    { text: "1 +* 2", says: 'unexpected "*"', at: 3 },
    { text: "outputz.find", says: 'unknown variable "outputz"; did you mean "outputs"?', at: 0 },
    { text: "sise(input)", says: 'unknown function sise(); did you mean "size"?', at: 0 },
    {
      text: "input.name.lenght()",
      says: "unknown function .lenght(); see the list of functions in the README",
      at: 11,
    },
    { text: "contains(input, 'a')", says: "unknown function contains(); call it as value.contains(…)", at: 0 },
    { text: "input.n = 3", says: 'unexpected "="; compare with "=="', at: 8 },
    { text: "input.a and input.b", says: 'write "&&" instead of "and"', at: 8 },
    { text: "outputs.find-data.rows", says: 'for a name with a dash write ["find-data"]', at: 8 },
    { text: "1 + 'a'", says: '"+" does not go with a number and a string', at: 2 },
    { text: "size(1)", says: "size() needs a string, a list or a map, got a number", at: 5 },
    { text: "size()", says: "size() takes 1 arguments, got 0", at: 0 },
    { text: "input.map(1, 2)", says: "write .map(x, …) with a name for the element and one expression over it", at: 6 },
    { text: "'open", says: "a string does not end", at: 0 },
    { text: "has(input)", says: "has() takes one field, such as has(outputs.find.count)", at: 0 },
    { text: `${"(".repeat(60)}1${")".repeat(60)}`, says: "nested deeper than 48 levels", at: 48 },
  ])("is refused before it runs: $text", ({ text, says, at }) => {
    expect(compileExpression(text, VARIABLES)).toEqual({ ok: false, message: says, position: at });
  });

  it("refuses texts longer than two thousand characters", () => {
    expect(compileExpression(`1${" + 1".repeat(500)}`, []).ok).toBe(false);
  });

  it.each([
    {
      text: "outputs.find.count > input.threshold",
      paths: [
        ["outputs", "find", "count"],
        ["input", "threshold"],
      ],
    },
    { text: "outputs['find-data'].rows[0].x", paths: [["outputs", "find-data", "rows"]] },
    { text: "has(outputs.find.count)", paths: [["outputs", "find", "count"]] },
    {
      text: "outputs.find.hits.exists(h, h.id == item.id)",
      paths: [
        ["outputs", "find", "hits"],
        ["item", "id"],
      ],
    },
    { text: "outputs[input.name].x", paths: [["outputs"], ["input", "name"]] },
    { text: "[1].map(input, input.x)", paths: [] },
  ])("says what $text reads", ({ text, paths }) => {
    expect(expressionOf(text, VARIABLES).references).toEqual(paths);
  });

  it.each([
    { text: "input.a > 1 || input.b", kind: "boolean" },
    { text: "size(input.a) + 1", kind: "number" },
    { text: "input.a.filter(x, x > 1)", kind: "list" },
    { text: "input.ok ? 1 : 'one'", kind: "any" },
  ])("knows that $text gives $kind", ({ text, kind }) => {
    expect(expressionOf(text, VARIABLES).kind).toBe(kind);
  });
});

describe("evaluateCondition and evaluateList", () => {
  it("insist on what they are named after", () => {
    expect(evaluateCondition(expressionOf("1 < 2", []), {})).toBe(true);
    expect(evaluateList(expressionOf("[1, 'a']", []), {})).toEqual([1, "a"]);
    expect(() => evaluateCondition(expressionOf("input.name", VARIABLES), scope)).toThrow("must give true or false");
    expect(() => evaluateList(expressionOf("input.name", VARIABLES), scope)).toThrow("expected a list");
  });
});

describe("expressionOf", () => {
  it("compiles a text once", () => {
    expect(expressionOf("input.x", ["input"])).toBe(expressionOf("input.x", ["input"]));
    expect(expressionOf("input.x", ["input"])).not.toBe(expressionOf("input.x", ["input", "item"]));
  });

  it("throws what is wrong with a text", () => {
    expect(() => expressionOf("ghost", [])).toThrow(
      new ExpressionError("ghost", 'unknown variable "ghost"; there is none'),
    );
  });
});
