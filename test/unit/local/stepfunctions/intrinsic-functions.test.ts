import { describe, expect, it } from "vitest";
import { fillTemplate } from "../../../../infra/local/stepfunctions/payload-template.ts";

const INPUT = {
  name: "Ann",
  list: [1, 2, 2, 3],
  a: { x: 1, z: 1 },
  b: { x: 2, y: 3 },
  json: '{"k":[1]}',
  n: 7,
  nothing: null,
};
const evaluate = (expression: string) =>
  fillTemplate(
    { "value.$": expression },
    { input: INPUT, context: () => ({ Execution: { Name: "run" } }), random: () => 0.5 },
  );

describe("an intrinsic function", () => {
  it.each([
    ["States.Format('Hi {}, {}', $.name, 7)", "Hi Ann, 7"],
    [String.raw`States.Format('\{{}\} it\'s {}', $.name, $.list)`, "{Ann} it's [1,2,2,3]"],
    ["States.Format('{}', $$.Execution.Name)", "run"],
    ["States.StringToJson($.json)", { k: [1] }],
    ["States.JsonToString($.a)", '{"x":1,"z":1}'],
    ["States.Array(1, 'b', null, true, $.n)", [1, "b", null, true, 7]],
    ["States.Array()", []],
    ["States.ArrayPartition($.list, 3)", [[1, 2, 2], [3]]],
    ["States.ArrayContains($.list, 3)", true],
    ["States.ArrayContains($.list, 4)", false],
    ["States.ArrayRange(1, 9, 4)", [1, 5, 9]],
    ["States.ArrayRange(5, 1, -2)", [5, 3, 1]],
    ["States.ArrayGetItem($.list, 3)", 3],
    ["States.ArrayLength($.list)", 4],
    ["States.ArrayUnique($.list)", [1, 2, 3]],
    ["States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="],
    ["States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "Data to encode"],
    ["States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"],
    ["States.JsonMerge($.a, $.b, false)", { x: 2, z: 1, y: 3 }],
    ["States.MathRandom(1, 11)", 6],
    ["States.MathAdd($.n, -10)", -3],
    ["States.StringSplit('1.2+3', '.+')", ["1", "2", "3"]],
    ["States.JsonToString($.nothing)", "null"],
    ["States.ArrayLength(States.Array(States.MathAdd(1, 1), $.n))", 2],
  ])("%s", (expression, value) => {
    expect(evaluate(expression)).toEqual({ value });
  });

  it("States.UUID makes a version 4 UUID", () => {
    expect(evaluate("States.UUID()")).toEqual({
      value: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
    });
  });

  it("States.MathRandom repeats for a seed", () => {
    expect(evaluate("States.MathRandom(1, 1000, 42)")).toEqual(evaluate("States.MathRandom(1, 1000, 42)"));
  });

  it.each([
    "States.ArrayGetItem($.list, 9)",
    "States.StringToJson($.name)",
    "States.JsonMerge($.a, $.b, true)",
    "States.ArrayRange(1, 2000, 1)",
    "States.Format('{} {}', 1)",
    "States.MathAdd('1', 2)",
    "States.ArrayLength($.missing)",
    "States.Hash('x', 'CRC')",
  ])("%s fails with States.IntrinsicFailure", (expression) => {
    expect(() => evaluate(expression)).toThrow(expect.objectContaining({ code: "States.IntrinsicFailure" }));
  });
});
