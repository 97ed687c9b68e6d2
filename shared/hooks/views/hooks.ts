import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import { Hook } from "../hook.ts";
import { HookEvent } from "../hook-event.ts";
import { HookRun } from "../hook-run.ts";
import { HookStats } from "../hook-stats.ts";

/** A hook as it is stored. */
export const HookView = Hook.meta({ id: "Hook" });
export type HookView = z.output<typeof HookView>;

/** The reply to a registration (spec 004 §4.3). */
export const HookRegistered = z.object({ ...Hook.shape, status: z.literal("registered") }).meta({ id: "HookRegistered" });

/** A hook, what its runs came to, and its breaker. */
export const HookDetail = z
  .object({
    ...Hook.shape,
    execution_stats: z.object({
      total_executions: z.int(),
      successful_executions: z.int(),
      failed_executions: z.int(),
      timeouts: z.int(),
      /** `null`: it has not run. */
      average_duration_ms: z.number().nullable(),
    }),
    breaker: z.object({ state: z.enum(["closed", "open"]), failures_in_a_row: z.int(), open_until: z.iso.datetime().optional() }),
  })
  .meta({ id: "HookDetail" });
export type HookDetail = z.output<typeof HookDetail>;

/** A tenant's hooks, in the order in which they run. */
export const HookList = z.object({ hooks: z.array(HookView) }).meta({ id: "HookList" });

/** The reply to a deletion. */
export const HookDeleted = z.object({ hook_id: z.string(), status: z.literal("deleted") }).meta({ id: "HookDeleted" });

/** One run of a hook. */
export const HookRunView = HookRun.meta({ id: "HookRun" });
export type HookRunView = z.output<typeof HookRunView>;

/** Runs of a hook, the newest first. */
export const HookRunPage = z.object({ executions: z.array(HookRunView), next_cursor: NextCursor }).meta({ id: "HookRunPage" });

/** A run that failed after all attempts, with the event that it failed at. */
export const DeadHookRun = z
  .object({ run_id: z.string(), hook_id: z.string(), hook_name: z.string(), failed_at: z.iso.datetime(), reason: z.string(), event: HookEvent })
  .meta({ id: "DeadHookRun" });
export type DeadHookRun = z.output<typeof DeadHookRun>;

/** Runs that failed after all attempts. */
export const DeadHookRunPage = z.object({ dead_letters: z.array(DeadHookRun), next_cursor: NextCursor }).meta({ id: "DeadHookRunPage" });

/** The reply to a redrive. */
export const HookRedriven = z.object({ run_id: z.string(), status: z.literal("queued") }).meta({ id: "HookRedriven" });

/** A hook with its figures, as the API prints it. */
export function viewHook(hook: Hook, stats: HookStats, now: string): HookDetail {
  const { total, completed, failed, timeouts, duration_ms: ms, failures, open_until: until } = stats;
  const isOpen = until !== undefined && until > now;
  return {
    ...hook,
    execution_stats: {
      total_executions: total,
      successful_executions: completed,
      failed_executions: failed,
      timeouts,
      average_duration_ms: total === 0 ? null : ms / total,
    },
    breaker: { state: isOpen ? "open" : "closed", failures_in_a_row: failures, ...(isOpen ? { open_until: until } : {}) },
  };
}
