import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import * as z from "zod";
import { describe, expect, it } from "vitest";
import { compilePattern, parsePattern } from "../../../shared/events/event-pattern.ts";
import { EventPatternIndex } from "../../../shared/events/event-pattern-index.ts";
import { InvalidPatternError } from "../../../shared/events/event-pattern-tests.ts";

const { cases } = z
  .object({ cases: z.array(z.object({ pattern: z.string(), event: z.string().nullable() })) })
  .parse(JSON.parse(readFileSync(new URL("../../fixtures/event-patterns.json", import.meta.url), "utf8")));

const parsed = (text: string): unknown[] => {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
};
const patterns = cases.flatMap(({ pattern }) => parsed(pattern)).filter((pattern) => parsePattern(pattern).ok);
const events = [...new Set(cases.flatMap(({ event }) => event ?? []))].flatMap(parsed);

function indexOf(all: readonly unknown[]): EventPatternIndex<number> {
  const index = new EventPatternIndex<number>();
  for (const [rule, pattern] of all.entries()) index.add(pattern, rule);
  return index;
}

describe("EventPatternIndex on the recorded patterns and events", () => {
  it("gives for every event the rules that the full matcher gives, all patterns together", () => {
    expect([patterns.length > 600, events.length > 200]).toEqual([true, true]);
    const index = indexOf(patterns);
    const matchers = patterns.map((pattern) => compilePattern(pattern));
    const answers = events.map((event) => matchers.flatMap((matches, rule) => (matches(event) ? [rule] : [])));
    expect(events.map((event) => index.match(event))).toEqual(answers);
  });

  it("gives for every case alone what the full matcher gives", () => {
    const odd = cases.filter(({ pattern, event }) => {
      const [read] = parsed(pattern);
      if (event === null || !parsePattern(read).ok) return false;
      return indexOf([read]).match(JSON.parse(event)).length !== Number(compilePattern(read)(JSON.parse(event)));
    });
    expect(odd).toEqual([]);
  });
});

const text = fc.constantFrom("", "a", "ab", "abc", "B", "bA", "10.0.0.1");
const scalar = fc.oneof(text, fc.constantFrom(null, true, false, 0, -0, 1, 2.5, -3));
const name = fc.constantFrom("a", "b", "c", "a.b", "b.", ".a", "__proto__");
const { event } = fc.letrec((tie) => ({
  event: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie("event"), { maxLength: 3 }),
    fc.dictionary(name, tie("event"), { maxKeys: 3 }),
  ),
}));

const filled = fc.constantFrom("a", "ab", "b", "A");
const literal = scalar;
const operator = fc.oneof(
  fc.boolean().map((exists) => ({ exists })),
  filled.map((prefix) => ({ prefix })),
  filled.map((prefix) => ({ prefix: { "equals-ignore-case": prefix } })),
  filled.map((suffix) => ({ suffix })),
  text.map((each) => ({ "equals-ignore-case": each })),
  fc.constantFrom("*", "a*", "*c", "a*c", "\\**", "ab", "*b*").map((wildcard) => ({ wildcard })),
  fc.constantFrom([">", 0], ["<=", 1], ["=", 0], [">=", -3, "<", 2]).map((numeric) => ({ numeric })),
  fc.constantFrom("10.0.0.0/24", "10.0.0.1/31").map((cidr) => ({ cidr })),
  filled.map((each) => ({ "anything-but": each })),
  filled.map((prefix) => ({ "anything-but": { prefix } })),
  fc.constantFrom([0, 1], ["a", "ab"]).map((each) => ({ "anything-but": each })),
);
const { pattern } = fc.letrec((tie) => ({
  entries: fc.array(fc.oneof(literal, operator), { minLength: 1, maxLength: 3 }),
  fields: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, tie("entries"), tie("pattern")), { minKeys: 1, maxKeys: 3 }),
  pattern: fc.oneof(
    { maxDepth: 3 },
    tie("fields"),
    fc
      .tuple(
        fc.dictionary(name, tie("entries"), { maxKeys: 1 }),
        fc.array(tie("fields"), { minLength: 2, maxLength: 3 }),
      )
      .map(([fields, alternatives]) => ({ ...fields, $or: alternatives })),
  ),
}));
const valid = pattern.filter((each) => parsePattern(each).ok);

describe("EventPatternIndex", () => {
  it("answers as the full matcher, whatever is added and removed between events", () => {
    const add = fc.array(valid, { maxLength: 20 });
    const step = fc.record({ add, remove: fc.array(fc.nat(60), { maxLength: 6 }), event });
    const law = fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
      const index = new EventPatternIndex<number>();
      const kept = new Map<number, unknown>();
      let next = 0;
      for (const { add: added, remove, event: seen } of steps) {
        for (const each of added) {
          index.add(each, next);
          kept.set(next++, each);
        }
        for (const rule of remove) expect(index.remove(rule)).toBe(kept.delete(rule));
        const wanted = [...kept].flatMap(([rule, each]) => (compilePattern(each)(seen) ? [rule] : []));
        expect(index.match(seen)).toEqual(wanted);
        expect(index.size).toBe(kept.size);
      }
    });
    fc.assert(law, { numRuns: 75 });
  });

  it("refuses what compilePattern refuses, and holds nothing of it", () => {
    const index = new EventPatternIndex<string>();
    expect(() => index.add({ source: "shop" }, "rule")).toThrow(InvalidPatternError);
    expect([index.size, index.match({ source: "shop" })]).toEqual([0, []]);
  });

  it("gives a rule of several patterns once for each that matches, and takes all of them out", () => {
    const index = new EventPatternIndex<string>();
    index.add({ source: ["shop"] }, "rule");
    index.add({ id: [{ exists: true }] }, "rule");
    expect(index.match({ source: "shop", id: "1" })).toEqual(["rule", "rule"]);
    expect([index.remove("rule"), index.remove("rule"), index.size]).toEqual([true, false, 0]);
    expect(index.match({ source: "shop", id: "1" })).toEqual([]);
  });

  it("stays small where every rule lists many values in every field", () => {
    const values = Array.from({ length: 100 }, (_, at) => `v${at}`);
    const index = indexOf(Array.from({ length: 20 }, () => ({ a: values, b: values, c: values, d: values })));
    expect(index.match({ a: "v1", b: "v2", c: "v3", d: "v4" })).toHaveLength(20);
  });
});
