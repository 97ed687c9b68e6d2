import { Signature } from "ethers";
import { present } from "../../core/present.ts";
import type { Receipt } from "../chain/chain.ts";
import { firstFees, replacementFees } from "../fees.ts";
import { done, mined, requeued, reverted, unmined } from "../intent-moves.ts";
import type { Intent } from "../intent.ts";
import { hexOf } from "../hex.ts";
import { feesOf, isStuck, type NonceRow, rawOf, type SignerRow, transactionOf, type Variant } from "../nonce.ts";
import { loadIntents } from "../store/intent-store.ts";
import { noncesFrom, openNonces, saveFloor, saveNonce } from "../store/nonce-store.ts";
import { intentFailed } from "./ledger-events.ts";
import { finalBlock, type SendingDeps } from "./sending.ts";

/** What the chain is like at the moment. */
interface Moment {
  /** Transactions of the signer that are in blocks, and those in blocks that stay. */
  readonly used: number;
  readonly usedForGood: number;
  readonly final: number;
  readonly baseFee: bigint;
  readonly at: string;
}

/**
 * Takes every transaction that is not final a step further, lowest first: signs it, offers it, offers more for it, and looks
 * what became of it. Every step may be repeated, by several at once.
 *
 * @returns how many are still not final.
 */
export async function driveNonces(deps: SendingDeps, signer: SignerRow): Promise<number> {
  const moment = await lookAround(deps, signer);
  if (moment === undefined) return 0;
  if (moment.used < signer.floor) await reopen(deps, signer, moment);
  const open = await openNonces(deps.store, { ...signer, floor: Math.min(signer.floor, moment.used) });
  if (open.length === 0) return 0;
  const ended = new Set<number>();
  for (const row of open) if ((await driveNonce(deps, row, moment)) === "final") ended.add(row.nonce);
  const left = open.filter(({ nonce }) => !ended.has(nonce));
  const floor = left[0]?.nonce ?? present(open.at(-1)).nonce + 1;
  if (floor > signer.floor) await saveFloor(deps.store, signer, { floor, before: signer.floor_revision });
  return left.length;
}

async function lookAround(deps: SendingDeps, { signer }: SignerRow): Promise<Moment | undefined> {
  const head = await deps.chain.block("latest");
  const final = (await finalBlock(deps)) ?? -1;
  if (head === undefined) return undefined;
  const used = await deps.chain.transactionCount(signer, "latest");
  const usedForGood = final < 0 ? 0 : await deps.chain.transactionCount(signer, final);
  return { used, usedForGood, final, baseFee: head.baseFeePerGas, at: deps.now().toISOString() };
}

/**
 * The chain has fewer transactions of ours than were final: it went back further than anybody thought. They are open again:
 * what was kept of them is offered once more.
 */
async function reopen(deps: SendingDeps, signer: SignerRow, { used, at }: Moment): Promise<void> {
  deps.warn("transactions that were final are gone with their blocks", {
    signer: signer.signer,
    from: used,
    to: signer.floor - 1,
  });
  for (const row of await noncesFrom(deps.store, { ...signer, from: used })) {
    if (row.state !== "final") continue;
    const { transaction_hash: _, block: __, block_hash: ___, outcome: ____, ...rest } = row;
    const intents = (await carriedBy(deps.store, row)).map((intent) => unmined(intent, at));
    await saveNonce(deps.store, { ...rest, state: "sent", revision: row.revision + 1 }, intents);
  }
  await saveFloor(deps.store, signer, { floor: used });
}

async function driveNonce(deps: SendingDeps, row: NonceRow, moment: Moment): Promise<"final" | "open"> {
  if (row.nonce < moment.used && row.variants.length > 0) {
    const receipts = await deps.chain.receipts(row.variants.map(({ hash }) => hash));
    const index = receipts.findIndex((receipt) => receipt !== undefined);
    if (index >= 0)
      return settle(deps, { row, variant: present(row.variants[index]), receipt: present(receipts[index]), moment });
    // In a block that stays, and not by us: the number is lost, and what it was for is to be done again.
    return row.nonce < moment.usedForGood ? lose(deps, row, moment) : "open";
  }
  const back = row.state === "mined" ? await takeBack(deps, row, moment) : row;
  const signed = back === undefined ? undefined : await withVariant(deps, back, moment);
  if (signed !== undefined) await offer(deps, signed);
  return "open";
}

/** The block that it was in is gone. */
async function takeBack({ store }: SendingDeps, row: NonceRow, { at }: Moment): Promise<NonceRow | undefined> {
  const { transaction_hash: _, block: __, block_hash: ___, ...rest } = row;
  const next: NonceRow = { ...rest, state: "sent", revision: row.revision + 1 };
  const intents = (await carriedBy(store, row)).map((intent) => unmined(intent, at));
  return (await saveNonce(store, next, intents)) === "written" ? next : undefined;
}

