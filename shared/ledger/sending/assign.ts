import { etherOf } from "../ether.ts";
import { callOf, shareTransactions } from "../calls.ts";
import { ESCROW, TRUST } from "../contracts.ts";
import { currentFees } from "../fees.ts";
import { assigned, done, dropped, putOff } from "../intent-moves.ts";
import { type Intent, standingOf } from "../intent.ts";
import { LEDGER_LIMITS } from "../limits.ts";
import type { Call, NonceRow, SignerRow } from "../nonce.ts";
import { meaningOf, refusalOf } from "../refusals.ts";
import { findDue, loadIntents, saveIntent } from "../store/intent-store.ts";
import { intentKey } from "../store/keys.ts";
import { giveNonce } from "../store/nonce-store.ts";
import { lowBalance } from "./ledger-events.ts";
import { finalBlock, type SendingDeps } from "./sending.ts";

/** What a pass goes by while it gives transactions to intents. */
interface Pass {
  readonly deps: SendingDeps;
  readonly signer: SignerRow;
  readonly at: string;
  readonly payees: Map<string, string>;
  readonly hasContract: (intent: Intent) => Promise<boolean>;
  /** The nonce that is given away next, and what the signer has left for it. */
  next: number;
  left: bigint;
  readonly feePerGas: bigint;
}

/** What a transaction may cost in all. */
const costOf = ({ value, gas }: Call, feePerGas: bigint): bigint => BigInt(value) + BigInt(gas) * feePerGas;

/**
 * Gives intents that are due a transaction, as far as there is room: each is rehearsed before, so that none that is doomed
 * gets a nonce. What cannot be sent yet is put off, with the reason.
 */
export async function assignIntents(deps: SendingDeps, signer: SignerRow, open: readonly NonceRow[]): Promise<void> {
  const room = LEDGER_LIMITS.openNonces - open.length;
  if (room <= 0) return;
  const at = deps.now().toISOString();
  const due = await findDue(deps.store, { now: at, limit: LEDGER_LIMITS.intentsPerPass });
  if (due.length === 0) return;
  const pass = await beginPass(deps, signer, { open, at });
  const ready: Intent[] = [];
  for (const intent of due) if (await isReady(pass, intent)) ready.push(intent);
  for (const group of shareTransactions(ready).slice(0, room)) if ((await give(pass, group)) === "empty") return;
}

async function beginPass(
  deps: SendingDeps,
  signer: SignerRow,
  { open, at }: { readonly open: readonly NonceRow[]; readonly at: string },
): Promise<Pass> {
  const [balance, head, final] = [
    await deps.chain.balance(signer.signer),
    await deps.chain.block("latest"),
    await finalBlock(deps),
  ];
  const feePerGas = currentFees(head?.baseFeePerGas ?? 0n).max;
  const bound = open.reduce((sum, { call }) => sum + costOf(call, feePerGas), 0n);
  const known = new Map<string, Promise<boolean>>();
  // Where there is no contract a call succeeds, and its money is gone: it must be there in a block that stays.
  const hasCode = (address: string): Promise<boolean> => {
    const found =
      known.get(address) ?? (final === undefined ? Promise.resolve(false) : deps.chain.hasCode(address, final));
    known.set(address, found);
    return found;
  };
  const hasContract = (intent: Intent): Promise<boolean> =>
    hasCode((intent.work.kind.startsWith("trust.") ? TRUST : ESCROW).address);
  return { deps, signer, at, payees: new Map(), hasContract, next: signer.next, left: balance - bound, feePerGas };
}

