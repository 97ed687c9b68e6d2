import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advanced,
  type BlockMark,
  commonAncestor,
  type Cursor,
  readUpTo,
  rewound,
  START,
} from "../../../shared/ledger/cursor.ts";
import { LEDGER_LIMITS } from "../../../shared/ledger/limits.ts";

/** A chain of so many blocks, with another one above some of them; reads ended at some of its blocks. */
const history = fc
  .record({
    height: fc.integer({ min: 1, max: 400 }),
    fork: fc.nat({ max: 400 }),
    steps: fc.array(fc.integer({ min: 1, max: 9 })),
  })
  .map(({ height, fork, steps }) => {
    const ends = steps.reduce<number[]>((all, step) => [...all, (all.at(-1) ?? -1) + step], []);
    return { fork, ends: ends.filter((end) => end <= height) };
  });

const before = (number: number): string => `a${number}`;
const after = (fork: number) => (number: number) => Promise.resolve(number <= fork ? `a${number}` : `b${number}`);

const read = (ends: readonly number[]): Cursor =>
  ends.reduce((cursor, number) => advanced(cursor, { number, hash: before(number) } satisfies BlockMark), START);

describe("a cursor", () => {
  it("goes back to the last block at which a read ended that the chain still has, and never past where it forked", async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ fork, ends }) => {
        const ancestor = await commonAncestor(read(ends), after(fork));
        const remembered = ends.slice(-LEDGER_LIMITS.rememberedBlocks);
        expect(ancestor).toBe(remembered.findLast((end) => end <= fork) ?? -1);
        expect(readUpTo(rewound(read(ends), ancestor))).toBe(ancestor);
      }),
    );
  });

  it("counts each move, remembers no more than it may, and reads on from where it was", () => {
    fc.assert(
      fc.property(history, ({ ends }) => {
        const cursor = read(ends);
        expect(cursor.revision).toBe(ends.length);
        expect(cursor.marks.length).toBeLessThanOrEqual(LEDGER_LIMITS.rememberedBlocks);
        expect(readUpTo(cursor)).toBe(ends.at(-1) ?? -1);
      }),
    );
  });
});
