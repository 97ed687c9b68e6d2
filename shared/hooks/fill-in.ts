import { envelopeOf, type HookEvent } from "./hook-event.ts";

/**
 * Fills a text's `{name}`s with fields of an event: `{event}`, `{task_id}`, `{error.message}`. What the event does not
 * have stays as it was written.
 */
export function fillIn(text: string, event: HookEvent): string {
  const fields = { ...envelopeOf(event).detail, event: event.type };
  return text.replaceAll(/\{([A-Za-z_][\w.]*)\}/g, (whole, path: string) => textOf(at(fields, path.split("."))) ?? whole);
}

function at(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return at((value as Record<string, unknown>)[name], rest); // oxlint-disable-line typescript/no-unsafe-type-assertion -- an object, of which only own fields are read
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
