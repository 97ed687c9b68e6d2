import { contentHash } from "../../core/canonical-json.ts";
import type { HookEvent } from "../../hooks/hook-event.ts";
import { etherOf } from "../ether.ts";
import type { BlockMark } from "../cursor.ts";
import type { Intent } from "../intent.ts";

/** An event of the ledger, equal however often it is told: its id follows from what it tells. */
export function ledgerEvent(
  type: `ledger.${string}`,
  {
    id,
    tenant,
    at,
    execution_id,
    workflow_id,
    ...facts
  }: {
    readonly id: string;
    readonly tenant: string;
    readonly at: string;
    readonly execution_id?: string | undefined;
    readonly workflow_id?: string | undefined;
  } & Readonly<Record<string, unknown>>,
): HookEvent {
  const of = execution_id === undefined ? {} : { execution_id, ...(workflow_id === undefined ? {} : { workflow_id }) };
  return { event_id: `led_${contentHash(`${type}\n${id}`).slice(0, 24)}`, type, tenant, timestamp: at, ...of, facts };
}

/** The signer cannot pay for what is to be sent; told once an hour. */
export const lowBalance = (
  tenant: string,
  {
    signer,
    left,
    needed,
    at,
  }: { readonly signer: string; readonly left: bigint; readonly needed: bigint; readonly at: string },
): HookEvent =>
  ledgerEvent("ledger.low_balance", {
    id: `${signer} ${at.slice(0, 13)}`,
    tenant,
    at,
    signer,
    balance: etherOf(left),
    needed: etherOf(needed),
  });

/** A contract refused what an intent was to do. */
export const intentFailed = (intent: Intent, at: string): HookEvent => {
  const { intent_id, tenant, execution_id, workflow_id, work, reason, transaction_hash } = intent;
  return ledgerEvent("ledger.intent_failed", {
    id: `${intent_id} ${transaction_hash ?? ""}`,
    tenant,
    at,
    execution_id,
    workflow_id,
    intent_id,
    kind: work.kind,
    reason,
    transaction_hash,
  });
};

/** The chain is another than what was read, above a block; `from` is what was read last. */
export const reorged = (
  tenant: string,
  {
    chain,
    ancestor,
    from,
    at,
  }: { readonly chain: string; readonly ancestor: number; readonly from: BlockMark; readonly at: string },
): HookEvent =>
  ledgerEvent("ledger.reorged", {
    id: `${chain} ${ancestor} ${from.hash}`,
    tenant,
    at,
    chain,
    last_common_block: ancestor,
    depth: from.number - ancestor,
  });
