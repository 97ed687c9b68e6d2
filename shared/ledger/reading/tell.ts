import type { HookEvent } from "../../hooks/hook-event.ts";
import { etherOf } from "../ether.ts";
import { ledgerEvent } from "../sending/ledger-events.ts";
import type { LedgerDeps } from "../sending/sending.ts";
import { type ChainedExecution, findEscrowRef, findWorkflow, saveEscrowRef } from "../store/escrow-store.ts";
import type { Told } from "./told.ts";

/** What the bus calls what a contract tells. */
const NAMES: Readonly<Record<string, `ledger.${string}`>> = {
  WorkflowCreated: "ledger.escrow_funded",
  StageDisputed: "ledger.stage_disputed",
  PaymentReleased: "ledger.payment_released",
  StageRefunded: "ledger.refunded",
  InteractionRecorded: "ledger.interaction_recorded",
};

/** The execution that something is told of; nothing: anybody may use the contracts. */
export async function executionOf(
  { store }: Pick<LedgerDeps, "store">,
  chain: string,
  told: Told,
): Promise<ChainedExecution | undefined> {
  const { seen, args } = told;
  if (seen.name === "InteractionRecorded") return findWorkflow(store, args["consumerId"] ?? "");
  if (seen.escrow_id === undefined) return undefined;
  if (seen.name !== "WorkflowCreated" && seen.name !== "StageOpened")
    return findEscrowRef(store, chain, seen.escrow_id);
  const of = seen.name === "WorkflowCreated" ? await findWorkflow(store, args["workflowId"] ?? "") : undefined;
  if (of !== undefined) await saveEscrowRef(store, { ...of, chain, escrow_id: seen.escrow_id });
  return of;
}

/**
 * What the bus is told; nothing of what concerns nobody outside. Contracts tell a thing once, so a log that comes back in
 * another block is the same news.
 */
export function eventOf(
  told: Told,
  of: ChainedExecution,
  { chain, at }: { readonly chain: string; readonly at: string },
): HookEvent[] {
  const { seen, args, transaction } = told;
  const type = NAMES[seen.name];
  if (type === undefined) return [];
  const facts = { chain, block: seen.block, transaction_hash: transaction, ...factsOf(seen.name, args) };
  return [
    ledgerEvent(type, {
      id: [chain, ...Object.values(args)].join(" "),
      tenant: of.tenant,
      at,
      execution_id: of.execution_id,
      workflow_id: of.workflow_id,
      ...facts,
    }),
  ];
}

const ether = (wei: string | undefined): string => etherOf(BigInt(wei ?? "0"));

function factsOf(name: string, args: Readonly<Record<string, string>>): Record<string, unknown> {
  const escrow = { escrow_id: args["escrowId"] };
  if (name === "WorkflowCreated") return { ...escrow, funder: args["funder"], amount: ether(args["amount"]) };
  if (name === "StageDisputed") return { ...escrow, stage: Number(args["stage"]) };
  if (name === "PaymentReleased")
    return { ...escrow, stage: Number(args["stage"]), payee: args["payee"], amount: ether(args["amount"]) };
  if (name === "StageRefunded")
    return { ...escrow, stage: Number(args["stage"]), funder: args["funder"], amount: ether(args["amount"]) };
  return {
    rater: args["rater"],
    provider: args["providerId"],
    rating: Number(args["rating"]),
    successful: args["successful"] === "true",
  };
}
