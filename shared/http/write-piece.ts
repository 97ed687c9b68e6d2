import { once } from "node:events";
import type { Writable } from "node:stream";

/**
 * Writes a piece of a response and resolves once its reader has room for the next one, or is gone.
 *
 * A stream that is closed takes nothing and tells nothing any more: a `write` says "wait" for ever, and the event to wait
 * for has been.
 *
 * @returns whether the reader is still there.
 */
export async function writePiece(out: Writable, piece: string): Promise<boolean> {
  const hasRoom = out.write(piece);
  if (!hasRoom && !out.closed) await Promise.race([once(out, "drain"), once(out, "close")]);
  return !out.destroyed;
}
