import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileExpression } from "../../../shared/expression/expression.ts";
import { ExpressionError } from "../../../shared/expression/expression-error.ts";
import { anyPoint } from "../../fixtures/any-point.ts";

const VARIABLES = ["input", "outputs"];

/** The value of a text, with `input` as its only variable that is known; a fault's reason in its place. */
function valueOf(text: string, input: unknown = {}): unknown {
  const compiled = compileExpression(text, VARIABLES);
  if (!compiled.ok) throw new Error(`does not compile: ${compiled.message}`);
  try {
    return compiled.expression.evaluate({ input });
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return `fault: ${error.reason}`;
  }
}

const flawOf = (text: string): string | undefined => {
  const compiled = compileExpression(text, VARIABLES);
  return compiled.ok ? undefined : compiled.message;
};

describe("functions of texts", () => {
  it.each([
    { text: "'añ😀b'.substring(1, 3)", value: "ñ😀" },
    { text: "'añ😀b'.substring(2)", value: "😀b" },
    { text: "'abc'.substring(3)", value: "" },
    { text: "'abc'.substring(2, 1)", value: "fault: substring() lies outside the text" },
    { text: "'abc'.substring(0, 4)", value: "fault: substring() lies outside the text" },
    { text: "'abc'.substring(-1)", value: "fault: substring() lies outside the text" },
    { text: "'abc'.substring(0.5)", value: "fault: substring() lies outside the text" },
    { text: "'abc'.substring(0, 1.5)", value: "fault: substring() lies outside the text" },
    { text: "'a😀b'.charAt(1)", value: "😀" },
    { text: "'a😀b'.charAt(3)", value: "" },
    { text: "'a😀b'.indexOf('b')", value: 2 },
    { text: "'a😀b'.indexOf('z')", value: -1 },
    { text: "'abab'.lastIndexOf('b')", value: 3 },
    { text: "'ÄbC'.lowerAscii()", value: "Äbc" },
    { text: "'äbC'.upperAscii()", value: "äBC" },
    { text: "' a '.trim()", value: "a" },
    { text: "'a😀'.split('')", value: ["a", "😀"] },
    { text: "'a,b'.split(',')", value: ["a", "b"] },
    { text: "'aXbX'.replace('X', '--')", value: "a--b--" },
    { text: "['a','b'].join('-')", value: "a-b" },
    { text: "['a','b'].join()", value: "ab" },
    { text: "[1].join()", value: "fault: join() needs a list of strings" },
    { text: "size('a😀')", value: 2 },
    { text: "size({'a': 1, 'b': 2})", value: 2 },
    { text: "[1, 2].size()", value: 2 },
  ])("$text gives $value", ({ text, value }) => {
    expect(valueOf(text)).toEqual(value);
  });
});

