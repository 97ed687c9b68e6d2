import type { ChainLog } from "../chain/chain.ts";
import { contractAt } from "../contracts.ts";
import type { SeenLog } from "../store/chain-log-store.ts";

/** Something that one of our contracts told, in words. */
export interface Told {
  readonly seen: SeenLog;
  readonly args: Readonly<Record<string, string>>;
  readonly transaction: string;
}

/** Fields of logs that name accounts whose balances changed. */
const ACCOUNTS = ["payee", "funder", "account"] as const;
/** Logs after which an account is owed another sum. */
const MOVES_MONEY: ReadonlySet<string> = new Set(["PaymentReleased", "StageRefunded", "Withdrawn"]);

/** Reads a log; nothing where it is none of ours. */
export function toldBy(log: ChainLog): Told | undefined {
  const parsed = contractAt(log.address)?.interface.parseLog(log);
  if (parsed === null || parsed === undefined) return undefined;
  const args = Object.fromEntries(parsed.fragment.inputs.map(({ name }, index) => [name, String(parsed.args[index])]));
  const accounts = MOVES_MONEY.has(parsed.name) ? ACCOUNTS.flatMap((name) => args[name] ?? []) : [];
  const { blockNumber: block, blockHash, logIndex: index } = log;
  const escrow = args["escrowId"] === undefined ? {} : { escrow_id: args["escrowId"] };
  return {
    seen: { block, block_hash: blockHash, index, name: parsed.name, ...escrow, accounts },
    args,
    transaction: log.transactionHash,
  };
}
