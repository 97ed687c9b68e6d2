import * as z from "zod";
import { HOOK_LIMITS } from "./limits.ts";

/** What a hook's runs came to, and its breaker. */
export const HookStats = z.object({
  total: z.int().nonnegative().default(0),
  completed: z.int().nonnegative().default(0),
  failed: z.int().nonnegative().default(0),
  timeouts: z.int().nonnegative().default(0),
  duration_ms: z.number().nonnegative().default(0),
  /** In a row, until now. */
  failures: z.int().nonnegative().default(0),
  /** Until then the hook is left alone. */
  open_until: z.iso.datetime().optional(),
});
export type HookStats = z.output<typeof HookStats>;

/** Whether a hook's breaker is open. Once its time is over, runs go through: the first that fails opens it again. */
export const isOpen = ({ open_until: until }: HookStats, now: string): boolean => until !== undefined && until > now;

/** Until when the breaker opens with one more failure, if it does. */
export function opensUntil({ failures }: HookStats, at: string): string | undefined {
  if (failures + 1 < HOOK_LIMITS.breakerFailures) return undefined;
  return new Date(Date.parse(at) + HOOK_LIMITS.breakerSeconds * 1000).toISOString();
}
