import type { Json } from "../json.ts";
import { isJsonObject, scalarText } from "../json.ts";
import { TemplateError } from "./intrinsics.ts";
import type { Resource } from "./template.ts";

/** Orders resources so that each comes after those it refers to. @throws {TemplateError} they form a cycle. */
export function orderResources(resources: Readonly<Record<string, Resource>>): readonly string[] {
  const ordered = new Set<string>();
  const path: string[] = [];
  const visit = (logicalId: string): void => {
    const resource = resources[logicalId];
    if (resource === undefined || ordered.has(logicalId)) return;
    if (path.includes(logicalId)) throw new TemplateError(`circular dependency: ${[...path, logicalId].join(" → ")}`);
    path.push(logicalId);
    for (const dependency of [resource.DependsOn].flat()) visit(dependency);
    for (const reference of referencesIn(resource.Properties)) visit(reference);
    path.pop();
    ordered.add(logicalId);
  };
  for (const logicalId of Object.keys(resources)) visit(logicalId);
  return [...ordered];
}

/** Names that `Ref`, `Fn::GetAtt` and `Fn::Sub` mention; parameters may be among them. */
function* referencesIn(value: Json): Generator<string> {
  if (Array.isArray(value)) {
    for (const each of value) yield* referencesIn(each);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [key, each] of Object.entries(value)) {
    if (key === "Ref" && typeof each === "string") yield each;
    else if (key === "Fn::GetAtt") yield ownerOf(each);
    else if (key === "Fn::Sub") yield* mentionedIn(each);
    yield* referencesIn(each);
  }
}

/** The resource an attribute belongs to; `Fn::GetAtt` takes `[id, attribute]` or `id.attribute`. */
function ownerOf(argument: Json): string {
  const first: Json | undefined = Array.isArray(argument) ? argument[0] : argument;
  return (scalarText(first) ?? "").split(".")[0] ?? "";
}

function* mentionedIn(argument: Json): Generator<string> {
  const template: Json | undefined = Array.isArray(argument) ? argument[0] : argument;
  for (const [, name = ""] of (scalarText(template) ?? "").matchAll(/\$\{([^!}][^}]*)\}/g))
    yield name.split(".")[0] ?? name;
}
