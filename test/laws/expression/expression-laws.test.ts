import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileExpression, ExpressionError, expressionOf } from "../../../shared/expression/expression.ts";

describe("an expression meant to do harm", () => {
  const list = Array.from({ length: 10_000 }, (_, index) => index);

  it.each([
    { attack: "nested loops", text: "input.map(i, input.map(j, i * j)).size() > 0" },
    { attack: "nested searches", text: "input.filter(i, i in input).size() > 0" },
    { attack: "faults by the million", text: "input.exists(i, input.exists(j, j.x))" },
    { attack: "a string doubled forty times", text: `['x']${".map(x, x + x)".repeat(40)}` },
    { attack: "a list doubled forty times", text: `[input]${".map(x, x + x)".repeat(40)}` },
    { attack: "a long range", text: "lists.range(1000000000)" },
    { attack: "a join of joins", text: `input.map(i, input.map(j, 'xxxxxxxx').join(','))` },
  ])("ends early: $attack", ({ text }) => {
    expect(() => expressionOf(text, ["input"]).evaluate({ input: list })).toThrow("takes more than 1000000 steps");
  });

  it.each([
    { attack: "a text of fifty million characters, split", text: "input.split('')" },
    { attack: "the same text, replaced", text: "input.replace('', 'x')" },
    { attack: "the same text with an emoji, counted", text: "(input + '😀').size()" },
    {
      attack: "the same list a thousand times, flattened",
      text: "[[input]].map(x, lists.range(1000).map(i, lists.range(5000))).flatten().flatten()",
    },
  ])("ends before it takes memory: $attack", ({ text }) => {
    const input = "x".repeat(50_000_000);
    expect(() => expressionOf(text, ["input"]).evaluate({ input })).toThrow("takes more than 1000000 steps");
  });

  it("cannot swallow its own end", () => {
    const text = "input.map(i, input.map(j, i * j)).size() > 0 || true";
    expect(() => expressionOf(text, ["input"]).evaluate({ input: list })).toThrow("takes more than 1000000 steps");
  });

  it("does not overflow the stack on deep data", () => {
    const deep = (levels: number): unknown => {
      let value: unknown = 0;
      for (let level = 0; level < levels; level++) value = [value];
      return value;
    };
    const text = "input.a == input.b";
    const given = { input: { a: deep(100_000), b: deep(100_000) } };
    expect(() => expressionOf(text, ["input"]).evaluate(given)).toThrow("nest too deeply");
  });
});

describe("laws of expressions", () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          "input",
          "outputs.a",
          ".x",
          "[0]",
          "(",
          ")",
          " + ",
          " > ",
          " && ",
          "1",
          "'a'",
          "size(",
          ".map(x, ",
          "!",
          "{'k': ",
          "}",
          "[",
          "]",
          ", ",
          "has(",
          "? ",
          ": ",
        ),
        { maxLength: 20 },
      )
      .map((parts) => parts.join("")),
  );

  it("any text is compiled or refused with a place inside it, and evaluates to JSON or an ExpressionError", () => {
    fc.assert(
      fc.property(texts, fc.jsonValue(), (text, input) => {
        const compiled = compileExpression(text, ["input", "outputs"]);
        if (!compiled.ok) {
          expect(compiled.position ?? 0).toBeLessThanOrEqual(text.length);
          return;
        }
        try {
          const value = compiled.expression.evaluate({ input, outputs: { a: input } });
          expect(JSON.stringify(value)).toBeDefined();
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("any JSON value written as a literal gives itself", () => {
    const keys = fc.string().filter((key) => key !== "__proto__");
    const values = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { depthSize: "small" },
        fc.constant(null),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        fc.string(),
        fc.array(tie("json"), { maxLength: 4 }),
        fc.dictionary(keys, tie("json"), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).json;
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(value);
        fc.pre(text.length <= 2000);
        expect(expressionOf(text, []).evaluate({})).toEqual(JSON.parse(text));
      }),
    );
  });

  it("numbers compare as JavaScript compares them", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const given = { input: { a, b } };
        expect(expressionOf("input.a < input.b", ["input"]).evaluate(given)).toBe(a < b);
        expect(expressionOf("input.a == input.b", ["input"]).evaluate(given)).toBe(a === b);
      }),
    );
  });
});
