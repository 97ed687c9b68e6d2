import { createHash } from "node:crypto";

/** What befalls a call on purpose: a conflict with another transaction, or too little throughput. */
export type Trouble = "conflict" | "throttle";

/** The trouble of the call with a number; `undefined`: none. */
export type Troubles = (call: number) => Trouble | undefined;

export const noTrouble: Troubles = () => undefined;

/**
 * Reads `seed:rate`, such as `7:0.05`: of all calls one in twenty meets a conflict or is throttled, the same ones for
 * the same seed; without a text none does.
 *
 * @throws {Error} the text is something else.
 */
export function readTroubles(text: string | undefined): Troubles {
  if (text === undefined || text === "") return noTrouble;
  const [, seed = "", rate = ""] = /^(\d+):(0(?:\.\d+)?|1)$/.exec(text) ?? [];
  if (seed === "") throw new Error(`A2A_DYNAMODB_TROUBLE is seed:rate, such as 7:0.05, not '${text}'`);
  return (call) => {
    const bytes = createHash("sha256").update(`${seed} ${call}`).digest();
    if (bytes.readUInt32BE(0) / 2 ** 32 >= Number(rate)) return undefined;
    return (bytes[4] ?? 0) % 2 === 0 ? "conflict" : "throttle";
  };
}
