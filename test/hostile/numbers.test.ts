import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusedContent } from "../../shared/a2a/rpc-reply.ts";
import { InvalidRequestError } from "../../shared/core/errors.ts";
import { readJson } from "../../shared/endpoint/wire/read-json.ts";
import { readJsonText, refuseAltered } from "../../shared/http/request.ts";
import { printTable } from "./print-table.ts";

const DOCUMENTS = 100_000;
const DIGITS = fc.string({ unit: fc.constantFrom(..."0123456789".split("")), minLength: 1, maxLength: 40 });
/** A number of 1 to 40 digits, with a point or without, with any exponent or none. */
const NUMBER = fc.tuple(fc.constantFrom("", "-"), DIGITS, fc.nat(40), fc.option(fc.integer({ min: -500, max: 500 }))).map(([sign, digits, point, exponent]) => {
  const [whole, fraction] = [digits.slice(0, point + 1).replace(/^0+(?=\d)/, ""), digits.slice(point + 1)];
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}${exponent === null ? "" : `e${exponent}`}`;
});

/** As digits without zeros around them, and the power of ten behind the last: equal for equal numbers only. */
function exactly(number: string): string {
  const [mantissa = "", power = "0"] = number.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "0" : `${mantissa.startsWith("-") ? "-" : ""}${kept} ${Number(power) - fraction.length + digits.length - kept.length}`;
}

/** What a door makes of a document: the value, or where it says that a number would be altered. */
type Door = (text: string) => { readonly value: unknown } | { readonly fields: readonly string[] };

const refusing = (read: () => unknown): ReturnType<Door> => {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof InvalidRequestError) return { fields: error.flaws.map(({ field }) => field) };
    throw error;
  }
};

/** The functions through which each door's texts go. Events are posted through REST, and kept as text. */
const DOORS: Readonly<Record<string, Door>> = {
  "REST and events": (text) => refusing(() => readJsonText(text, "body")),
  "JSON-RPC and A2A": (text) =>
    refusing(() => {
      const { value, altered } = readJson(text);
      refuseAltered(altered, "body");
      return value;
    }),
};

describe("numbers in documents", () => {
  it("arrive with the value they were sent with, or are refused by their path, at every door", () => {
    const tally = Object.fromEntries(Object.keys(DOORS).map((door) => [door, { kept: 0, refused: 0, changed: 0 }]));
    const property = fc.property(NUMBER, (number) => {
      for (const [door, read] of Object.entries(DOORS)) {
        const outcome = read(`{"a":[0,{"b":${number}}]}`);
        const counts = tally[door];
        if (counts === undefined) throw new Error(door);
        if ("fields" in outcome) counts[outcome.fields.join() === "body.a.1.b" ? "refused" : "changed"] += 1;
        else {
          const arrived = /"b":([^}]*)/.exec(JSON.stringify(outcome.value))?.[1] ?? "";
          counts[exactly(arrived) === exactly(number) ? "kept" : "changed"] += 1;
        }
      }
    });
    fc.assert(property, { numRuns: DOCUMENTS, seed: 17 });
    printTable(`numbers: ${DOCUMENTS} documents`, Object.entries(tally).map(([door, { kept, refused, changed }]) => [door, `${kept} kept`, `${refused} refused by path`, `${changed} changed`]));
    expect(Object.values(tally).map(({ changed }) => changed)).toEqual([0, 0]);
  });

  it("of agents' results are refused where an integer or a magnitude would be lost", () => {
    let changed = 0;
    fc.assert(
      fc.property(NUMBER, (number) => {
        const isRefused = refusedContent(`{"jsonrpc":"2.0","result":{"message":{"parts":[{"data":{"b":${number}}}]}}}`) !== undefined;
        const value = Number(number);
        const [is, was] = [exactly(String(value)), exactly(number)];
        const isFraction = Number(was.split(" ")[1] ?? "0") < 0 && value !== 0 && Number.isFinite(value);
        if (!isRefused && is !== was && !isFraction) changed += 1;
      }),
      { numRuns: DOCUMENTS, seed: 18 },
    );
    printTable("numbers in agents' results", [[`${DOCUMENTS} documents`, `${changed} whole numbers changed`]]);
    expect(changed).toBe(0);
  });
});
