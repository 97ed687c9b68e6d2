import type { Json, JsonObject } from "../json.ts";
import { isJsonObject } from "../json.ts";

/** What intrinsic functions refer to. */
export interface References {
  /** A parameter, pseudo parameter or resource. */
  ref(name: string): Json;
  attribute(logicalId: string, attribute: string): Json;
  condition(name: string): boolean;
  mapping(map: string, top: string, second: string): Json;
  importValue(name: string): Json;
  stackOutput(stackName: string, output: string): Json;
  /** Last say over any text that was put together, such as a URL. */
  finish(text: string): string;
}

/** A template uses an intrinsic function wrongly, or one that is not supported. */
export class TemplateError extends Error {}

/** Stands for `AWS::NoValue`: the property is not there. */
const NO_VALUE = Symbol("AWS::NoValue");
type Resolved = Json | typeof NO_VALUE;

/** Replaces every intrinsic function in `value`. @throws {TemplateError} */
export function resolveValue(value: Json, references: References): Json {
  const resolved = resolveAny(value, references);
  return resolved === NO_VALUE ? null : resolved;
}

/** Evaluates a condition. @throws {TemplateError} */
export function evaluateCondition(value: Json, references: References): boolean {
  if (!isJsonObject(value)) return value === true || value === "true";
  const [name, argument] = single(value);
  const parts = (): readonly Json[] => (Array.isArray(argument) ? argument : [argument ?? null]);
  switch (name) {
    case "Condition":
      return references.condition(asText(argument));
    case "Fn::Equals":
      return resolveValue(parts()[0] ?? null, references) === resolveValue(parts()[1] ?? null, references);
    case "Fn::And":
      return parts().every((part) => evaluateCondition(part, references));
    case "Fn::Or":
      return parts().some((part) => evaluateCondition(part, references));
    case "Fn::Not":
      return !evaluateCondition(parts()[0] ?? null, references);
    default:
      throw new TemplateError(`${name ?? "nothing"} is not a condition`);
  }
}

function resolveAny(value: Json, references: References): Resolved {
  if (typeof value === "string") return value;
  if (Array.isArray(value))
    return value.map((each: Json) => resolveAny(each, references)).filter((each) => each !== NO_VALUE);
  if (!isJsonObject(value)) return value;
  const [name = "", argument = null] = single(value);
  if (name === "Ref") return argument === "AWS::NoValue" ? NO_VALUE : references.ref(asText(argument));
  if (name === "Fn::If") return resolveIf(argument, references);
  const intrinsic = name.startsWith("Fn::") ? FUNCTIONS[name] : undefined;
  if (intrinsic !== undefined) return intrinsic(argument, references);
  if (name.startsWith("Fn::")) throw new TemplateError(`${name} is not supported`);
  const entries = Object.entries(value).map(([key, each]) => [key, resolveAny(each, references)] as const);
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, Json] => entry[1] !== NO_VALUE));
}

function single(value: JsonObject): readonly [string | undefined, Json | undefined] {
  const entries = Object.entries(value);
  return entries.length === 1 && entries[0] !== undefined ? entries[0] : [undefined, undefined];
}

function resolveIf(argument: Json, references: References): Resolved {
  if (!Array.isArray(argument)) throw new TemplateError("Fn::If takes an array");
  const [condition, whenTrue = null, whenFalse = null]: readonly Json[] = argument;
  return resolveAny(references.condition(asText(condition)) ? whenTrue : whenFalse, references);
}

type Intrinsic = (argument: Json, references: References) => Json;

/** Resolves the arguments first. */
const onList =
  (run: (list: readonly Json[], references: References) => Json): Intrinsic =>
  (argument, references) => {
    const list = resolveValue(argument, references);
    if (!Array.isArray(list))
      throw new TemplateError(`an intrinsic function takes an array, not ${JSON.stringify(list)}`);
    return run(list, references);
  };

const FUNCTIONS: Readonly<Record<string, Intrinsic>> = {
  "Fn::GetAtt": (argument, references) => {
    const parts: readonly Json[] =
      typeof argument === "string" ? argument.split(".") : Array.isArray(argument) ? argument : [];
    const [logicalId, ...attribute] = parts.map((part) => asText(resolveValue(part, references)));
    const value = references.attribute(logicalId ?? "", attribute.join("."));
    return typeof value === "string" ? references.finish(value) : value;
  },
  "Fn::Join": onList(([separator, parts], references) => {
    if (!Array.isArray(parts)) throw new TemplateError("Fn::Join takes a list");
    return references.finish(parts.map((part: Json) => asText(part)).join(asText(separator)));
  }),
  "Fn::Select": onList(([index, list]) => {
    const chosen: Json | undefined = Array.isArray(list) ? list[Number(index)] : undefined;
    if (chosen === undefined) throw new TemplateError(`Fn::Select has nothing at ${asText(index)}`);
    return chosen;
  }),
  "Fn::Split": onList(([separator, text]) => asText(text).split(asText(separator))),
  "Fn::Sub": (argument, references) => substitute(argument, references),
  "Fn::FindInMap": onList(([map, top, second], references) =>
    references.mapping(asText(map), asText(top), asText(second)),
  ),
  "Fn::ImportValue": (argument, references) => references.importValue(asText(resolveValue(argument, references))),
  "Fn::GetStackOutput": (argument, references) => {
    const { StackName, OutputName } = asObject(resolveValue(argument, references));
    return references.stackOutput(asText(StackName), asText(OutputName));
  },
  "Fn::Base64": (argument, references) => Buffer.from(asText(resolveValue(argument, references))).toString("base64"),
  "Fn::ToJsonString": (argument, references) => JSON.stringify(resolveValue(argument, references)),
  "Fn::Length": (argument, references) => {
    const list = resolveValue(argument, references);
    return Array.isArray(list) ? list.length : 0;
  },
  "Fn::GetAZs": (_, references) => ["a", "b", "c"].map((zone) => `${asText(references.ref("AWS::Region"))}${zone}`),
};

function substitute(argument: Json, references: References): string {
  const [template, variables]: readonly Json[] = Array.isArray(argument) ? argument : [argument];
  const own = asObject(resolveValue(variables ?? {}, references));
  const filled = asText(template).replace(/\$\{(!?)([^}]+)\}/g, (_, bang: string, name: string) => {
    if (bang !== "") return `\${${name}}`;
    const [logicalId = "", ...attribute] = name.split(".");
    if (Object.hasOwn(own, name)) return asText(own[name]);
    return asText(attribute.length === 0 ? references.ref(name) : references.attribute(logicalId, attribute.join(".")));
  });
  return references.finish(filled);
}

function asText(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TemplateError(`expected text, not ${JSON.stringify(value)}`);
}

function asObject(value: Json): JsonObject {
  if (!isJsonObject(value)) throw new TemplateError(`expected an object, not ${JSON.stringify(value)}`);
  return value;
}
