import { dropped } from "../intent-moves.ts";
import { isSettled, type NewIntent } from "../intent.ts";
import type { SignerRow } from "../nonce.ts";
import { findChain, type KnownChain, saveChain } from "../store/chain-store.ts";
import { loadIntents, recordIntents, saveIntent } from "../store/intent-store.ts";
import { findSigner, openNonces, openSigner } from "../store/nonce-store.ts";
import type { SendingDeps } from "./sending.ts";

/** Where the ledger is. */
export interface Place {
  readonly known: KnownChain;
  readonly signer: SignerRow;
}

/**
 * Finds out on which chain the ledger is, and has what is needed there: a count of the signer's transactions, both contracts
 * and a rater's bond. Where the chain is another than before, what was under way on that one is given up.
 */
export async function settleIn(deps: SendingDeps): Promise<Place> {
  const {
    store,
    chain,
    signer: { address },
  } = deps;
  const name = await chain.name();
  const before = await findChain(store);
  if (before?.chain === name) return { known: before, signer: await knownSigner(deps, name) };
  if (before !== undefined) await giveUp(deps, before);
  const since = (await chain.block("latest"))?.number ?? 0;
  const known = { chain: name, signer: address, since, at: deps.now().toISOString() };
  await knownSigner(deps, name);
  await recordIntents(store, setupIntents(deps.owner, name), { at: known.at });
  await saveChain(store, known, before);
  return { known, signer: await knownSigner(deps, name) };
}

async function knownSigner({ store, chain, signer: { address } }: SendingDeps, name: string): Promise<SignerRow> {
  const found = await findSigner(store, name, address);
  if (found !== undefined) return found;
  const used = await chain.transactionCount(address, "latest");
  const row = { chain: name, signer: address, next: used, floor: used, floor_revision: 0 };
  const outcome = await openSigner(store, row);
  return outcome === "written" ? row : ((await findSigner(store, name, address)) ?? row);
}

/** What a chain must have before anything else can happen there. */
function setupIntents(owner: string, chain: string): readonly NewIntent[] {
  const made = (["escrow", "trust"] as const).map((contract): NewIntent => ({
    tenant: owner,
    part: `${chain}#${contract}`,
    work: { kind: "contract.deploy", contract },
  }));
  return [
    ...made,
    { tenant: owner, part: chain, work: { kind: "trust.join" }, after: [`contract.deploy#${chain}#trust`] },
  ];
}

async function giveUp({ store, now }: SendingDeps, { chain, signer }: KnownChain): Promise<void> {
  const row = await findSigner(store, chain, signer);
  if (row === undefined) return;
  const open = await openNonces(store, row);
  const intents = await loadIntents(
    store,
    open.flatMap((each) => each.intents),
  );
  for (const intent of intents) {
    if (!isSettled(intent))
      await saveIntent(
        store,
        dropped(intent, { reason: "the chain was replaced by another", at: now().toISOString() }),
      );
  }
}
