import * as z from "zod";
import { Wei } from "./amount.ts";

/** In the order of the contract's numbers. */
const STAGE_STATES = ["none", "open", "completed", "disputed", "paid", "refunded"] as const;
/** How far a stage is: before the contract knows it, waiting for its work, and what became of its payment. */
export const StageState = z.enum(STAGE_STATES);
export type StageState = z.output<typeof StageState>;

/** The state that the contract's number stands for. */
export const stageStateOf = (number: bigint): StageState => STAGE_STATES[Number(number)] ?? "none";

/** One stage of an escrow, as it stands on the chain. */
export const EscrowStage = z.object({
  stage: z.int(),
  task_id: z.string(),
  state: StageState,
  payment_wei: Wei,
  payee: z.string().optional(),
  /** When it is paid unless somebody disputes it, or decides. */
  release_at: z.iso.datetime().optional(),
});
export type EscrowStage = z.output<typeof EscrowStage>;

/** The escrow of an execution, as it stood on the chain at a block that stays. */
export const EscrowRecord = z.object({
  tenant: z.string(),
  execution_id: z.string(),
  workflow_id: z.string(),
  escrow_id: z.string(),
  chain: z.string(),
  funder: z.string(),
  deadline: z.iso.datetime(),
  dispute_window_seconds: z.int(),
  stages: z.array(EscrowStage),
  block: z.int(),
  /** Number of the read that saw it so: later ones count. */
  version: z.int(),
  opened_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type EscrowRecord = z.output<typeof EscrowRecord>;

/** What an account may take out of the contract, at a block that stays. */
export const AccountRecord = z.object({
  chain: z.string(),
  account: z.string(),
  owed_wei: Wei,
  block: z.int(),
  version: z.int(),
  updated_at: z.iso.datetime(),
});
export type AccountRecord = z.output<typeof AccountRecord>;
