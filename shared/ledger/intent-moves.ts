import type { Intent } from "./intent.ts";
import { LEDGER_LIMITS } from "./limits.ts";

/** What is always said anew. */
const moved = (intent: Intent, at: string, change: Partial<Intent>): Intent => ({
  ...intent,
  ...change,
  revision: intent.revision + 1,
  updated_at: at,
});

const seconds = (at: string, more: number): string => new Date(Date.parse(at) + more * 1000).toISOString();

/** It cannot be sent yet: it is looked at again later, each time after twice as long. */
export function putOff(
  intent: Intent,
  { reason, at, until }: { readonly reason: string; readonly at: string; readonly until?: string | undefined },
): Intent {
  const { first, most } = LEDGER_LIMITS.holdSeconds;
  const pause = Math.min(first * 2 ** Math.min(intent.holds, 16), most);
  return moved(intent, at, { reason, until: until ?? seconds(at, pause), holds: intent.holds + 1 });
}

/** It has a transaction: one nonce, from now on. */
export const assigned = (
  intent: Intent,
  { chain, nonce, at }: { readonly chain: string; readonly nonce: number; readonly at: string },
): Intent => moved(intent, at, { state: "assigned", chain, nonce, reason: undefined, until: undefined });

/** Its transaction is in a block, which may yet be lost. */
export const mined = (
  intent: Intent,
  { hash, block, at }: { readonly hash: string; readonly block: number; readonly at: string },
): Intent => moved(intent, at, { state: "mined", transaction_hash: hash, block });

/** The block is lost: its transaction is sent again as it was. */
export const unmined = (intent: Intent, at: string): Intent =>
  moved(intent, at, { state: "assigned", transaction_hash: undefined, block: undefined });

/** It happened, and will stay so. */
export const done = (
  intent: Intent,
  {
    at,
    ...facts
  }: {
    readonly at: string;
    readonly hash?: string | undefined;
    readonly block?: number | undefined;
    readonly reason?: string;
  },
): Intent =>
  moved(intent, at, {
    state: "done",
    transaction_hash: facts.hash,
    block: facts.block,
    reason: facts.reason,
    until: undefined,
  });

/** The contract refused it. */
export const reverted = (
  intent: Intent,
  { hash, block, at }: { readonly hash: string; readonly block: number; readonly at: string },
): Intent => moved(intent, at, { state: "reverted", transaction_hash: hash, block, reason: "the contract refused it" });

/** It cannot happen any more. */
export const dropped = (intent: Intent, { reason, at }: { readonly reason: string; readonly at: string }): Intent =>
  moved(intent, at, { state: "dropped", reason, until: undefined });

/** Its transaction came to nothing: it gets another, for itself alone. */
export const requeued = (intent: Intent, { reason, at }: { readonly reason: string; readonly at: string }): Intent =>
  moved(intent, at, {
    state: "queued",
    is_alone: true,
    reason,
    until: undefined,
    chain: undefined,
    nonce: undefined,
    transaction_hash: undefined,
    block: undefined,
  });
