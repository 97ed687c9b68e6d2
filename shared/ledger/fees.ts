import { LEDGER_LIMITS } from "./limits.ts";

/** What a transaction offers per unit of gas, in wei: at most so much in all, and so much of it to who mines it. */
export interface Fees {
  readonly max: bigint;
  readonly tip: bigint;
}

/** What a transaction offers when a block costs so much: room for the base fee to double, which takes six full blocks. */
export const currentFees = (baseFee: bigint): Fees => ({
  max: baseFee * 2n + LEDGER_LIMITS.tipWei,
  tip: LEDGER_LIMITS.tipWei,
});

/**
 * What a replacement offers: both fees by the factor that nodes insist on, or what is current, whichever is more.
 *
 * @returns nothing when that is above the ceiling: then what was offered before has to do.
 */
export function replacementFees(
  before: Fees,
  { baseFee, ceiling }: { readonly baseFee: bigint; readonly ceiling: bigint },
): Fees | undefined {
  const current = currentFees(baseFee);
  const max = larger(current.max, raised(before.max));
  return max > ceiling ? undefined : { max, tip: larger(current.tip, raised(before.tip)) };
}

/** What the first variant offers: what is current, and no more than the ceiling. Nothing: the base fee alone is above it. */
export function firstFees({
  baseFee,
  ceiling,
}: {
  readonly baseFee: bigint;
  readonly ceiling: bigint;
}): Fees | undefined {
  const { max, tip } = currentFees(baseFee);
  if (baseFee + tip > ceiling) return undefined;
  return { max: max < ceiling ? max : ceiling, tip };
}

const raised = (wei: bigint): bigint => (wei * BigInt(LEDGER_LIMITS.feeFactorPerMille)) / 1000n + 1n;

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
