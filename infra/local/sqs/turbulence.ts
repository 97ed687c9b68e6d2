import { createHash } from "node:crypto";

/** What a standard queue is free to do with a message: deliver it late, so that others overtake it, or twice. */
export interface Trouble {
  readonly lateMs: number;
  /** How long after the first a second copy comes. @default - none comes */
  readonly againMs: number | undefined;
}

/** The trouble that befalls the message with a number. */
export type Turbulence = (seq: number) => Trouble;

const MOST_MS = 2000;
const CALM: Trouble = { lateMs: 0, againMs: undefined };

/**
 * Reads `seed:rate`, such as `7:0.2`: of all messages a fifth come up to two seconds late, and a fifth twice. The same
 * seed treats the same message alike; without a text every message is left in peace.
 *
 * @throws {Error} the text is something else.
 */
export function readTurbulence(text: string | undefined): Turbulence {
  if (text === undefined || text === "") return () => CALM;
  const [, seed = "", rate = ""] = /^(\d+):(0(?:\.\d+)?|1)$/.exec(text) ?? [];
  if (seed === "") throw new Error(`A2A_CHAOS is seed:rate, such as 7:0.2, not '${text}'`);
  return (seq) => troubleOf(`${seed} ${seq}`, Number(rate));
}

function troubleOf(name: string, rate: number): Trouble {
  const bytes = createHash("sha256").update(name).digest();
  const draw = (at: number): number => bytes.readUInt32BE(at) / 2 ** 32;
  return {
    lateMs: draw(0) < rate ? Math.round(draw(4) * MOST_MS) : 0,
    againMs: draw(8) < rate ? Math.round(draw(12) * MOST_MS) : undefined,
  };
}
