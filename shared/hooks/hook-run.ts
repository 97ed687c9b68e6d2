import * as z from "zod";
import { contentHash } from "../core/canonical-json.ts";
import { Failure } from "../core/failure.ts";
import type { Hook, HookRetryPolicy } from "./hook.ts";
import type { HookEvent } from "./hook-event.ts";
import { HookTrigger } from "./trigger.ts";

/** Where a run of a hook stands. `skipped`: a hook before it in the list failed. */
export const HookRunStatus = z.enum(["running", "retrying", "completed", "failed", "timeout", "skipped"]);
export type HookRunStatus = z.output<typeof HookRunStatus>;

/** One hook's run for one event: its lease, its progress and its log in one row. */
export const HookRun = z.object({
  run_id: z.string(),
  hook_id: z.string(),
  hook_name: z.string(),
  trigger: HookTrigger,
  event_id: z.string(),
  event_type: z.string(),
  execution_id: z.string().optional(),
  status: HookRunStatus,
  /** Counts from 1. */
  attempt: z.int().positive(),
  started_at: z.iso.datetime(),
  /** Until then the run belongs to the invocation that is at work on it. */
  leased_until: z.iso.datetime().optional(),
  /** A retry waits until then. */
  not_before: z.iso.datetime().optional(),
  ended_at: z.iso.datetime().optional(),
  duration_ms: z.int().nonnegative().optional(),
  output: z.unknown().optional(),
  error: Failure.optional(),
  /** It failed after all attempts once, and was told to begin anew. */
  redriven: z.literal(true).optional(),
  /** A person ran it, with a context made up. */
  manual: z.literal(true).optional(),
});
export type HookRun = z.output<typeof HookRun>;

/** What came of one try. `retryable`: another may end otherwise. */
export type HookOutcome =
  | { readonly status: "completed"; readonly output: unknown }
  | { readonly status: "failed" | "timeout"; readonly error: Failure; readonly retryable: boolean };

/** What an event is about, apart from which its id is not one in a tenant. */
const subjectOf = ({ execution_id: execution, agent_id: agent }: HookEvent): string => execution ?? agent ?? "";

/** Names a run: equal however often the event comes, so that the receiver may tell repeats by it. */
export const runIdOf = (event: HookEvent, hookId: string): string =>
  `run_${contentHash([event.tenant, subjectOf(event), event.event_id, hookId].join("\n")).slice(0, 32)}`;

/** Whether a run has ended, whatever with. */
export const hasEnded = ({ status }: Pick<HookRun, "status">): boolean => status !== "running" && status !== "retrying";

/** Whether a run's end keeps the hooks after it from running. */
export const endsList = ({ status }: Pick<HookRun, "status">): boolean => status === "failed" || status === "timeout";

/** Whether an invocation is at work on a run, as far as is known. */
export const isLeased = ({ status, leased_until: until }: HookRun, now: string): boolean =>
  status === "running" && until !== undefined && until > now;

/** Seconds until the next attempt, after `attempt` of them failed. */
export function retryDelayOf(policy: HookRetryPolicy, attempt: number): number {
  const { backoff, initial_delay_seconds: first, max_delay_seconds: most } = policy;
  return Math.min(most, backoff === "linear" ? first * attempt : first * 2 ** (attempt - 1));
}

/** A run that begins, or begins anew. */
export function begun(
  { hook, event, before, manual }: { hook: Hook; event: HookEvent; before: HookRun | undefined; manual?: true | undefined },
  { at, until }: { at: string; until: string },
): HookRun {
  // The invocation that had it may have died: then this attempt is the one that was cut off.
  const attempt = before === undefined ? 1 : before.status === "retrying" ? before.attempt + 1 : before.attempt;
  const { started_at: startedAt = at, redriven } = before ?? {};
  return { ...headOf(hook, event), status: "running", attempt, started_at: startedAt, leased_until: until, redriven, manual };
}

/** A run that does not take place because a hook before it failed. */
export const skipped = ({ hook, event }: { hook: Hook; event: HookEvent }, at: string): HookRun => ({
  ...headOf(hook, event),
  status: "skipped",
  attempt: 1,
  started_at: at,
  ended_at: at,
});

const headOf = (hook: Hook, event: HookEvent) => ({
  run_id: runIdOf(event, hook.hook_id),
  hook_id: hook.hook_id,
  hook_name: hook.name,
  trigger: hook.trigger,
  event_id: event.event_id,
  event_type: event.type,
  execution_id: event.execution_id,
});

/** A run after a try: ended, or to be tried again. */
export function tried(
  run: HookRun,
  { outcome, policy, at, durationMs }: { outcome: HookOutcome; policy: HookRetryPolicy; at: string; durationMs: number },
): HookRun {
  const { leased_until: _, ...rest } = run;
  const timed = { ...rest, duration_ms: durationMs };
  if (outcome.status === "completed") return { ...timed, status: "completed", ended_at: at, output: outcome.output };
  const failed = { ...timed, error: outcome.error };
  if (!outcome.retryable || run.attempt >= policy.max_attempts) return { ...failed, status: outcome.status, ended_at: at };
  const wait = retryDelayOf(policy, run.attempt) * 1000;
  return { ...failed, status: "retrying", not_before: new Date(Date.parse(at) + wait).toISOString() };
}
