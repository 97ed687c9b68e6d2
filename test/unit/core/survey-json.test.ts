import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deeperThan, refusalOf, surveyJson, wellFormedJson } from "../../../shared/core/survey-json.ts";

const told = (text: string): string[] => surveyJson(text).altered.map(({ path, source }) => `${path.join(".")}=${source}`);

describe("surveyJson", () => {
  it.each(["1e400", "-1e400", "1e-400", "9007199254740993", "12345678901234567890", "18446744073709551616", "0.10000000000000000001", `1${"0".repeat(500)}`])(
    "names %s, which a double does not hold",
    (number) => {
      expect(told(`{"a":[{"b":0},{"c":${number}}]}`)).toEqual([`a.1.c=${number}`]);
    },
  );

  it.each(["0", "-0", "0e999", "1.0", "1.50", "1e2", "1E+2", "1e23", "1.7976931348623157e308", "5e-324", "9007199254740992", "0.30000000000000004", "100000000000000000000"])(
    "lets %s through, whose value stays",
    (number) => {
      expect(told(`[${number}]`)).toEqual([]);
    },
  );

  it("looks at numbers only, whatever texts and keys look like", () => {
    expect(told(String.raw`{"1e400":"1e400","a\"1e400":["\\",1e400,"\\\"1e400"]}`)).toEqual([String.raw`a\"1e400.1=1e400`]);
    expect(told("1e400")).toEqual(["=1e400"]);
  });

  it("tells rounding of a fraction from the loss of a number", () => {
    const { altered } = surveyJson("[0.12345678901234567890, 12345678901234567890, 1e400, 1e-400]");
    expect(altered.map(({ isRounded }) => isRounded)).toEqual([true, false, false, false]);
  });

  it("shows as much of a number as helps", () => {
    expect(refusalOf({ path: [], source: "1e400", isRounded: false })).toBe("is 1e400, a number that would be altered; send it as a text");
    expect(refusalOf({ path: [], source: "1".repeat(1000), isRounded: false })).toHaveLength(102);
  });

  it("does not stumble over texts that are no JSON, and takes no longer for hostile ones", () => {
    for (const text of ["[".repeat(100_000), "]]]]", ',:"', '"\\', "1".repeat(1_000_000), `"${"\\".repeat(1_000_000)}`, "0".repeat(1_000_000)]) {
      expect(() => surveyJson(text)).not.toThrow();
    }
    expect(surveyJson("[".repeat(100_000)).depth).toBe(100_000);
  });
});

describe("half a character", () => {
  it.each([
    [String.raw`{"a":["\ud83d"]}`, ["a.0"]],
    [String.raw`{"\ud83d":1}`, [""]],
    [String.raw`["\ud83d\ude00", "\\ud83d", "\ude00\ud83d"]`, ["2"]],
    ['["😀"]', []],
  ])("in %s is told of at %j", (text, places) => {
    expect(surveyJson(text).halves.map((path) => path.join("."))).toEqual(places);
  });

  it("becomes the character for what is unknown, and nothing else changes", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("\ud83d", "\ude00", "😀", "\\", "u", "d83d", '"', "a", "\n"), { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        expect(JSON.parse(wellFormedJson(JSON.stringify([text])))).toEqual([text.toWellFormed()]);
      }),
      { numRuns: 1000, seed: 17 },
    );
  });
});

describe("deeperThan", () => {
  it.each([
    ["[[[1]]]", false],
    ["[[[[1]]]]", true],
    ["[[],[],[],[],[]]", false],
    ['"[[[[["', false],
  ])("%s is deeper than three levels: %s", (text, isDeeper) => {
    expect(deeperThan(3)(text)).toBe(isDeeper);
  });
});

const DIGIT = fc.constantFrom("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
/** A number as JSON may write it: up to 40 digits, with or without a fraction and an exponent. */
const NUMBER = fc
  .record({
    sign: fc.constantFrom("", "-"),
    digits: fc.string({ unit: DIGIT, minLength: 1, maxLength: 40 }),
    fraction: fc.option(fc.string({ unit: DIGIT, minLength: 1, maxLength: 20 }), { nil: undefined, freq: 1 }),
    exponent: fc.option(fc.integer({ min: -400, max: 400 }), { nil: undefined }),
  })
  .map(({ sign, digits, fraction, exponent }) => {
    const whole = digits.replace(/^0+(?=\d)/, "");
    return `${sign}${whole}${fraction === undefined ? "" : `.${fraction}`}${exponent === undefined ? "" : `e${exponent}`}`;
  });

/** Exact arithmetic decides: a number as an integer times a power of ten, which BigInt compares. */
function isSame(one: string, other: string): boolean {
  const parse = (text: string): [bigint, number] => {
    const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
    const [whole = "", fraction = ""] = mantissa.split(".");
    return [BigInt(`${whole}${fraction}`), Number(exponent) - fraction.length];
  };
  const [[a, x], [b, y]] = [parse(one), parse(other)];
  const least = Math.min(x, y);
  return a * 10n ** BigInt(x - least) === b * 10n ** BigInt(y - least);
}

describe("a number in a document", () => {
  it("arrives with the value it was sent with, or is named by its path", () => {
    fc.assert(
      fc.property(fc.array(NUMBER, { minLength: 1, maxLength: 8 }), (numbers) => {
        const text = `{"list":[${numbers.join(",")}]}`;
        const value: unknown = JSON.parse(text);
        const arrived = JSON.stringify(value).slice('{"list":['.length, -2).split(",");
        const altered = numbers.flatMap((sent, index) => {
          const now = arrived[index] ?? "null";
          return now !== "null" && isSame(sent, now) ? [] : [`list.${index}=${sent}`];
        });
        expect(told(text)).toEqual(altered);
      }),
      { numRuns: 2000, seed: 2026 },
    );
  });
});