/** Whether an intent may be sent now. If not it is put off, or dropped, or done. */
async function isReady(pass: Pass, intent: Intent): Promise<boolean> {
  const { deps, at } = pass;
  const wait = async (reason: string): Promise<false> => {
    await saveIntent(deps.store, putOff(intent, { reason, at }));
    return false;
  };
  if (intent.work.kind === "contract.deploy")
    return isMissing(pass, intent, intent.work.contract === "escrow" ? ESCROW.address : TRUST.address);
  const before = await loadIntents(
    deps.store,
    intent.after.map((name) => ({ ...intentKey(intent), sk: `INTENT#${name}` })),
  );
  const standing = standingOf(intent, { before, chain: pass.signer.chain });
  if (standing === "void") {
    await saveIntent(deps.store, dropped(intent, { reason: "what it follows did not happen on this chain", at }));
    return false;
  }
  if (standing === "waits") return wait(`waits for ${intent.after.join(", ")}`);
  if (!(await pass.hasContract(intent))) return wait("waits for the contract, which is being deployed");
  if (intent.work.kind !== "stage.complete") return true;
  const { agent_id: agent } = intent.work;
  const payee = await deps.payeeOf(intent.tenant, agent);
  if (payee === undefined) return noPayee(pass, intent, agent);
  pass.payees.set(agent, payee);
  return true;
}

async function noPayee({ deps, at }: Pass, intent: Intent, agent: string): Promise<false> {
  const reason = `nobody is known to be paid for ${agent}: register its payee`;
  const isGivenUp = intent.holds >= LEDGER_LIMITS.holds;
  await saveIntent(deps.store, isGivenUp ? dropped(intent, { reason, at }) : putOff(intent, { reason, at }));
  return false;
}

async function isMissing({ deps, at }: Pass, intent: Intent, address: string): Promise<boolean> {
  if (!(await deps.chain.hasCode(address, "latest"))) return true;
  await saveIntent(deps.store, done(intent, { at, reason: "it is there already" }));
  return false;
}

/** @returns `empty`: the signer cannot pay for more. */
async function give(pass: Pass, group: readonly Intent[]): Promise<"given" | "not" | "empty"> {
  const { deps, signer, at } = pass;
  const call = callOf(group, { signer: signer.signer, payees: pass.payees });
  const rehearsal = await deps.chain.rehearse({ from: signer.signer, ...call }, "latest");
  const [first, ...others] = group;
  if (first === undefined) return "not";
  const cost = costOf(call, pass.feePerGas);
  if (cost > pass.left) return runDry(pass, group, cost);
  if (rehearsal.kind === "refused") {
    if (others.length === 0) await refuse(pass, first, rehearsal.data);
    // One of them is at fault: each speaks for itself.
    else for (const each of group) if ((await give(pass, [each])) === "empty") return "empty";
    return "not";
  }
  const row = {
    chain: signer.chain,
    signer: signer.signer,
    nonce: pass.next,
    state: "reserved",
    revision: 1,
    kind: first.work.kind,
  } as const;
  const intents = group.map((intent) => assigned(intent, { chain: signer.chain, nonce: pass.next, at }));
  const outcome = await giveNonce(deps.store, signer, {
    row: { ...row, intents: group.map(intentKey), call, variants: [], created_at: at },
    intents,
  });
  // Another sender is at work, or the index is behind: the next pass knows more.
  if (outcome === "stale") return "not";
  pass.next += 1;
  pass.left -= cost;
  return "given";
}

async function refuse({ deps, at }: Pass, intent: Intent, data: string | undefined): Promise<void> {
  const refusal = refusalOf(data);
  const meaning = meaningOf(refusal);
  if (meaning === "done")
    await saveIntent(deps.store, done(intent, { at, reason: `it is so already: ${refusal.text}` }));
  else if (meaning === "later")
    await saveIntent(deps.store, putOff(intent, { reason: `the contract refuses it for now: ${refusal.text}`, at }));
  else await saveIntent(deps.store, dropped(intent, { reason: `the contract refuses it: ${refusal.text}`, at }));
}

async function runDry({ deps, signer, at, left }: Pass, group: readonly Intent[], cost: bigint): Promise<"empty"> {
  const has = left < 0n ? 0n : left;
  const reason = `the signer ${signer.signer} has ${etherOf(has)} ether left, and this may cost ${etherOf(cost)}: send it more`;
  for (const intent of group) await saveIntent(deps.store, putOff(intent, { reason, at }));
  await deps.publish([lowBalance(deps.owner, { signer: signer.signer, left: has, needed: cost, at })]);
  return "empty";
}
