import * as z from "zod";
import { contentHash } from "../core/canonical-json.ts";
import { TenantId } from "../core/ids.ts";
import { Wei } from "./amount.ts";

/** One stage of an escrow, as it is paid in. */
export const StageWork = z.object({
  task_id: z.string(),
  /** Absent: whoever is chosen when the task starts. */
  agent_id: z.string().optional(),
  skills: z.array(z.string()),
  max_duration_seconds: z.int(),
  payment_wei: Wei,
  max_response_time_ms: z.int().optional(),
  min_success_rate: z.number().optional(),
});
export type StageWork = z.output<typeof StageWork>;

/** What is to happen on the chain. */
export const Work = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("contract.deploy"), contract: z.enum(["escrow", "trust"]) }),
  z.object({ kind: z.literal("trust.join") }),
  z.object({
    kind: z.literal("escrow.create"),
    stages: z.array(StageWork),
    /** Seconds since 1970. */
    deadline: z.int(),
    dispute_window_seconds: z.int(),
    arbiter: z.string().optional(),
  }),
  z.object({
    kind: z.literal("stage.complete"),
    stage: z.int(),
    task_id: z.string(),
    agent_id: z.string(),
    result_hash: z.string(),
  }),
  z.object({ kind: z.literal("stage.dispute"), stage: z.int() }),
  z.object({ kind: z.literal("stage.release"), stage: z.int() }),
  z.object({ kind: z.literal("workflow.fail"), reason: z.string(), stages: z.int() }),
  z.object({
    kind: z.literal("trust.record"),
    agent_id: z.string(),
    skill: z.string(),
    /** Ten thousandths. */
    rating: z.int(),
    successful: z.boolean(),
    response_ms: z.int(),
  }),
  z.object({ kind: z.literal("account.withdraw"), account: z.string() }),
]);
export type Work = z.output<typeof Work>;
/** What is to be done, without with what. */
export type IntentKind = Work["kind"];

/**
 * Where an intent stands: recorded, given a transaction, in a block that may yet be lost, or at its end: carried out, refused
 * by the contract, or given up because it cannot be carried out any more.
 */
export const IntentState = z.enum(["queued", "assigned", "mined", "done", "reverted", "dropped"]);
export type IntentState = z.output<typeof IntentState>;

/** Something that is to happen on the chain once, and what became of it. */
export const Intent = z.object({
  intent_id: z.string(),
  tenant: TenantId,
  /** Absent: it belongs to no execution. */
  execution_id: z.string().optional(),
  workflow_id: z.string().optional(),
  /** Tells it from others of its kind: a stage, a task. */
  part: z.string(),
  work: Work,
  state: IntentState,
  /** Counts its moves from 1. */
  revision: z.int().positive(),
  /** Intents of the same execution that must be in a block before: `kind#part`. */
  after: z.array(z.string()),
  /** Why it waits, or how it ended. */
  reason: z.string().optional(),
  /** When it is looked at next. */
  until: z.iso.datetime().optional(),
  /** How often it was put off. */
  holds: z.int().nonnegative(),
  /** It shares no transaction: one that it shared was refused. */
  is_alone: z.boolean().optional(),
  chain: z.string().optional(),
  nonce: z.int().nonnegative().optional(),
  transaction_hash: z.string().optional(),
  block: z.int().nonnegative().optional(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Intent = z.output<typeof Intent>;

/** What is known of an intent before it is recorded. */
export interface NewIntent extends Pick<Intent, "tenant" | "work" | "part"> {
  readonly execution_id?: string | undefined;
  readonly workflow_id?: string | undefined;
  readonly after?: readonly string[];
  /** When it is looked at first. @default - at once */
  readonly until?: string | undefined;
}

/** An intent as it is recorded. Its id follows from what it is, so that a repeat is known for one. */
export function newIntent({ after = [], ...given }: NewIntent, at: string): Intent {
  const { tenant, execution_id, part, work } = given;
  const id = contentHash([tenant, execution_id ?? "", work.kind, part].join("\n")).slice(0, 24);
  return {
    intent_id: `int_${id}`,
    ...given,
    state: "queued",
    revision: 1,
    after: [...after],
    holds: 0,
    created_at: at,
    updated_at: at,
  };
}

/** How intents of one execution name each other. */
export const nameOfIntent = ({ work, part }: Pick<Intent, "work" | "part">): string => `${work.kind}#${part}`;

/** Whether nothing more happens to an intent, unless the chain itself changes. */
export const isSettled = ({ state }: Pick<Intent, "state">): boolean =>
  state === "done" || state === "reverted" || state === "dropped";

/**
 * Whether an intent may be sent, by those that must be in a block before it: it may, it waits, or it never may, because one
 * of them never happens, or happened on a chain that is gone. What goes back at the end of a workflow goes back all the
 * more where something could not be paid; it needs the escrow alone.
 */
export function standingOf(
  intent: Intent,
  { before, chain }: { readonly before: readonly Intent[]; readonly chain: string },
): "ready" | "waits" | "void" {
  const needed =
    intent.work.kind === "workflow.fail" ? before.filter(({ work }) => work.kind === "escrow.create") : before;
  const isVoid = needed.some(
    ({ state, chain: theirs = chain }) => state === "dropped" || state === "reverted" || theirs !== chain,
  );
  if (isVoid) return "void";
  const isPast = before.every((each) => each.state === "mined" || isSettled(each));
  return before.length === intent.after.length && isPast ? "ready" : "waits";
}
