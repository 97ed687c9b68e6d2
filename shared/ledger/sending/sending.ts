import type { HookEvent } from "../../hooks/hook-event.ts";
import type { Chain } from "../chain/chain.ts";
import type { Signer } from "../chain/signers.ts";
import type { LedgerStore } from "../store/intent-store.ts";

/** What sending and reading stand on. */
export interface LedgerDeps {
  readonly store: LedgerStore;
  readonly chain: Chain;
  readonly chainId: number;
  /** Blocks above one that make it final; nothing: the chain itself says which are. */
  readonly confirmations: number | undefined;
  /** Tenant that the deployment's own transactions are counted for. */
  readonly owner: string;
  readonly publish: (events: readonly HookEvent[]) => Promise<void>;
  readonly now: () => Date;
}

/** What sending needs beside. */
export interface SendingDeps extends LedgerDeps {
  readonly signer: Signer;
  /** Where an agent is paid. */
  readonly payeeOf: (tenant: string, agent: string) => Promise<string | undefined>;
  /** The most that a unit of gas may cost, in wei. */
  readonly feeCeiling: bigint;
  readonly warn: (message: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** The number of the newest block that stays; nothing while there is none. */
export async function finalBlock({
  chain,
  confirmations,
}: Pick<LedgerDeps, "chain" | "confirmations">): Promise<number | undefined> {
  if (confirmations === undefined) return (await chain.block("finalized"))?.number;
  const head = await chain.block("latest");
  return head === undefined || head.number < confirmations ? undefined : head.number - confirmations;
}
