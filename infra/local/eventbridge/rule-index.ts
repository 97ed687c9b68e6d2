import type { Json } from "../json.ts";
import { isJsonObject } from "../json.ts";
import { compilePattern, type EventMatcher } from "../../../shared/events/event-pattern.ts";

interface Indexed<Rule> {
  readonly rule: Rule;
  readonly matches: EventMatcher;
}

/**
 * The rules of a bus, grouped by the exact `detail-type`s they ask for: an event is tried only against the rules that
 * name its type, and those that name none.
 */
export class RuleIndex<Rule> {
  readonly #byDetailType = new Map<string, Indexed<Rule>[]>();
  readonly #others: Indexed<Rule>[] = [];

  /** @throws {InvalidPatternError} the pattern is not one. */
  add(pattern: Json, rule: Rule): void {
    const indexed = { rule, matches: compilePattern(pattern) };
    const types = exactDetailTypes(pattern);
    if (types === undefined) this.#others.push(indexed);
    for (const type of types ?? []) {
      const rules = this.#byDetailType.get(type);
      if (rules === undefined) this.#byDetailType.set(type, [indexed]);
      else rules.push(indexed);
    }
  }

  match(event: { readonly "detail-type": string; readonly [field: string]: Json }): Rule[] {
    const matched: Rule[] = [];
    for (const { rule, matches } of this.#byDetailType.get(event["detail-type"]) ?? [])
      if (matches(event)) matched.push(rule);
    for (const { rule, matches } of this.#others) if (matches(event)) matched.push(rule);
    return matched;
  }
}

function exactDetailTypes(pattern: Json): ReadonlySet<string> | undefined {
  const types = isJsonObject(pattern) ? pattern["detail-type"] : undefined;
  if (!Array.isArray(types)) return undefined;
  const exact = types.filter((type) => typeof type === "string");
  return exact.length === types.length ? new Set(exact) : undefined;
}
