import { present } from "../../core/present.ts";
import { mapConcurrent } from "../../core/map-concurrent.ts";
import type { Hex } from "../artefact.ts";
import { ESCROW } from "../contracts.ts";
import { type EscrowRecord, type EscrowStage, stageStateOf } from "../escrow.ts";
import { hexOf } from "../hex.ts";
import type { Work } from "../intent.ts";
import type { LedgerDeps } from "../sending/sending.ts";
import { type ChainedExecution, findEscrowRef, saveAccount, saveEscrow } from "../store/escrow-store.ts";
import { findIntent, recordIntents } from "../store/intent-store.ts";
import { intentKey } from "../store/keys.ts";

/** A block at which the chain is read, and the number of that read. */
export interface Reading {
  readonly chain: string;
  readonly block: number;
  readonly version: number;
  readonly at: string;
}

const ESCROWS_AT_ONCE = 4;

const asking = (name: string, args: readonly unknown[]): { to: string; data: Hex } => ({
  to: ESCROW.address,
  data: hexOf(ESCROW.interface.encodeFunctionData(name, args)),
});

const answered = (name: string, data: Hex) => ESCROW.interface.decodeFunctionResult(name, data);

const timeOf = (seconds: unknown): string => new Date(Number(seconds) * 1000).toISOString();

/**
 * Reads what was touched as it stands on the chain: what is kept here is a copy of the contract's own rows, so a log that a
 * node left out, or that went with its block, leaves nothing wrong behind.
 */
export async function refresh(
  deps: LedgerDeps,
  reading: Reading,
  { escrows, accounts }: { readonly escrows: ReadonlySet<string>; readonly accounts: ReadonlySet<string> },
): Promise<void> {
  await mapConcurrent([...escrows], ESCROWS_AT_ONCE, async (escrowId) => {
    const of = await findEscrowRef(deps.store, reading.chain, escrowId);
    if (of !== undefined) await refreshEscrow(deps, reading, { of, escrowId });
  });
  const names = [...accounts];
  const owed = await deps.chain.read(
    names.map((account) => asking("owed", [account])),
    reading.block,
  );
  for (const [index, data] of owed.entries()) {
    const { chain, block, version, at } = reading;
    const [wei] = answered("owed", data).toArray();
    await saveAccount(deps.store, {
      chain,
      account: present(names[index]),
      owed_wei: String(wei),
      block,
      version,
      updated_at: at,
    });
  }
}

async function refreshEscrow(
  deps: LedgerDeps,
  reading: Reading,
  { of, escrowId }: { readonly of: ChainedExecution; readonly escrowId: string },
): Promise<void> {
  const { tenant, execution_id: execution, workflow_id: workflow } = of;
  const created = await findIntent(
    deps.store,
    intentKey({
      tenant,
      execution_id: execution,
      part: "all",
      work: { kind: "escrow.create", stages: [], deadline: 0, dispute_window_seconds: 0 },
    }),
  );
  if (created?.work.kind !== "escrow.create") return;
  const [head, ...rows] = await deps.chain.read(
    [asking("escrows", [escrowId]), ...created.work.stages.map((_, stage) => asking("stages", [escrowId, stage]))],
    reading.block,
  );
  const terms = answered("escrows", present(head));
  const stages = rows.map((row, stage) => stageOf(row, stage, created.work));
  const { chain, block, version, at } = reading;
  await saveEscrow(deps.store, {
    tenant,
    execution_id: execution,
    workflow_id: workflow,
    escrow_id: escrowId,
    chain,
    funder: String(terms["funder"]),
    deadline: timeOf(terms["deadline"]),
    dispute_window_seconds: Number(terms["disputeWindow"]),
    stages,
    block,
    version,
    opened_at: created.created_at,
    updated_at: at,
  } satisfies EscrowRecord);
  await recordReleases(deps, of, { stages, at });
}

function stageOf(row: Hex, stage: number, work: Work): EscrowStage {
  const { payee, payment, state, releaseAt } = answered("stages", row).toObject();
  const named = work.kind === "escrow.create" ? work.stages[stage]?.task_id : undefined;
  const found = stageStateOf(BigInt(String(state)));
  const isWaiting = found === "completed" || found === "disputed";
  return {
    stage,
    task_id: named ?? "",
    state: found,
    payment_wei: String(payment),
    ...(/^0x0*$/.test(String(payee)) ? {} : { payee: String(payee) }),
    ...(isWaiting ? { release_at: timeOf(releaseAt) } : {}),
  };
}

/** What nobody disputes, or decides, in time is released by us: anybody may, and somebody must. */
async function recordReleases(
  { store }: LedgerDeps,
  { tenant, execution_id, workflow_id }: ChainedExecution,
  { stages, at }: { readonly stages: readonly EscrowStage[]; readonly at: string },
): Promise<void> {
  const waiting = stages.filter(({ release_at: time }) => time !== undefined);
  const intents = waiting.map(({ stage, state, release_at: until }) => ({
    tenant,
    execution_id,
    workflow_id,
    part: `${stage}#${state}`,
    work: { kind: "stage.release", stage } as const,
    until,
  }));
  await recordIntents(store, intents, { at });
}
