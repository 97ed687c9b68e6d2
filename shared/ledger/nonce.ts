import { Signature, Transaction } from "ethers";
import * as z from "zod";
import { Hex } from "./artefact.ts";
import { Wei } from "./amount.ts";
import type { Fees } from "./fees.ts";
import { hexOf } from "./hex.ts";
import { LEDGER_LIMITS } from "./limits.ts";

/** What a transaction does, whatever it offers for it. */
export const Call = z.object({ to: z.string(), data: Hex, value: Wei, gas: Wei });
export type Call = z.output<typeof Call>;

/**
 * A transaction with one set of fees, signed. Signatures of hardware are never the same twice, so what was signed is kept
 * before anybody hears of it: the bytes follow from the row.
 */
export const Variant = z.object({ max: Wei, tip: Wei, signature: Hex, hash: z.string(), at: z.iso.datetime() });
export type Variant = z.output<typeof Variant>;

/** Where a nonce stands: given away, on its way, in a block that may yet be lost, in one that will not. */
export const NonceState = z.enum(["reserved", "sent", "mined", "final"]);
export type NonceState = z.output<typeof NonceState>;

/** One transaction of a signer: it has one number, for ever, and any number of variants of which one is mined. */
export const NonceRow = z.object({
  chain: z.string(),
  signer: z.string(),
  nonce: z.int().nonnegative(),
  state: NonceState,
  revision: z.int().positive(),
  kind: z.string(),
  /** Intents that it carries out, where they are kept. */
  intents: z.array(z.object({ pk: z.string(), sk: z.string() })),
  call: Call,
  variants: z.array(Variant),
  transaction_hash: z.string().optional(),
  block: z.int().nonnegative().optional(),
  block_hash: z.string().optional(),
  /** What became of it: in a block, and refused there or not; or its number was used by what is not ours. */
  outcome: z.enum(["done", "reverted", "lost"]).optional(),
  created_at: z.iso.datetime(),
});
export type NonceRow = z.output<typeof NonceRow>;

/** What is known of a signer of a chain. */
export const SignerRow = z.object({
  chain: z.string(),
  signer: z.string(),
  /** The nonce that is given away next. */
  next: z.int().nonnegative(),
  /** Every nonce below is final. */
  floor: z.int().nonnegative(),
  /** Counts what was said of the floor. */
  floor_revision: z.int().nonnegative(),
});
export type SignerRow = z.output<typeof SignerRow>;

/** The transaction of a nonce with these fees, not signed yet. */
export function transactionOf(
  { call, nonce, chainId }: Pick<NonceRow, "call" | "nonce"> & { readonly chainId: bigint },
  { max, tip }: Fees,
): Transaction {
  const { to, data, value, gas } = call;
  return Transaction.from({
    type: 2,
    chainId,
    nonce,
    to,
    data,
    value: BigInt(value),
    gasLimit: BigInt(gas),
    maxFeePerGas: max,
    maxPriorityFeePerGas: tip,
  });
}

/** The bytes of a variant, as nodes take them. */
export function rawOf(row: Pick<NonceRow, "call" | "nonce"> & { readonly chainId: bigint }, variant: Variant): Hex {
  const transaction = transactionOf(row, feesOf(variant));
  transaction.signature = Signature.from(variant.signature);
  return hexOf(transaction.serialized);
}

/** What a variant offers. */
export const feesOf = ({ max, tip }: Pick<Variant, "max" | "tip">): Fees => ({ max: BigInt(max), tip: BigInt(tip) });

/** Whether a transaction that is not mined is to be offered anew: it has been out for long, or blocks cost more than it offers. */
export function isStuck(
  { variants }: Pick<NonceRow, "variants">,
  { now, baseFee }: { readonly now: number; readonly baseFee: bigint },
): boolean {
  const last = variants.at(-1);
  if (last === undefined || variants.length >= LEDGER_LIMITS.variants) return false;
  return now - Date.parse(last.at) >= LEDGER_LIMITS.replaceAfterSeconds * 1000 || baseFee > BigInt(last.max);
}
