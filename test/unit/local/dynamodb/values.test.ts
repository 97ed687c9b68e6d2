import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyText } from "../../../../infra/local/dynamodb/table/key-text.ts";
import {
  addNumbers,
  compareNumbers,
  numberText,
  parseNumber,
} from "../../../../infra/local/dynamodb/values/decimal.ts";
import { fromStoredText, toStoredText } from "../../../../infra/local/dynamodb/values/stored-text.ts";
import { attributeOf, compareText } from "../../../../infra/local/dynamodb/values/value.ts";
import { fromWireItem, toWireItem } from "../../../../infra/local/dynamodb/values/wire-value.ts";
import type { Json, JsonObject } from "../../../../infra/local/json.ts";

const digits = fc.stringMatching(/^[1-9]\d{0,30}$/);
const number = fc
  .tuple(fc.constantFrom("", "-"), digits, fc.integer({ min: -90, max: 80 }))
  .map(([sign, all, exponent]) => `${sign}${all}e${exponent}`);
/** Ten thousandths as whole numbers, which are exact. */
const small = fc.integer({ min: -10_000_000, max: 10_000_000 });

describe("numbers", () => {
  it.each([
    ["1.0", "1"],
    ["-0", "0"],
    ["1E3", "1000"],
    ["0.000001", "0.000001"],
    ["1e-7", "0.0000001"],
    ["123456789012345678901234567890.12345678", "123456789012345678901234567890.12345678"],
    ["1e21", "1000000000000000000000"],
    ["+5", "5"],
    [".5", "0.5"],
  ])("%s is printed as %s", (given, printed) => {
    expect(numberText(parseNumber(given))).toBe(printed);
  });

  it("sort as keys as they compare", () => {
    const law = fc.property(number, number, (a, b) => {
      const [one, other] = [parseNumber(a), parseNumber(b)];
      expect(Math.sign(compareText(keyText(one), keyText(other)))).toBe(Math.sign(compareNumbers(one, other)));
    });
    fc.assert(law);
  });

  it("add up exactly, where doubles do not", () => {
    const law = fc.property(small, small, (a, b) => {
      const sum = addNumbers(parseNumber(`${a}e-4`), parseNumber(`${b}e-4`));
      expect(numberText(sum)).toBe(numberText(parseNumber(`${a + b}e-4`)));
    });
    fc.assert(law);
    expect(numberText(addNumbers(0.1, 0.2))).toBe("0.3");
    expect(numberText(addNumbers(parseNumber("9007199254740993"), 1))).toBe("9007199254740994");
  });

  it("come back from text as they were", () => {
    const law = fc.property(number, (text) => {
      const printed = numberText(parseNumber(text));
      expect(numberText(parseNumber(printed))).toBe(printed);
    });
    fc.assert(law);
  });
});

describe("text keys", () => {
  it("sort as their UTF-8 bytes, whatever they hold", () => {
    const text = fc.string({
      unit: fc.constantFrom("\u0000", "\u0001", "\u0002", "a", "b", "é", "\ud7ff", "\ue000", "\uffff", "😀"),
      maxLength: 6,
    });
    const law = fc.property(text, text, (a, b) => {
      const order = Buffer.compare(Buffer.from(a), Buffer.from(b));
      expect(Math.sign(compareText(keyText(a), keyText(b)))).toBe(order);
      expect(keyText(a)).not.toMatch(/[\u0000\u0001]/); // oxlint-disable-line no-control-regex
    });
    fc.assert(law);
  });
});

const name = fc.constantFrom("a", "$n", "$m", "$s", "$b", "__proto__", "constructor", "");
const wire: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.string().map((S): Json => ({ S: S.toWellFormed() })),
    fc.constantFrom("$n", '"$m', "").map((S): Json => ({ S })),
    number.map((N): Json => ({ N: numberText(parseNumber(N)) })),
    fc.boolean().map((BOOL): Json => ({ BOOL })),
    fc.constant<Json>({ NULL: true }),
    fc.constantFrom("AA==", "AQI=", "").map((B): Json => ({ B })),
    fc
      .uniqueArray(
        fc.string({ minLength: 1 }).map((text) => text.toWellFormed()),
        { minLength: 1 },
      )
      .map((SS): Json => ({ SS })),
    fc.constant<Json>({ NS: ["1", "2.5", "12345678901234567890"] }),
    fc.constant<Json>({ BS: ["AA==", "AQI="] }),
    fc.array(tie("value"), { maxLength: 3 }).map((L): Json => ({ L })),
    fc
      .array(fc.tuple(name, tie("value")), { maxLength: 3 })
      .map((entries): Json => ({ M: Object.fromEntries(entries) })),
  ),
})).value;

describe("items", () => {
  it("come back from wire and file as they were, with any name and any type", () => {
    const law = fc.property(fc.array(fc.tuple(name, wire), { maxLength: 4 }), (entries) => {
      const given: JsonObject = Object.fromEntries(entries);
      const item = fromWireItem(given);
      expect(toWireItem(item)).toEqual(given);
      expect(toWireItem(fromStoredText(toStoredText(item)))).toEqual(given);
    });
    fc.assert(law);
  });

  it("have no attributes but their own", () => {
    expect(attributeOf({}, "constructor")).toBeUndefined();
    expect(attributeOf({}, "__proto__")).toBeUndefined();
  });
});
