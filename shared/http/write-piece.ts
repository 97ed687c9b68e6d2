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
  if (!hasRoom && !out.closed) await nextChange(out);
  return !out.destroyed;
}

/** Resolves with the first of two events; the listener of the other does not stay for as long as the stream lasts. */
async function nextChange(out: Writable): Promise<void> {
  const told = new AbortController();
  const { signal } = told;
  await Promise.race([once(out, "drain", { signal }), once(out, "close", { signal })]).finally(() => told.abort());
}