describe("functions of lists", () => {
  it.each([
    { text: "[3, 1, 2].sort()", value: [1, 2, 3] },
    { text: "[true, false].sort()", value: [false, true] },
    { text: "['b', 1].sort()", value: "fault: a number and a string have no order" },
    { text: "[1, 1, 'a', 1, 'a'].distinct()", value: [1, "a"] },
    { text: "[{'a': 1}, {'a': 1}, {'a': 2}, 1, null, null, [1], [1]].distinct()", value: [{ a: 1 }, { a: 2 }, 1, null, [1]] },
    { text: "[1, 2, 3].sum()", value: 6 },
    { text: "[].sum()", value: 0 },
    { text: "[1, 'a'].sum()", value: "fault: sum() needs numbers, got a string" },
    { text: "[1e308, 1e308].sum()", value: "fault: a number is out of range" },
    { text: "[2, 1, 3].min()", value: 1 },
    { text: "['a', 'c', 'b'].max()", value: "c" },
    { text: "[].max()", value: "fault: an empty list has no smallest and no largest element" },
    { text: "math.greatest(1, 3, 2)", value: 3 },
    { text: "math.least(1, 3, 2)", value: 1 },
    { text: "[[1], 2, [3, [4]]].flatten()", value: [1, 2, 3, [4]] },
    { text: "lists.range(3)", value: [0, 1, 2] },
    { text: "lists.range(-1)", value: "fault: lists.range() takes a whole number from 0" },
    { text: "lists.range(1.5)", value: "fault: lists.range() takes a whole number from 0" },
    { text: "[1, 2, 3].slice(1, 3)", value: [2, 3] },
    { text: "[1, 2, 3].slice(3, 3)", value: [] },
    { text: "[1, 2, 3].slice(2, 1)", value: "fault: slice() lies outside the list" },
    { text: "[1, 2, 3].slice(0, 4)", value: "fault: slice() lies outside the list" },
    { text: "[1, 2, 3].slice(-1, 2)", value: "fault: slice() lies outside the list" },
    { text: "[1, 2, 3].slice(0.5, 2)", value: "fault: slice() lies outside the list" },
    { text: "[1, 2, 3].slice(0, 1.5)", value: "fault: slice() lies outside the list" },
    { text: "{'a': 1}.get('a', 2)", value: 1 },
    { text: "{'a': 1}.get('b', 2)", value: 2 },
    { text: "{'a': 1}.get('b')", value: null },
    { text: "{'a': 1}.get('toString')", value: null },
  ])("$text gives $value", ({ text, value }) => {
    expect(valueOf(text)).toEqual(value);
  });

  it("sort as code points do, whatever the texts", () => {
    const points = fc.array(fc.string({ unit: anyPoint, maxLength: 3 }), { maxLength: 8 });
    const byPoints = (a: string, b: string): number => {
      const [left, right] = [Array.from(a, (one) => one.codePointAt(0) ?? 0), Array.from(b, (one) => one.codePointAt(0) ?? 0)];
      const at = left.findIndex((point, index) => point !== right[index]);
      return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
    };
    fc.assert(
      fc.property(points, (list) => {
        expect(valueOf("input.list.sort()", { list })).toEqual(list.toSorted(byPoints));
      }),
      { numRuns: 200, seed: 7, examples: [[["\u{1F600}", "\u{1F601}", "\uFFFF", "\uE000"]], [["a\u{1F600}", "a\u{1F601}"]]] },
    );
  });
});

describe("what turns one kind into another", () => {
  it.each([
    { text: "int('12')", value: 12 },
    { text: "int(-1.9)", value: -1 },
    { text: "int('9007199254740993')", value: "fault: a number is out of range" },
    { text: "double('.5e1')", value: 5 },
    { text: "double('1.')", value: 1 },
    { text: "double('0x10')", value: "fault: the text is not a number" },
    { text: "double('')", value: "fault: the text is not a number" },
    { text: "double('1e999')", value: "fault: a number is out of range" },
    { text: "double(2)", value: 2 },
    { text: "string(1.5)", value: "1.5" },
    { text: "string(true)", value: "true" },
    { text: "bool('t')", value: true },
    { text: "bool('False')", value: false },
    { text: "bool(true)", value: true },
    { text: "bool('yes')", value: 'fault: a text is read as a boolean when it is "true" or "false"' },
    { text: "math.round(-2.5)", value: -3 },
    { text: "math.abs(-2)", value: 2 },
    { text: "math.ceil(-0.5)", value: 0 },
    { text: "math.floor(1.5)", value: 1 },
    { text: "dyn(1)", value: 1 },
  ])("$text gives $value", ({ text, value }) => {
    expect(valueOf(text)).toEqual(value);
  });
});

