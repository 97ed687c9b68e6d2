import * as z from "zod";
import type { Json } from "../json.ts";
import { isJsonObject, parseJson } from "../json.ts";

/** What a target receives instead of the whole event. */
export const TargetInput = z.object({
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z
    .object({ InputPathsMap: z.record(z.string(), z.string()).default({}), InputTemplate: z.string() })
    .optional(),
});
export type TargetInput = z.infer<typeof TargetInput>;

/** JSON text of what a rule's target receives for `event`. */
export function targetInput(input: TargetInput, event: Json, ruleArn: string): string {
  if (input.Input !== undefined) return input.Input;
  if (input.InputPath !== undefined) return JSON.stringify(readPath(event, input.InputPath) ?? null);
  if (input.InputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap, InputTemplate } = input.InputTransformer;
  const values = new Map(Object.entries(InputPathsMap).map(([name, path]) => [name, readPath(event, path)]));
  values.set("aws.events.event.json", event);
  values.set("aws.events.event", event);
  values.set("aws.events.rule-arn", ruleArn);
  values.set("aws.events.event.ingestion-time", new Date().toISOString());
  return fillTemplate(InputTemplate, values);
}

/** Follows a path such as `$.detail.items[0].id`; `undefined` when nothing is there. */
export function readPath(value: Json, path: string): Json | undefined {
  let current: Json | undefined = value;
  for (const [, name, quoted, index] of path.matchAll(/\.([^.[\]]+)|\['([^']+)'\]|\[(\d+)\]/g)) {
    if (index !== undefined) current = Array.isArray(current) ? asJson(current[Number(index)]) : undefined;
    else current = isJsonObject(current) ? current[name ?? quoted ?? ""] : undefined;
  }
  return current;
}

const asJson = (value: Json | undefined): Json | undefined => value;

/**
 * Fills `<name>`: text inside quotes gets the bare value, elsewhere its JSON. A template that is a string of text
 * becomes that string.
 */
function fillTemplate(template: string, values: ReadonlyMap<string, Json | undefined>): string {
  let isQuoted = false;
  const filled = template.replace(/\\.|"|<([\w.-]+)>/g, (token, name: string | undefined) => {
    if (token === '"') isQuoted = !isQuoted;
    if (name === undefined || !values.has(name)) return token;
    const value = values.get(name);
    if (!isQuoted) return JSON.stringify(value ?? null);
    const text = typeof value === "string" ? value : JSON.stringify(value ?? "");
    return JSON.stringify(text).slice(1, -1);
  });
  return JSON.stringify(parseJson(filled));
}
