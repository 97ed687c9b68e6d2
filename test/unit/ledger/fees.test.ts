import { describe, expect, it } from "vitest";
import { currentFees, firstFees, replacementFees } from "../../../shared/ledger/fees.ts";

const GWEI = 1_000_000_000n;
const ceiling = 100n * GWEI;

describe("what a transaction offers", () => {
  it("is room for the base fee to double, and a tip", () => {
    expect(currentFees(7n * GWEI)).toEqual({ max: 15n * GWEI, tip: GWEI });
    expect(firstFees({ baseFee: 7n * GWEI, ceiling })).toEqual({ max: 15n * GWEI, tip: GWEI });
  });

  it("is no more than the ceiling, and nothing where a block alone costs more", () => {
    expect(firstFees({ baseFee: 60n * GWEI, ceiling })).toEqual({ max: ceiling, tip: GWEI });
    expect(firstFees({ baseFee: 100n * GWEI, ceiling })).toBeUndefined();
  });

  it("grows by an eighth when it is replaced: nodes insist on a tenth of both fees", () => {
    expect(replacementFees({ max: 16n * GWEI, tip: 2n * GWEI }, { baseFee: GWEI, ceiling })).toEqual({
      max: 18n * GWEI + 1n,
      tip: 2_250_000_001n,
    });
  });

  it("is what is current where that is more, and stays where it would be above the ceiling", () => {
    const before = { max: 3n * GWEI, tip: GWEI };
    expect(replacementFees(before, { baseFee: 20n * GWEI, ceiling })).toEqual({ max: 41n * GWEI, tip: 1_125_000_001n });
    expect(replacementFees(before, { baseFee: 50n * GWEI, ceiling })).toBeUndefined();
  });
});
