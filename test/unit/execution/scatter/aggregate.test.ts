import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aggregateAnswers, customAggregation, voteOn, type Answer } from "../../../../shared/execution/scatter/aggregate.ts";
import { ExpressionError } from "../../../../shared/expression/expression-error.ts";
import { averageOf } from "../../../../shared/execution/scatter/average.ts";
import { isAtMostDeep, isSameJson } from "../../../../shared/execution/scatter/json-values.ts";
import { mergeValues } from "../../../../shared/execution/scatter/merge-values.ts";

/** Answers of agents a, b, c … in the order asked; they came in that order too unless `at` says otherwise. */
const answers = (outputs: readonly unknown[], at: readonly number[] = []): Answer[] =>
  outputs.map((output, index) => ({ agent: String.fromCodePoint(97 + index), output, at: at[index] ?? index }));

describe("aggregateAnswers", () => {
  it("takes the first to come", () => {
    expect(aggregateAnswers(answers(["slow", "fast", "slower"], [5, 2, 9]), { kind: "first" })).toEqual({ ok: true, output: "fast", conflicts: [] });
  });

  it("takes all, in the order asked", () => {
    expect(aggregateAnswers(answers([1, 2, 3], [9, 5, 7]), { kind: "all" })).toEqual({ ok: true, output: [1, 2, 3], conflicts: [] });
  });

  it.each([
    { text: "responses.map(r, r.output.co2).max()", output: 40 },
    { text: "responses.filter(r, r.output.co2 > 15).map(r, r.agent)", output: ["b", "c"] },
    { text: "{'total': responses.map(r, r.output.co2).sum(), 'of': size(responses)}", output: { total: 70, of: 3 } },
  ])("evaluates $text", ({ text, output }) => {
    expect(aggregateAnswers(answers([{ co2: 10 }, { co2: 20 }, { co2: 40 }]), customAggregation(text))).toEqual({ ok: true, output, conflicts: [] });
  });

  it("takes no expression that names anything but the responses", () => {
    expect(() => customAggregation("payload.x")).toThrow(ExpressionError);
    expect(() => aggregateAnswers(answers([{}]), customAggregation("responses[0].output.missing"))).toThrow(ExpressionError);
  });

  it("hands a custom function all responses", () => {
    const evaluate = ({ responses }: Readonly<Record<string, unknown>>) => responses;
    expect(aggregateAnswers(answers([1, 2]), { kind: "custom", evaluate })).toMatchObject({ output: [{ agent: "a", output: 1 }, { agent: "b", output: 2 }] });
  });
});

