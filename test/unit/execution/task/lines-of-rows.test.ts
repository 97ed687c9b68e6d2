import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withinRow } from "../../../../shared/execution/task/transition.ts";

/** Lines that a row may carry, and how many bytes of the newest stay once these are more. */
const [MOST, KEPT] = [2048, 512];
const bytesOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
const line = fc.oneof(fc.string({ maxLength: 40 }), fc.integer({ min: 1, max: 700 }).map((length) => "ü".repeat(length)), fc.integer({ min: 1, max: 600 }).map((length) => "x".repeat(length)));

describe("the lines that a row carries", () => {
  it("are all of them while they are short, and the newest that fit once they are not; the others leave in their order", () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 14 }), (lines) => {
        const { told, spilled } = withinRow(lines);
        expect([...spilled, ...told]).toEqual(lines);
        const isShort = bytesOf(lines) <= MOST;
        expect(isShort ? spilled : []).toEqual([]);
        expect(isShort || told.length === 1 || bytesOf(told) <= KEPT).toBe(true);
        // One more would be too many.
        expect(spilled.length === 0 || bytesOf([...spilled.slice(-1), ...told]) > KEPT).toBe(true);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it.each([
    { what: "as long as may be", lines: ["x".repeat(1000), "x".repeat(1048)], told: 2 },
    { what: "a byte longer", lines: ["x".repeat(1000), "x".repeat(1049)], told: 1 },
    { what: "too long, of which the last two just fit", lines: ["x".repeat(2000), "x".repeat(256), "x".repeat(256)], told: 2 },
    { what: "too long, of which the last two do not quite fit", lines: ["x".repeat(2000), "x".repeat(257), "x".repeat(256)], told: 1 },
    { what: "a single one that is too long", lines: ["x".repeat(3000)], told: 1 },
  ])("stay as far as they are $told, when they are $what", ({ lines, told }) => {
    expect(withinRow(lines)).toEqual({ told: lines.slice(lines.length - told), spilled: lines.slice(0, lines.length - told) });
  });
});
