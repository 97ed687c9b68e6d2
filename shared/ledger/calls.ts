import { getAddress, ZeroAddress } from "ethers";
import type { Hex } from "./artefact.ts";
import { present } from "../core/present.ts";
import { chainIdOf, type Contract, DEPLOYER, ESCROW, escrowIdOf, TRUST, TRUST_TERMS } from "./contracts.ts";
import { hexOf } from "./hex.ts";
import type { Intent, IntentKind, StageWork, Work } from "./intent.ts";
import { GAS, LEDGER_LIMITS } from "./limits.ts";
import type { Call } from "./nonce.ts";

/** What a call needs to know beside its intents. */
export interface CallContext {
  /** Whose transaction it is: it funds escrows, says what is completed, and rates. */
  readonly signer: string;
  /** Where agents are paid, by their ids. */
  readonly payees: ReadonlyMap<string, string>;
}

/** A workflow on the chain: one execution of one tenant. */
export const workflowOnChain = ({ tenant, execution_id = "" }: Pick<Intent, "tenant" | "execution_id">): Hex =>
  chainIdOf(`${tenant}/${execution_id}`);

/** Gas that a transaction may use: what was measured for what it does, and 30 % on top. */
export function gasOf(kind: IntentKind, parts: number): bigint {
  const { fixed, each } = GAS[kind];
  return fixed + each * BigInt(parts);
}

const SHARED: ReadonlySet<IntentKind> = new Set(["stage.complete", "trust.record"]);

/** Whether two intents may share a transaction: completions of one escrow, or ratings. */
export function mayShare(a: Intent, b: Intent): boolean {
  const { kind } = a.work;
  if (kind !== b.work.kind || !SHARED.has(kind) || a.is_alone === true || b.is_alone === true) return false;
  return kind === "trust.record" || (a.tenant === b.tenant && a.execution_id === b.execution_id);
}

/** Intents in their order, in groups that share a transaction. */
export function shareTransactions(intents: readonly Intent[]): Intent[][] {
  const groups: Intent[][] = [];
  for (const intent of intents) {
    const group = groups.find(
      (each) => each.length < LEDGER_LIMITS.batchedIntents && mayShare(present(each[0]), intent),
    );
    if (group === undefined) groups.push([intent]);
    else group.push(intent);
  }
  return groups;
}

/** The one transaction that carries out some intents that may share it. */
export function callOf(intents: readonly Intent[], context: CallContext): Call {
  const first = present(intents[0]);
  const { kind } = first.work;
  return { ...targetOf(intents, first, context), gas: String(gasOf(kind, partsOf(intents, first.work))) };
}

function partsOf(intents: readonly Intent[], work: Work): number {
  if (work.kind === "escrow.create") return work.stages.length;
  return work.kind === "workflow.fail" ? work.stages : intents.length;
}

function targetOf(intents: readonly Intent[], first: Intent, context: CallContext): Omit<Call, "gas"> {
  const { work } = first;
  const escrowId = escrowIdOf(context.signer, workflowOnChain(first));
  switch (work.kind) {
    case "contract.deploy":
      return { to: DEPLOYER, data: (work.contract === "escrow" ? ESCROW : TRUST).creation, value: "0" };
    case "trust.join":
      return calling(TRUST, "joinAsRater", [], TRUST_TERMS.bondWei);
    case "escrow.create":
      return createCall(first, work, context);
    case "stage.complete":
      return calling(ESCROW, "completeStages", [escrowId, intents.map((each) => completionOf(each, context))]);
    case "stage.dispute":
      return calling(ESCROW, "dispute", [escrowId, work.stage]);
    case "stage.release":
      return calling(ESCROW, "release", [escrowId, work.stage]);
    case "workflow.fail":
      return calling(ESCROW, "failWorkflow", [escrowId, chainIdOf(work.reason), "0x"]);
    case "trust.record":
      return calling(TRUST, "recordInteractions", [intents.map(interactionOf)]);
    case "account.withdraw":
      return calling(ESCROW, "withdraw", [getAddress(work.account)]);
    default:
      return work satisfies never;
  }
}

const calling = (contract: Contract, name: string, args: readonly unknown[], value = 0n): Omit<Call, "gas"> => ({
  to: contract.address,
  data: hexOf(contract.interface.encodeFunctionData(name, args)),
  value: String(value),
});

function createCall(
  intent: Intent,
  work: Extract<Work, { kind: "escrow.create" }>,
  { signer }: CallContext,
): Omit<Call, "gas"> {
  const terms = {
    orchestrator: signer,
    arbiter: work.arbiter ?? ZeroAddress,
    deadline: work.deadline,
    disputeWindow: work.dispute_window_seconds,
    arbitrationPeriod: LEDGER_LIMITS.arbitrationSeconds,
  };
  const total = work.stages.reduce((sum, { payment_wei: wei }) => sum + BigInt(wei), 0n);
  return calling(ESCROW, "createWorkflow", [workflowOnChain(intent), work.stages.map(termsOf), terms], total);
}

/** Rates are ten thousandths on the chain, as the specification has them. */
const termsOf = (stage: StageWork) => ({
  agentId: stage.agent_id === undefined ? `0x${"00".repeat(32)}` : chainIdOf(stage.agent_id),
  requiredSkills: stage.skills.map(chainIdOf),
  maxDuration: stage.max_duration_seconds,
  payment: BigInt(stage.payment_wei),
  slaRequirements: {
    maxResponseTime: stage.max_response_time_ms ?? 0,
    minSuccessRate: Math.floor((stage.min_success_rate ?? 0) * 10_000),
  },
  payee: ZeroAddress,
});

function completionOf({ work }: Intent, { payees }: CallContext) {
  if (work.kind !== "stage.complete") throw new TypeError(`a ${work.kind} is no completion: this is a defect`);
  return { stage: work.stage, payee: present(payees.get(work.agent_id)), resultHash: work.result_hash };
}

function interactionOf({ work, ...intent }: Intent) {
  if (work.kind !== "trust.record") throw new TypeError(`a ${work.kind} is no rating: this is a defect`);
  return {
    providerId: chainIdOf(work.agent_id),
    consumerId: workflowOnChain(intent),
    skill: chainIdOf(work.skill),
    rating: work.rating,
    successful: work.successful,
    responseTimeMs: Math.min(work.response_ms, 0xffff_ffff),
  };
}