describe("majority_vote", () => {
  it("counts answers as equal that differ in the order of keys only", () => {
    const outputs = [{ x: 1, y: [{ a: 1, b: 2 }] }, { x: 2, y: [] }, { y: [{ b: 2, a: 1 }], x: 1 }];
    expect(aggregateAnswers(answers(outputs), { kind: "majority_vote" })).toEqual({
      ok: true,
      output: outputs[0],
      vote: { votes: 2, of: 3, dissenters: ["b"] },
      conflicts: [],
    });
  });

  it.each([
    { what: "two of two", outputs: ["x", "y", "y", "x"], says: "4 votes fell on 2 different answers (2, 2)" },
    { what: "one of each", outputs: ["x", "y", "z"], says: "3 votes fell on 3 different answers (1, 1, 1)" },
    { what: "two ahead of a third", outputs: ["x", "y", "z", "y", "x"], says: "5 votes fell on 3 different answers (2, 2, 1)" },
    { what: "more than a message counts out", outputs: Array.from({ length: 12 }, (_, index) => index), says: "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, …)" },
  ])("has no winner when the first tie ($what), and counts the votes", ({ outputs, says }) => {
    const result = aggregateAnswers(answers(outputs), { kind: "majority_vote" });
    expect(result).toMatchObject({ ok: false, code: "NoMajority" });
    expect(result).toHaveProperty("message", expect.stringContaining(`the most frequent answers tie: `));
    expect(result).toHaveProperty("message", expect.stringContaining(says));
  });

  it("tells how the votes fell, and nothing of what was answered", () => {
    const result = aggregateAnswers(answers(["secret-1", "secret-2"]), { kind: "majority_vote", quorum: "majority" });
    expect(result).toEqual({
      ok: false,
      code: "NoMajority",
      message:
        "no answer has more than half: 2 votes fell on 2 different answers (1, 1); ask more agents, an odd number, or decide ties with aggregate: {expression}",
    });
  });

  it("comes to the same, whoever answered first", () => {
    const outputs = fc.array(fc.constantFrom("x", "y", "z"), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(outputs, fc.infiniteStream(fc.nat(9)), (given, times) => {
        const at = given.map(() => times.next().value);
        const heard = (when: readonly number[]) => aggregateAnswers(answers(given, when), { kind: "majority_vote" });
        expect(heard(at)).toEqual(heard([]));
      }),
    );
  });

  it.each([
    { outputs: ["x", "x", "y"], ok: true },
    { outputs: ["x", "x", "y", "z"], ok: false },
    { outputs: ["x"], ok: true },
  ])("wants more than half of $outputs when told so: $ok", ({ outputs, ok }) => {
    expect(aggregateAnswers(answers(outputs), { kind: "majority_vote", quorum: "majority" }).ok).toBe(ok);
  });

  it("tells null, false, 0, empty text and nothing apart", () => {
    expect(voteOn(answers([null, false, 0, "", "null", [], {}]))).toHaveLength(7);
  });

  it("gives every voter one vote, and the winner at least as many as anybody", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 1, maxLength: 12 }), (outputs) => {
        const ballots = voteOn(answers(outputs));
        expect(ballots.flatMap(({ voters }) => voters).sort()).toEqual(answers(outputs).map(({ agent }) => agent));
        expect(Math.max(...ballots.map(({ voters }) => voters.length))).toBe(ballots[0]?.voters.length);
        for (const [index, { output }] of ballots.entries()) {
          expect(ballots.findIndex((other) => isSameJson(other.output, output))).toBe(index);
        }
      }),
    );
  });
});

describe("average", () => {
  it.each([
    { what: "numbers", values: [1, 2, 6], value: 3, conflicts: [] },
    { what: "fields", values: [{ co2: 10, unit: "t" }, { co2: 20, unit: "t" }], value: { co2: 15, unit: "t" }, conflicts: [] },
    { what: "fields that only some have", values: [{ a: 1 }, { a: 3, b: 7 }], value: { a: 2, b: 7 }, conflicts: [] },
    { what: "fields inside of fields", values: [{ s: { x: 1 } }, { s: { x: 2 } }], value: { s: { x: 1.5 } }, conflicts: [] },
    { what: "lists of the same length", values: [[1, { x: 2 }], [3, { x: 4 }]], value: [2, { x: 3 }], conflicts: [] },
    { what: "texts that differ", values: [{ n: 1, by: "a" }, { n: 2, by: "b" }], value: { n: 1.5 }, conflicts: ["by"] },
    { what: "lists of different lengths", values: [{ l: [1] }, { l: [1, 2] }], value: {}, conflicts: ["l"] },
    { what: "a place of lists that differs", values: [[1, "a"], [3, "b"]], value: [2, null], conflicts: ["[1]"] },
    { what: "values of different kinds", values: [1, "1"], value: undefined, conflicts: ["(whole answer)"] },
    { what: "a path of several steps", values: [{ a: [{ b: "x" }] }, { a: [{ b: "y" }] }], value: { a: [{}] }, conflicts: ["a[0].b"] },
  ])("handles $what", ({ values, value, conflicts }) => {
    expect(averageOf(values)).toEqual({ value, conflicts });
  });

  it("fails when there is nothing to average", () => {
    expect(aggregateAnswers(answers(["x", "y"]), { kind: "average" })).toMatchObject({ ok: false, code: "NotAveragable" });
  });

  it("lies between the smallest and the largest, and is exact for equal answers", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 10 }), (numbers) => {
        const mean = Number(averageOf(numbers).value);
        expect(mean).toBeGreaterThanOrEqual(Math.min(...numbers) - 1e-3);
        expect(mean).toBeLessThanOrEqual(Math.max(...numbers) + 1e-3);
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 5 }), (value, count) => isSameJson(averageOf(Array.from({ length: count }, () => value)).value, value)));
  });
});

