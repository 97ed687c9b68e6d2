import * as z from "zod";
import { LEDGER_LIMITS } from "./limits.ts";

const Mark = z.object({ number: z.int().nonnegative(), hash: z.string() });

/** A block by its number and its hash. */
export type BlockMark = z.output<typeof Mark>;

/** How far a chain was read, and the blocks at which earlier reads ended, oldest first. */
export const Cursor = z.object({ revision: z.int().nonnegative(), marks: z.array(Mark) });
export type Cursor = z.output<typeof Cursor>;

/** Before the first block. */
export const START: Cursor = { revision: 0, marks: [] };

/** The block up to which everything was read; -1: nothing was. */
export const readUpTo = ({ marks }: Cursor): number => marks.at(-1)?.number ?? -1;

/** The cursor after everything up to a block was read. */
export const advanced = ({ revision, marks }: Cursor, mark: BlockMark): Cursor => ({
  revision: revision + 1,
  marks: [...marks, mark].slice(-LEDGER_LIMITS.rememberedBlocks),
});

/** The cursor after everything above a block turned out to be of another chain; -1: all of it. */
export const rewound = ({ revision, marks }: Cursor, ancestor: number): Cursor => ({
  revision: revision + 1,
  marks: marks.filter(({ number }) => number <= ancestor),
});

/**
 * The last block that the chain as it is has in common with what was read; -1: none of those that are remembered.
 *
 * @param hashAt the hash of a block as it is now; nothing when there is none of that number.
 */
export async function commonAncestor(
  { marks }: Cursor,
  hashAt: (number: number) => Promise<string | undefined>,
): Promise<number> {
  for (const { number, hash } of marks.toReversed()) if ((await hashAt(number)) === hash) return number;
  return -1;
}
