/**
 * The numbers of the ledger. Gas was measured on a chain of the same rules, and has 30 % on top: an estimate by the node
 * fails while what a transaction depends on is still on its way.
 *
 * @example
 * ```ts
 * if (open.length >= LEDGER_LIMITS.openNonces) return; // later transactions wait
 * ```
 */
export const LEDGER_LIMITS = {
  /** Transactions under way at once: nodes keep few that wait for others of the same account. */
  openNonces: 12,
  /** Intents that share a transaction. */
  batchedIntents: 20,
  /** Intents looked at in one pass. */
  intentsPerPass: 100,
  /** A transaction that nobody mined for so long is offered anew at a higher fee. */
  replaceAfterSeconds: 30,
  /** By how much a replacement's fees are above the former: nodes insist on a tenth. */
  feeFactorPerMille: 1125,
  /** What a validator gets per unit of gas, in wei. */
  tipWei: 1_000_000_000n,
  /** Variants of a transaction that are kept: at 1.125 each, fees grow a thousandfold. */
  variants: 60,
  /** An intent that cannot be sent yet is looked at again after so many seconds, twice as many each time, and at most so many. */
  holdSeconds: { first: 4, most: 600 },
  /** What nobody can be paid for is given up after so many looks: a week and more, as long as its escrow stays open at least. */
  holds: 1100,
  /** An escrow stays open so much longer than its execution may take: a chain that is out of reach must not cost anybody a payment. */
  deadlineGraceSeconds: 7 * 86_400,
  /** What an arbiter has to decide a dispute. */
  arbitrationSeconds: 7 * 86_400,
  /** Blocks whose hashes are remembered, to find where a chain that changed is still as it was. */
  rememberedBlocks: 128,
  /** Blocks asked for at once; halved where a node refuses. */
  blocksPerRead: 1000,
  /** One call to a node. */
  rpcTimeoutMs: 5000,
  /** Of a node's answer. */
  rpcBytes: 16 * 1024 * 1024,
  /** Calls that go to a node in one request. */
  rpcBatch: 50,
  /** What was read of the chain is kept for so long. */
  logDays: 90,
} as const;

/** Gas of a transaction by what it does: so much, and so much for each part. */
export const GAS = {
  "contract.deploy": { fixed: 3_500_000n, each: 0n },
  "trust.join": { fixed: 120_000n, each: 0n },
  "escrow.create": { fixed: 150_000n, each: 90_000n },
  "stage.complete": { fixed: 90_000n, each: 110_000n },
  "stage.dispute": { fixed: 80_000n, each: 0n },
  "stage.release": { fixed: 130_000n, each: 0n },
  "workflow.fail": { fixed: 80_000n, each: 40_000n },
  "trust.record": { fixed: 60_000n, each: 150_000n },
  "account.withdraw": { fixed: 120_000n, each: 0n },
} as const satisfies Readonly<Record<string, { readonly fixed: bigint; readonly each: bigint }>>;