describe("merge", () => {
  it.each([
    { what: "different fields", values: [{ a: 1 }, { b: 2 }], value: { a: 1, b: 2 }, conflicts: [] },
    { what: "fields inside of fields", values: [{ s: { a: 1 } }, { s: { b: 2 } }], value: { s: { a: 1, b: 2 } }, conflicts: [] },
    { what: "lists, without repeating elements", values: [{ l: [1, { x: 1 }] }, { l: [{ x: 1 }, 2, 1] }], value: { l: [1, { x: 1 }, 2] }, conflicts: [] },
    { what: "equal scalars", values: [{ a: "x" }, { a: "x" }], value: { a: "x" }, conflicts: [] },
    { what: "three answers", values: [{ a: 1 }, { b: { c: 1 } }, { b: { d: 2 } }], value: { a: 1, b: { c: 1, d: 2 } }, conflicts: [] },
  ])("joins $what", ({ values, value, conflicts }) => {
    expect(mergeValues(values, "first")).toEqual({ value, conflicts });
  });

  const contradicting = [{ a: { x: 1 }, k: 1 }, { a: { x: 2 }, k: 1 }, { a: { x: 1 }, k: [1] }];

  it.each([
    { rule: "first" as const, value: { a: { x: 1 }, k: 1 } },
    { rule: "last" as const, value: { a: { x: 1 }, k: [1] } },
    { rule: "list" as const, value: { a: { x: [1, 2] }, k: [1, [1]] } },
    { rule: "fail" as const, value: { a: { x: 1 }, k: 1 } },
  ])("resolves conflicts by the rule '$rule'", ({ rule, value }) => {
    expect(mergeValues(contradicting, rule)).toEqual({ value, conflicts: ["a.x", "k"] });
  });

  it("fails under the rule 'fail', naming every conflict", () => {
    expect(aggregateAnswers(answers(contradicting), { kind: "merge", onConflict: "fail" })).toEqual({
      ok: false,
      code: "MergeConflict",
      message: "the answers contradict each other at a.x, k",
    });
  });

  it("is what it was given when all answers are equal, and does not change an answer by adding it again", () => {
    const objects = fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof(fc.integer(), fc.uniqueArray(fc.integer()), fc.dictionary(fc.string({ maxLength: 2 }), fc.boolean())));
    fc.assert(
      fc.property(objects, objects, (a, b) => {
        expect(isSameJson(mergeValues([a, a], "first").value, a)).toBe(true);
        const merged = mergeValues([a, b], "first").value;
        expect(isSameJson(mergeValues([merged, b, a], "first").value, merged)).toBe(true);
      }),
    );
  });

  it("does not let an answer reach the prototype of objects", () => {
    const hostile: unknown = JSON.parse('{"__proto__": {"isAdmin": true}, "constructor": {"x": 1}}');
    const { value } = mergeValues([hostile, { a: 1 }], "first");
    expect(Object.keys(Object(value))).toEqual(["__proto__", "constructor", "a"]);
    expect(Reflect.get({}, "isAdmin")).toBeUndefined();
    expect(Reflect.get(Object(averageOf([hostile, hostile]).value), "isAdmin")).toBeUndefined();
  });
});

describe("JSON values", () => {
  it("are the same as themselves after a round trip, and differ from any other", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        // JSON has no minus zero.
        const [first, second] = [JSON.parse(JSON.stringify(a)) as unknown, JSON.parse(JSON.stringify(b)) as unknown];
        expect(isSameJson(first, JSON.parse(JSON.stringify(a)))).toBe(true);
        expect(isSameJson(first, second)).toBe(isSameJson(second, first));
      }),
    );
    expect([isSameJson({ a: 1 }, { a: 1, b: 2 }), isSameJson([1], { 0: 1 }), isSameJson({ a: undefined }, { b: 1 })]).toEqual([false, false, false]);
  });

  it("are measured in depth without being descended too far", () => {
    const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
    expect([isAtMostDeep(7, 0), isAtMostDeep([], 0), isAtMostDeep(nested(64), 64), isAtMostDeep(nested(65), 64), isAtMostDeep(nested(5000), 64)]).toEqual([true, false, true, false, false]);
  });
});
