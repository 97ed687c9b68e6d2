import { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { writePiece } from "../../../shared/http/write-piece.ts";

/** A response whose reader takes pieces when it is told to. */
function response(highWaterMark: number) {
  const taken: (() => void)[] = [];
  const out = new Writable({ highWaterMark, write: (_piece, _encoding, done) => void taken.push(done) });
  return { out, take: () => taken.shift()?.() };
}

/** Whether a promise is settled by the next turn of the event loop. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const mark = (): void => void (settled = true);
  promise.then(mark, mark);
  await nextTurn();
  return settled;
}

describe("a piece of a response", () => {
  it("is written at once while there is room", async () => {
    const { out } = response(100);
    expect(await writePiece(out, "text")).toBe(true);
  });

  it("waits for a slow reader", async () => {
    const { out, take } = response(1);
    const written = writePiece(out, "text");
    expect(await isSettled(written)).toBe(false);
    take();
    expect(await written).toBe(true);
  });

  it("leaves no listener behind, however often a slow reader is waited for", async () => {
    const { out, take } = response(1);
    const before = [out.listenerCount("close"), out.listenerCount("drain")];
    for (let count = 0; count < 20; count += 1) {
      const written = writePiece(out, "text");
      take();
      await written;
    }
    expect([out.listenerCount("close"), out.listenerCount("drain")]).toEqual(before);
  });

  it.each([1, 100])("does not wait for a reader who went away before, with room for %i", async (highWaterMark) => {
    const { out } = response(highWaterMark);
    out.destroy();
    await nextTurn();
    expect(await writePiece(out, "text")).toBe(false);
  });

  it("does not wait for a reader who goes away in this very turn", async () => {
    const { out } = response(1);
    out.destroy();
    expect(await writePiece(out, "text")).toBe(false);
  });

  it("stops waiting for a reader who goes away", async () => {
    const { out } = response(1);
    const written = writePiece(out, "text");
    expect(await isSettled(written)).toBe(false);
    out.destroy();
    expect(await written).toBe(false);
  });
});
