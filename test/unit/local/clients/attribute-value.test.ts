import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromAttributes, toAttributes } from "../../../../infra/local/clients/attribute-value.ts";
import { parseJson } from "../../../../infra/local/json.ts";

/** The SDK loses an attribute `__proto__`: it sets the prototype of what it makes. */
const names = fc.string().filter((name) => name !== "__proto__");
const bytes = fc.uint8Array({ maxLength: 12 }).map((each) => new Uint8Array(each));
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -9e15, max: 9e15 }));
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "binary" }),
    number,
    fc.boolean(),
    fc.constant(null),
    bytes,
    fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }).map((each) => new Set(each)),
    fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 4 }).map((each) => new Set(each)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(names, fc.oneof(tie("value"), fc.constant(undefined)), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;
const items = fc.dictionary(names, values, { maxKeys: 6, noNullPrototype: true });

/** As the SDK sends them: binaries in base64. */
const onTheWire = (attributes: object): unknown =>
  parseJson(JSON.stringify(attributes, (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value)));

describe("attribute values", () => {
  it("are those that the SDK makes of the same item", () => {
    fc.assert(
      fc.property(items, (item) => {
        expect(parseJson(JSON.stringify(toAttributes(item)))).toEqual(onTheWire(marshall(item, { removeUndefinedValues: true })));
      }),
    );
  });

  it("come back as the SDK has them", () => {
    fc.assert(
      fc.property(items, (item) => {
        const marshalled = marshall(item, { removeUndefinedValues: true });
        expect(fromAttributes(toAttributes(item))).toEqual(unmarshall(marshalled));
      }),
    );
  });

  it.each([
    ["not a number", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["a number beyond what is exact", 2 ** 53],
    ["an empty set", new Set()],
    ["an instance of a class", new Date(0)],
  ])("refuse %s, as the SDK does", (_, value) => {
    expect(() => marshall({ value }, { removeUndefinedValues: true })).toThrow();
    expect(() => toAttributes({ value })).toThrow(/cannot be stored/);
  });

  it.each([["9007199254740993"], ["-123456789012345678901234567890"]])("read %s exactly, as the SDK does", (text) => {
    expect(fromAttributes({ value: { N: text } })).toEqual(unmarshall({ value: { N: text } }));
  });

  it("refuse to read a large number with a fraction, as the SDK does", () => {
    const stored = { value: { N: "9007199254740993.5" } };
    expect(() => unmarshall(stored)).toThrow();
    expect(() => fromAttributes(stored)).toThrow(/exactly/);
  });

  it("leave functions out, as the SDK does", () => {
    const item = { a: 1, run: () => 1 };
    expect(toAttributes(item)).toEqual(marshall(item, { removeUndefinedValues: true }));
  });
});
