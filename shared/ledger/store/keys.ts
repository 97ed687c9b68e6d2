import type { Key } from "../../aws/key.ts";
import { type NewIntent, nameOfIntent } from "../intent.ts";
import type { NonceRow } from "../nonce.ts";

/** What is kept beside an intent's own partition: nobody, an execution, or an account. */
const placeOf = ({ execution_id, work }: Pick<NewIntent, "execution_id" | "work">): string => {
  if (execution_id !== undefined) return `X#${execution_id}`;
  return work.kind === "account.withdraw" ? `A#${work.account.toLowerCase()}` : "SETUP";
};

/** Everything of an execution that is on the ledger. */
export const ledgerPartition = (tenant: string, execution: string): string => `T#${tenant}#X#${execution}`;

/** What the sort keys of intents begin with. */
export const INTENT_PREFIX = "INTENT#";

/** Where an intent is kept. */
export const intentKey = (intent: Pick<NewIntent, "tenant" | "execution_id" | "work" | "part">): Key => ({
  pk: `T#${intent.tenant}#${placeOf(intent)}`,
  sk: `${INTENT_PREFIX}${nameOfIntent(intent)}`,
});

/** Everything about one signer on one chain. */
export const signerPartition = (chain: string, signer: string): string => `CHAIN#${chain}#S#${signer.toLowerCase()}`;

/** What is known of a signer. */
export const signerKey = (chain: string, signer: string): Key => ({ pk: signerPartition(chain, signer), sk: "SIGNER" });

/** What the sort keys of nonces begin with. */
export const NONCE_PREFIX = "NONCE#";

/** The sort key of a nonce: they sort as numbers. */
export const nonceSort = (nonce: number): string => `${NONCE_PREFIX}${String(nonce).padStart(12, "0")}`;

/** One transaction of a signer. */
export const nonceKey = ({ chain, signer, nonce }: Pick<NonceRow, "chain" | "signer" | "nonce">): Key => ({
  pk: signerPartition(chain, signer),
  sk: nonceSort(nonce),
});

/** How far a chain was read. */
export const cursorKey = (chain: string): Key => ({ pk: `CHAIN#${chain}`, sk: "CURSOR" });

/** Logs of a chain that were read. */
export const logPartition = (chain: string): string => `CHAIN#${chain}#LOGS`;

/** One log, by where it stands: the same transaction in another block is another log. */
export const logKey = (
  chain: string,
  { block, blockHash, index }: { readonly block: number; readonly blockHash: string; readonly index: number },
): Key => ({
  pk: logPartition(chain),
  sk: `LOG#${String(block).padStart(12, "0")}#${blockHash}#${String(index).padStart(5, "0")}`,
});

/** Partition of the index over intents that wait, in the order in which they are due. */
export const WORK_PARTITION = "WORK";

/** Partitions of the index over what a tenant has on the ledger. */
export const tenantIntents = (tenant: string): string => `T#${tenant}#INTENTS`;
/** As `tenantIntents`: escrows. */
export const tenantEscrows = (tenant: string): string => `T#${tenant}#ESCROWS`;

/** The escrow of an execution, as it was last read of the chain. */
export const escrowKey = (tenant: string, execution: string): Key => ({
  pk: ledgerPartition(tenant, execution),
  sk: "ESCROW",
});

/** Which execution an escrow is of. */
export const escrowRefKey = (chain: string, escrowId: string): Key => ({
  pk: `CHAIN#${chain}`,
  sk: `ESCROW#${escrowId.toLowerCase()}`,
});

/** Which execution a workflow on the chain is. */
export const workflowRefKey = (hash: string): Key => ({ pk: "WORKFLOWS", sk: hash.toLowerCase() });

/** What an account is owed, as it was last read of the chain. */
export const accountKey = (chain: string, account: string): Key => ({
  pk: `CHAIN#${chain}`,
  sk: `ACCOUNT#${account.toLowerCase()}`,
});

/** The chain that this deployment speaks to, and how it stands there. */
export const CHAIN_KEY: Key = { pk: "LEDGER", sk: "CHAIN" };
