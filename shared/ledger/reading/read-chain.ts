import { NodeRefusedError } from "../chain/json-rpc.ts";
import { type Block, type ChainLog, markOf } from "../chain/chain.ts";
import { ESCROW, TRUST } from "../contracts.ts";
import { advanced, type BlockMark, commonAncestor, type Cursor, readUpTo, rewound } from "../cursor.ts";
import { LEDGER_LIMITS } from "../limits.ts";
import { reorged } from "../sending/ledger-events.ts";
import { finalBlock, type LedgerDeps } from "../sending/sending.ts";
import { findChain, type KnownChain } from "../store/chain-store.ts";
import { loadCursor, logsAbove, saveLogs, saveRewind } from "../store/chain-log-store.ts";
import { refresh } from "./refresh.ts";
import { eventOf, executionOf } from "./tell.ts";
import { type Told, toldBy } from "./told.ts";

/** What a step of reading came to: there is more, there is nothing more for now, or the chain turned out to be another. */
type Step = "read" | "idle" | "rewound";

/**
 * Reads on what contracts told, up to the newest block that stays: tells the bus, and brings what is kept up to date. Where
 * the chain is not what was read, it goes back to where it still is. That transactions went with their blocks the sender
 * sees for itself.
 *
 * @param until when to stop; what is left is read next time.
 * @returns how many steps were made.
 */
export async function readChain(deps: LedgerDeps, until: number): Promise<number> {
  const known = await findChain(deps.store);
  // Nothing was ever sent, or the chain was replaced and the sender has not been there yet.
  if (known === undefined || known.chain !== (await deps.chain.name())) return 0;
  let steps = 0;
  while (deps.now().getTime() < until && (await readStep(deps, known)) !== "idle") steps += 1;
  return steps;
}

async function readStep(deps: LedgerDeps, known: KnownChain): Promise<Step> {
  const cursor = await loadCursor(deps.store, known.chain);
  const last = cursor.marks.at(-1);
  if (last !== undefined && (await deps.chain.block(last.number))?.hash !== last.hash)
    return goBack(deps, known, { cursor, last });
  const upTo = await finalBlock(deps);
  const from = Math.max(readUpTo(cursor) + 1, known.since);
  if (upTo === undefined || upTo < from) return "idle";
  const read = await readRange(deps, from, upTo);
  if (read === undefined) return "idle";
  const told = read.logs.flatMap((log) => toldBy(log) ?? []);
  await take(deps, known, { told, block: upTo, version: cursor.revision + 1 });
  const now = deps.now().getTime();
  const outcome = await saveLogs(deps.store, known.chain, {
    cursor: advanced(cursor, markOf(read.end)),
    logs: told.map(({ seen }) => seen),
    now,
  });
  return outcome === "written" ? "read" : "idle";
}

interface Range {
  readonly end: Block;
  readonly logs: readonly ChainLog[];
}

/** Logs of as many blocks as the node gives at once. Nothing: it does not know the last of them, or the chain changed meanwhile. */
async function readRange({ chain }: LedgerDeps, from: number, upTo: number): Promise<Range | undefined> {
  for (let blocks: number = LEDGER_LIMITS.blocksPerRead; blocks >= 1; blocks = Math.floor(blocks / 2)) {
    const to = Math.min(upTo, from + blocks - 1);
    // A node that is behind answers with an empty list and no error: it must know the block itself.
    const end = await chain.block(to);
    if (end === undefined) return undefined;
    try {
      const logs = await chain.logs([ESCROW.address, TRUST.address], { from, to });
      return (await chain.block(to))?.hash === end.hash ? { end, logs } : undefined;
    } catch (error) {
      if (!(error instanceof NodeRefusedError) || blocks === 1) throw error;
    }
  }
  return undefined;
}

/** Tells what was read, and reads anew what it touched. Before the cursor moves: whoever dies between does it again. */
async function take(
  deps: LedgerDeps,
  { chain }: KnownChain,
  { told, block, version }: { readonly told: readonly Told[]; readonly block: number; readonly version: number },
): Promise<void> {
  const at = deps.now().toISOString();
  const events = [];
  for (const each of told) {
    const of = await executionOf(deps, chain, each);
    if (of !== undefined) events.push(...eventOf(each, of, { chain, at }));
  }
  await deps.publish(events);
  const escrows = new Set(told.flatMap(({ seen }) => seen.escrow_id ?? []));
  const accounts = new Set(told.flatMap(({ seen }) => seen.accounts));
  await refresh(deps, { chain, block, version, at }, { escrows, accounts });
}

/** The chain is another above some block: what was read above it is taken back. */
async function goBack(
  deps: LedgerDeps,
  known: KnownChain,
  { cursor, last }: { readonly cursor: Cursor; readonly last: BlockMark },
): Promise<Step> {
  const found = await commonAncestor(cursor, async (number) => (await deps.chain.block(number))?.hash);
  const ancestor = Math.max(found, known.since - 1);
  const removed = await logsAbove(deps.store, known.chain, ancestor);
  const at = deps.now().toISOString();
  await deps.publish([reorged(deps.owner, { chain: known.chain, ancestor, from: last, at })]);
  const escrows = new Set(removed.flatMap(({ escrow_id: id }) => id ?? []));
  const accounts = new Set(removed.flatMap((log) => log.accounts));
  const block = (await finalBlock(deps)) ?? 0;
  await refresh(deps, { chain: known.chain, block, version: cursor.revision + 1, at }, { escrows, accounts });
  await saveRewind(deps.store, known.chain, { cursor: rewound(cursor, ancestor), removed });
  return "rewound";
}