describe("what a value does not have", () => {
  const input = { list: [1], map: { a: 1 }, text: "a", number: 1, nothing: null };
  it.each([
    { text: "input.map['a']", value: 1 },
    { text: "input.map['b']", value: "fault: the map has no such key; ask `key in map` first" },
    { text: "input.map[input.number]", value: "fault: a map takes strings as keys" },
    { text: "input.list[input.text]", value: "fault: a list takes whole numbers" },
    { text: "input.list[0.5]", value: "fault: a list takes whole numbers" },
    { text: "input.list[1]", value: "fault: the list has no element at that place" },
    { text: "input.list[-1]", value: "fault: the list has no element at that place" },
    { text: "input.text[0]", value: "fault: a string has no elements" },
    { text: "input.nothing.a", value: 'fault: a null has no field "a"' },
    { text: "input.map.b", value: 'fault: there is no field "b"; ask has(…) first' },
    { text: "has(input.map.b)", value: false },
    { text: "has(input.map['a'])", value: true },
    { text: "has(input.text.a)", value: 'fault: a string has no field "a"' },
    { text: "'a' in input.map", value: true },
    { text: "1 in input.map", value: false },
    { text: "1 in input.list", value: true },
    { text: "1 in input.text", value: 'fault: "in" needs a list or a map, got a string' },
    { text: "outputs.a", value: 'fault: "outputs" is not known here' },
    { text: "-input.text", value: 'fault: "-" needs a number, got a string' },
    { text: "-input.number", value: -1 },
    { text: "{input.number: 1}", value: "fault: a key must be a string, got a number" },
    { text: "{'a': 1, 'a': 2}", value: "fault: a key appears twice" },
    { text: "{input.text: 1}", value: { a: 1 } },
    { text: "{'__proto__': 1}", value: 'fault: the key "__proto__" is reserved' },
    { text: "input.number.exists(x, true)", value: "fault: a number has no elements" },
    { text: "input.map.exists(x, x == 'a')", value: true },
    { text: "input.map.map(key, key)", value: ["a"] },
    { text: "[1, 2, 3].map(x, x > 1, x * 2)", value: [4, 6] },
    { text: "[1, 2].exists_one(x, x > 1)", value: true },
    { text: "[2, 2].exists_one(x, x > 1)", value: false },
    { text: "input.number < input.text", value: "fault: a number and a string have no order" },
    { text: "input.number / 0", value: "fault: division by zero" },
    { text: "input.number % 0", value: "fault: division by zero" },
    { text: "input.number * 1e308 * 10", value: "fault: a number is out of range" },
    { text: "input.text * 2", value: 'fault: "*" needs numbers, got a string and a number' },
    { text: "input.text + 2", value: "fault: cannot add a string and a number; string(…) turns numbers into text" },
    { text: "input.list + [2]", value: [1, 2] },
  ])("$text gives $value", ({ text, value }) => {
    expect(valueOf(text, input)).toEqual(value);
  });
});

describe("what is an expression", () => {
  it.each([
    { text: "[1, 2,]", value: [1, 2] },
    { text: "{'a': 1,}", value: { a: 1 } },
    { text: "input.in", value: 1 },
    { text: "input.true", value: 2 },
    { text: "input.`a b`", value: 3 },
    { text: "input.for", value: 4 },
    { text: "1 // a note", value: 1 },
    { text: "0x1f", value: 31 },
  ])("$text, which gives $value", ({ text, value }) => {
    expect(valueOf(text, { in: 1, true: 2, "a b": 3, for: 4 })).toEqual(value);
  });

  it.each([
    { text: "size(1,)", flaw: 'unexpected ")"' },
    { text: "1e999", flaw: "1e999 is too large a number" },
    { text: "1a", flaw: '"1a" is not a number' },
    { text: "for", flaw: '"for" is a reserved word' },
    { text: "true and false", flaw: 'write "&&" instead of "and"' },
    { text: "'a", flaw: "a string does not end" },
    { text: "input.`a", flaw: "a name in backticks does not end" },
    { text: "b'a'", flaw: "bytes are not supported: JSON has none" },
    { text: "input.1", flaw: 'unexpected ".1"' },
    { text: "input.(", flaw: 'expected a field name, got "("' },
    { text: "input.'a'", flaw: "expected a field name, got \"'a'\"" },
    { text: "1 = 1", flaw: 'unexpected "="; compare with "=="' },
    { text: "1 +", flaw: "something is missing at the end" },
    { text: "(1", flaw: 'expected ")", got the end' },
    { text: "has(input[0])", flaw: "has() takes one field, such as has(outputs.find.count)" },
    { text: "has(input.a, 1)", flaw: "has() takes one field, such as has(outputs.find.count)" },
    { text: "has(input)", flaw: "has() takes one field, such as has(outputs.find.count)" },
    { text: "[1].map(x)", flaw: "write .map(x, …) with a name for the element and one expression over it" },
    { text: "[1].exists(x, true, true)", flaw: "write .exists(x, …) with a name for the element and one expression over it" },
    { text: "1 in 'abc'", flaw: expect.stringContaining('"in"') },
  ])("$text is none: $flaw", ({ text, flaw }) => {
    expect(flawOf(text)).toEqual(flaw);
  });
});
