import { describe, expect, it } from "vitest";
import type { ResolvedResource } from "../../../../infra/local/cloudformation/deployment.ts";
import { Deployment } from "../../../../infra/local/cloudformation/deployment.ts";
import { TemplateError } from "../../../../infra/local/cloudformation/intrinsics.ts";
import { Template } from "../../../../infra/local/cloudformation/template.ts";

type Created = Record<string, ResolvedResource["properties"]>;

async function deploy(
  templates: Record<string, object>,
  parameters: Record<string, string> = {},
): Promise<{ created: Created; outputs: Deployment["outputs"] }> {
  const created: Created = {};
  const deployment = new Deployment({
    region: "eu-central-1",
    accountId: "000000000000",
    parameters,
    finish: (text) => text.replace("https://", "http://"),
    create: ({ logicalId, properties }) => {
      created[logicalId] = properties;
      return { ref: `ref-${logicalId}`, attributes: { Arn: `arn-${logicalId}`, "Endpoint.Port": 5432 } };
    },
  });
  for (const [name, template] of Object.entries(templates)) {
    await deployment.deploy({ name, template: Template.parse(template), assets: new Map() });
  }
  return { created, outputs: deployment.outputs };
}

const valueOf = async (value: unknown, more: object = {}): Promise<unknown> => {
  const Resources = { A: { Type: "T" }, Z: { Type: "T", Properties: { value } } };
  return (await deploy({ S: { Resources, ...more } }, { Given: "yes" })).created["Z"]?.["value"];
};

describe("a deployment", () => {
  const more = {
    Parameters: { Given: { Type: "String" }, List: { Type: "CommaDelimitedList", Default: "a,b" } },
    Mappings: { M: { top: { second: "mapped" } } },
    Conditions: {
      IsYes: { "Fn::Equals": [{ Ref: "Given" }, "yes"] },
      IsNo: { "Fn::Not": [{ Condition: "IsYes" }] },
      Both: { "Fn::And": [{ Condition: "IsYes" }, { "Fn::Or": [{ Condition: "IsNo" }, { Condition: "IsYes" }] }] },
    },
  };
  it.each([
    ["Ref", { Ref: "A" }, "ref-A"],
    ["Ref of a parameter", { Ref: "Given" }, "yes"],
    ["Ref of a list", { Ref: "List" }, ["a", "b"]],
    ["a pseudo parameter", { Ref: "AWS::Region" }, "eu-central-1"],
    ["Fn::GetAtt", { "Fn::GetAtt": ["A", "Arn"] }, "arn-A"],
    ["Fn::GetAtt as text", { "Fn::GetAtt": "A.Endpoint.Port" }, 5432],
    ["Fn::Join", { "Fn::Join": ["-", ["a", { Ref: "A" }, 1]] }, "a-ref-A-1"],
    ["Fn::Join of a split list", { "Fn::Join": ["+", { "Fn::Split": [",", "x,y"] }] }, "x+y"],
    ["Fn::Sub", { "Fn::Sub": "${A}/${A.Arn}/${AWS::AccountId}/${!Literal}" }, "ref-A/arn-A/000000000000/${Literal}"],
    ["Fn::Sub with variables", { "Fn::Sub": ["${v}:${A}", { v: { Ref: "Given" } }] }, "yes:ref-A"],
    ["Fn::Select", { "Fn::Select": [1, ["a", "b"]] }, "b"],
    ["Fn::FindInMap", { "Fn::FindInMap": ["M", "top", "second"] }, "mapped"],
    ["Fn::If", { "Fn::If": ["Both", "then", "else"] }, "then"],
    ["AWS::NoValue", { keep: 1, drop: { "Fn::If": ["IsNo", 2, { Ref: "AWS::NoValue" }] } }, { keep: 1 }],
    ["a finished text", { "Fn::Sub": "https://x" }, "http://x"],
  ])("resolves %s", async (_, value, expected) => {
    expect(await valueOf(value, more)).toEqual(expected);
  });

  it("creates resources after those they mention, wherever they stand", async () => {
    const Resources = {
      C: { Type: "T", Properties: { x: { "Fn::Sub": "${B.Arn}" } } },
      B: { Type: "T", DependsOn: "A" },
      A: { Type: "T" },
    };
    expect(Object.keys((await deploy({ S: { Resources } })).created)).toEqual(["A", "B", "C"]);
  });

  it("leaves out a resource and an output whose condition is false", async () => {
    const Conditions = { No: { "Fn::Equals": ["a", "b"] } };
    const Resources = { A: { Type: "T", Condition: "No" } };
    const Outputs = { O: { Value: { Ref: "A" }, Condition: "No" } };
    expect(await deploy({ S: { Conditions, Resources, Outputs } })).toEqual({ created: {}, outputs: { S: {} } });
  });

  it("hands exports of one stack to the imports of the next", async () => {
    const first = {
      Resources: { A: { Type: "T" } },
      Outputs: { O: { Value: { Ref: "A" }, Export: { Name: { "Fn::Sub": "${AWS::StackName}:A" } } } },
    };
    const second = { Resources: { B: { Type: "T", Properties: { x: { "Fn::ImportValue": "One:A" } } } } };
    const { created, outputs } = await deploy({ One: first, Two: second });
    expect([created["B"], outputs]).toEqual([{ x: "ref-A" }, { One: { O: "ref-A" }, Two: {} }]);
  });

  it.each([
    {
      flaw: "a cycle",
      Resources: { A: { Type: "T", DependsOn: "B" }, B: { Type: "T", DependsOn: "A" } },
      message: "A → B → A",
    },
    {
      flaw: "an unknown name",
      Resources: { A: { Type: "T", Properties: { x: { Ref: "Ghost" } } } },
      message: "S/A (T): nothing is called Ghost",
    },
    {
      flaw: "an unknown function",
      Resources: { A: { Type: "T", Properties: { x: { "Fn::Magic": 1 } } } },
      message: "Fn::Magic is not supported",
    },
    {
      flaw: "an unknown attribute",
      Resources: { A: { Type: "T" }, B: { Type: "T", Properties: { x: { "Fn::GetAtt": ["A", "No"] } } } },
      message: "A has no attribute No",
    },
  ])("refuses $flaw by name", async ({ Resources, message }) => {
    const failure = deploy({ S: { Resources } });
    await expect(failure).rejects.toThrow(TemplateError);
    await expect(failure).rejects.toThrow(message);
  });
});
