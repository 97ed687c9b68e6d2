import { describe, expect, it } from "vitest";
import { mutantsOf, mutated } from "../../mutation/mutants.ts";
import { sampleOf } from "../../mutation/sample.ts";

const changes = (code: string): string[] => mutantsOf("x.ts", code).map((mutant) => `${mutant.kind}: ${mutated(code, mutant)}`);

describe("mutantsOf", () => {
  it.each([
    {
      what: "a guard",
      code: "if (a) throw b;",
      expected: ["negate-condition: if (!(a)) throw b;", "remove-guard: ;"],
    },
    {
      what: "a branch that goes on, and one that leaves",
      code: "if (a) b(); else { throw c; }",
      expected: ["negate-condition: if (!(a)) b(); else { throw c; }"],
    },
    { what: "a choice", code: "x = a ? 1 : 2;", expected: ["negate-condition: x = !(a) ? 1 : 2;"] },
    {
      what: "a conjunction",
      code: "x = a && (b || c);",
      expected: ["drop-operand: x = (a);", "drop-operand: x = ((b || c));", "drop-operand: x = a && ((b));", "drop-operand: x = a && ((c));"],
    },
    { what: "a default, which decides nothing", code: "x = a ?? b;", expected: [] },
    { what: "a bound", code: "x = a < b;", expected: ["swap-comparison: x = a <= b;"] },
    { what: "an equality as a condition, once", code: "x = a === 1 ? b : c;", expected: ["negate-condition: x = !(a === 1) ? b : c;"] },
    { what: "an equality as a value", code: "x = a === 1;", expected: ["swap-comparison: x = a !== 1;"] },
    {
      what: "a list of states",
      code: 'x = ["queued", "parked"];',
      expected: ['drop-entry: x = ["parked"];', 'drop-entry: x = ["queued"];'],
    },
    { what: "a list of texts, which decides nothing", code: 'x = ["a = :b", "c = :d"];', expected: [] },
    { what: "a list that is a type", code: 'x = z.enum(["a", "b"]);', expected: [] },
    {
      what: "conditions of a write",
      code: "x = [{ name: a, values: b }, ...more];",
      expected: ["drop-entry: x = [...more];"],
    },
    {
      what: "preconditions of a move",
      code: "x = { holds: { run, token: a }, set };",
      expected: ["drop-precondition: x = { holds: { token: a }, set };", "drop-precondition: x = { holds: { run }, set };"],
    },
    {
      what: "the only precondition",
      code: "x = { holds: { run, } };",
      expected: ["drop-precondition: x = { holds: { } };"],
    },
    {
      what: "a condition of DynamoDB's",
      code: 'x = { Item, ConditionExpression: "attribute_not_exists(pk)" };',
      expected: ["drop-precondition: x = { Item };"],
    },
    {
      what: "an answer",
      code: "function f() { return true; } const g = () => false;",
      expected: [
        "flip-return: function f() { return false; } const g = () => false;",
        "flip-return: function f() { return true; } const g = () => true;",
      ],
    },
  ])("changes $what", ({ code, expected }) => {
    expect(changes(code)).toEqual(expected);
  });

  it("gives a mutant the same id wherever its function stands, and equal ones of a function different ids", () => {
    const code = "function f() { if (a) return; if (a) return; }";
    const ids = (text: string): string[] => mutantsOf("x.ts", text).map(({ id }) => id);
    expect(new Set(ids(code)).size).toBe(4);
    expect(ids(`const more = 1;\n\n${code}`)).toEqual(ids(code));
  });

  it("knows the function that has to run, and what happens on loading", () => {
    const code = "const on = a < b;\nclass C { m() { return a < b; } }\nconst f = (x) => x < 1;";
    expect(mutantsOf("x.ts", code).map(({ where, place }) => [where, place && code.slice(place.start, place.end)])).toEqual([
      ["on", undefined],
      ["C.m", "{ return a < b; }"],
      ["f", "x < 1"],
    ]);
  });
});

describe("sampleOf", () => {
  const items = Array.from({ length: 1000 }, (_, index) => ({ id: `m${index}` }));

  it("is the same for the same seed, another for another, and nearly the same when a mutant goes", () => {
    const ids = (seed: string, from = items): string[] => sampleOf(from, 40, seed).map(({ id }) => id);
    expect(ids("a")).toEqual(ids("a", items.toReversed()));
    expect(ids("b")).not.toEqual(ids("a"));
    const gone = ids("a")[0];
    expect(ids("a", items.filter(({ id }) => id !== gone)).slice(0, 39)).toEqual(ids("a").slice(1));
  });
});
