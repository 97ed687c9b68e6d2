import { describe, expect, it } from "vitest";
import type { Stack } from "../../../../infra/local/cloudformation/assembly.ts";
import { Template } from "../../../../infra/local/cloudformation/template.ts";
import { isJsonObject, type Json } from "../../../../infra/local/json.ts";
import { checkStacks, faultsOf, SERVICE_RULES } from "../../../../infra/local/rules/check-stacks.ts";
import { BASE } from "./base-template.ts";
import type { Change } from "./broken/change.ts";
import { BROKEN, SOUND } from "./broken-templates.ts";

const stackOf = (template: Json, name = "stack"): Stack => ({
  name,
  template: Template.parse(template),
  assets: new Map(),
});

/** The sound template with a change; a path of one name is a whole resource. */
function changed(change: Change): Stack {
  let resources: Json = structuredClone(BASE);
  for (const [path, value] of Object.entries(change)) {
    const [id = "", ...rest] = path.split(".");
    resources = put(resources, rest.length === 0 ? [id] : [id, "Properties", ...rest], value);
  }
  return stackOf({ Resources: resources, Parameters: { Seconds: { Type: "Number" } } });
}

function put(tree: Json | undefined, [name = "", ...rest]: readonly string[], value: Json | undefined): Json {
  if (Array.isArray(tree)) {
    const list: Json[] = [...tree];
    list[Number(name)] = rest.length === 0 ? (value ?? null) : put(list[Number(name)], rest, value);
    return list;
  }
  const object = isJsonObject(tree) ? tree : {};
  const { [name]: old, ...others } = object;
  const fresh = rest.length === 0 ? value : put(old, rest, value);
  return fresh === undefined ? others : { ...others, [name]: fresh };
}

const TITLE_CHARACTERS = 100;

/** A change as titles show it. */
function brief(change: Change): string {
  const text = JSON.stringify(change);
  return text.length <= TITLE_CHARACTERS ? text : `${text.slice(0, TITLE_CHARACTERS)}…`;
}

describe("rules of AWS's services", () => {
  it("are kept by a sound template", () => {
    expect(faultsOf([changed({})])).toEqual([]);
  });

  it("each have a template that breaks them", () => {
    const tried = new Set(BROKEN.map(([rule]) => rule));
    expect(SERVICE_RULES.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
    expect(new Set(SERVICE_RULES.map(({ id }) => id)).size).toBe(SERVICE_RULES.length);
  });

  it.each(BROKEN.map(([rule, change]) => ({ rule, change, what: brief(change) })))("refuse a template against '$rule': $what", ({ rule, change }) => {
    expect(() => checkStacks([changed(change)])).toThrow(`: ${rule}: `);
  });

  it.each(SOUND.map((change) => ({ change, what: brief(change) })))("take $what", ({ change }) => {
    expect(faultsOf([changed(change)])).toEqual([]);
  });

  it("follow a reference into the stack that exports it", () => {
    const of = (id: string): Json => BASE[id] ?? null;
    const arn = (Value: Json, name: string): Json => ({ Value, Export: { Name: name } });
    const queues = stackOf(
      {
        Resources: { Queue: put(of("Queue"), ["Properties", "VisibilityTimeout"], 10), Dead: of("Dead") },
        Outputs: { Out: arn({ "Fn::GetAtt": ["Queue", "Arn"] }, "queues:arn") },
      },
      "queues",
    );
    const workers = stackOf({
      Resources: {
        Worker: of("Worker"),
        Role: of("Role"),
        Mapping: put(of("Mapping"), ["Properties", "EventSourceArn"], { "Fn::ImportValue": "queues:arn" }),
      },
    });
    expect(faultsOf([queues, workers]).map(({ place, rule }) => [place, rule])).toEqual([
      ["stack/Mapping", "mapping: queue hides long enough"],
    ]);
  });

  it.each([
    [
      "few enough Resources",
      { Resources: Object.fromEntries(Array.from({ length: 501 }, (_, at) => [`T${at}`, BASE["Topic"] ?? null])) },
    ],
    [
      "few enough Outputs",
      { Outputs: Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`O${at}`, { Value: "x" }])) },
    ],
    ["ids well formed", { Resources: { "a-b": BASE["Topic"] ?? null } }],
    ["small enough", { Mappings: { Large: { Large: { text: "x".repeat(1_048_577) } } } }],
    ["dependencies exist", { Resources: { A: { Type: "AWS::SNS::Topic", DependsOn: "B" } } }],
  ])("refuse a whole template against '%s'", (rule, template: Json) => {
    expect(faultsOf([stackOf(template)]).map((fault) => fault.rule)).toEqual([`template: ${rule}`]);
  });
});
