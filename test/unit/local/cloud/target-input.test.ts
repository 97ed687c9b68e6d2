import { describe, expect, it } from "vitest";
import { TargetInput, targetInput } from "../../../../infra/local/eventbridge/target-input.ts";

const event = { source: "s", detail: { id: 7, name: 'a "quoted" name', tags: ["x", "y"] } };
const input = (fields: object): string => targetInput(TargetInput.parse(fields), event, "arn:rule");
const transform = (InputPathsMap: Record<string, string>, InputTemplate: string): string =>
  input({ InputTransformer: { InputPathsMap, InputTemplate } });

describe("targetInput", () => {
  it.each([
    { form: "the whole event", got: input({}), expected: event },
    { form: "a constant", got: input({ Input: '{"c":1}' }), expected: { c: 1 } },
    { form: "a part", got: input({ InputPath: "$.detail.tags[1]" }), expected: "y" },
    { form: "a missing part", got: input({ InputPath: "$.detail.no" }), expected: null },
    {
      form: "a value in a template",
      got: transform({ t: "$.detail.tags" }, '{"tags": <t>}'),
      expected: { tags: ["x", "y"] },
    },
    {
      form: "text inside quotes",
      got: transform({ n: "$.detail.name" }, '{"m": "name: <n>"}'),
      expected: { m: 'name: a "quoted" name' },
    },
    { form: "a string template", got: transform({ i: "$.detail.id" }, '"id <i>"'), expected: "id 7" },
    {
      form: "a reserved variable",
      got: transform({}, '{"rule": "<aws.events.rule-arn>"}'),
      expected: { rule: "arn:rule" },
    },
  ])("gives $form", ({ got, expected }) => {
    expect(JSON.parse(got)).toEqual(expected);
  });
});
