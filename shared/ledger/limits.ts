/**
 * The numbers of the ledger.
 *
 * @example
 * ```ts
 * for (const part of chunksOf(calls, LEDGER_LIMITS.rpcBatch)) await ask(part);
 * ```
 */
export const LEDGER_LIMITS = {
  /** One call to a node. */
  rpcTimeoutMs: 5000,
  /** Of a node's answer. */
  rpcBytes: 16 * 1024 * 1024,
  /** Calls that go to a node in one request. */
  rpcBatch: 50,
} as const;
