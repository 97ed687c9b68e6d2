import { describe, expect, it } from "vitest";
import { heldIn, withHeld } from "../../../../shared/execution/pattern/held.ts";

describe("results that are held", () => {
  it("finds what is held in a value, each once, and puts values in its place", () => {
    const one = { $held: "a", bytes: 9, sha256: "0" };
    const two = { ...one, at: "result" as const };
    expect(heldIn([one, { x: one, y: [two] }, null, 1])).toEqual([one, two]);
    expect(withHeld({ x: one, y: [two, "z"], q: { ...one, $held: "b" } }, new Map([["a", 1], ["a.result", 2]]))).toEqual({ x: 1, y: [2, "z"], q: { ...one, $held: "b" } });
  });
});