/** Intents of a transaction that are still its own. */
export const carriedBy = async (
  store: SendingDeps["store"],
  { intents, nonce, chain }: NonceRow,
): Promise<readonly Intent[]> =>
  (await loadIntents(store, intents)).filter((intent) => intent.nonce === nonce && intent.chain === chain);

/** The transaction with something to offer: signed, and kept before anybody hears of it. Nothing: gas costs too much, or another was quicker. */
async function withVariant(
  { store, signer, chainId, feeCeiling }: SendingDeps,
  row: NonceRow,
  { baseFee, at }: Moment,
): Promise<NonceRow | undefined> {
  const last = row.variants.at(-1);
  if (last !== undefined && !isStuck(row, { now: Date.parse(at), baseFee })) return row;
  const fees =
    last === undefined
      ? firstFees({ baseFee, ceiling: feeCeiling })
      : replacementFees(feesOf(last), { baseFee, ceiling: feeCeiling });
  if (fees === undefined) return last === undefined ? undefined : row;
  const transaction = transactionOf({ ...row, chainId: BigInt(chainId) }, fees);
  const signature = await signer.sign(transaction.unsignedHash);
  transaction.signature = Signature.from(signature);
  const variant: Variant = {
    max: String(fees.max),
    tip: String(fees.tip),
    signature,
    hash: hexOf(present(transaction.hash ?? undefined)),
    at,
  };
  const next: NonceRow = { ...row, state: "sent", revision: row.revision + 1, variants: [...row.variants, variant] };
  return (await saveNonce(store, next)) === "written" ? next : undefined;
}

async function offer({ chain, chainId, warn }: SendingDeps, row: NonceRow): Promise<void> {
  const refusal = await chain.send(rawOf({ ...row, chainId: BigInt(chainId) }, present(row.variants.at(-1))));
  if (refusal !== undefined) warn("a node does not take a transaction", { nonce: row.nonce, kind: row.kind, refusal });
}

interface Found {
  readonly row: NonceRow;
  readonly variant: Variant;
  readonly receipt: Receipt;
  readonly moment: Moment;
}

/** It is in a block: one that stays, or one that may yet be lost. */
async function settle(deps: SendingDeps, { row, variant, receipt, moment }: Found): Promise<"final" | "open"> {
  const { blockNumber: block, blockHash } = receipt;
  const place = { transaction_hash: variant.hash, block, block_hash: blockHash };
  const isFinal = block <= moment.final && (await deps.chain.block(block))?.hash === blockHash;
  const intents = await carriedBy(deps.store, row);
  const { at } = moment;
  if (isFinal) {
    const isDone = receipt.status === 1;
    const ended = intents.map((intent) =>
      endOf(intent, { isDone, isShared: row.intents.length > 1, hash: variant.hash, block, at }),
    );
    await deps.publish(ended.flatMap((intent) => (intent.state === "reverted" ? [intentFailed(intent, at)] : [])));
    const next: NonceRow = {
      ...row,
      ...place,
      state: "final",
      outcome: isDone ? "done" : "reverted",
      revision: row.revision + 1,
    };
    return (await saveNonce(deps.store, next, ended)) === "written" ? "final" : "open";
  }
  if (row.state === "mined" && row.block_hash === blockHash) return "open";
  const seen = receipt.status === 1 ? intents.map((intent) => mined(intent, { hash: variant.hash, block, at })) : [];
  await saveNonce(deps.store, { ...row, ...place, state: "mined", revision: row.revision + 1 }, seen);
  return "open";
}

function endOf(
  intent: Intent,
  {
    isDone,
    isShared,
    hash,
    block,
    at,
  }: {
    readonly isDone: boolean;
    readonly isShared: boolean;
    readonly hash: string;
    readonly block: number;
    readonly at: string;
  },
): Intent {
  if (isDone) return done(intent, { hash, block, at });
  return isShared
    ? requeued(intent, { reason: "a transaction that it shared was refused", at })
    : reverted(intent, { hash, block, at });
}

/** Contracts take the same thing twice as once, so what may have happened is safe to do again. */
async function lose(deps: SendingDeps, row: NonceRow, { at }: Moment): Promise<"final" | "open"> {
  deps.warn("a nonce was used by another", { nonce: row.nonce, signer: row.signer, kind: row.kind });
  const intents = (await carriedBy(deps.store, row)).map((intent) =>
    requeued(intent, { reason: "its nonce was used by another transaction", at }),
  );
  const next: NonceRow = { ...row, state: "final", outcome: "lost", revision: row.revision + 1 };
  return (await saveNonce(deps.store, next, intents)) === "written" ? "final" : "open";
}
