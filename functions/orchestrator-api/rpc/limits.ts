/** Bounds of one request to `/rpc`; size and depth are those of any body (`LIMITS`). */
export const RPC_LIMITS = {
  /** API Gateway waits 29 s. At worst each call plans a workflow, 3 s for the largest: 50 ÷ 8 rounds take 21 s. */
  batchCalls: 50,
  callsAtOnce: 8,
} as const;
