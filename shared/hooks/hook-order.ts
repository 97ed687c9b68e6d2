import * as z from "zod";
import { TenantId } from "../core/ids.ts";
import { RunRef, TaskMessage } from "../execution/messages.ts";
import { HookEvent } from "./hook-event.ts";
import { HOOK_LIMITS } from "./limits.ts";

/** "Run these hooks for this event": one message per event. May arrive twice; runs remember how far it came. */
export const HookOrder = z.object({
  tenant: TenantId,
  event: HookEvent,
  hooks: z.array(z.string()).min(1).max(HOOK_LIMITS.hooksPerTenant),
  /** A task that waits for them, and the attempt that it is about to begin. */
  waiting: z.object({ task: TaskMessage, attempt: z.int().positive(), /** They look at what the attempt before made. */ isMade: z.literal(true).optional() }).optional(),
  /** An execution that waits for them before this run of it starts. */
  starting: RunRef.optional(),
  /** A person runs one hook with a context made up: enabled or not, once, and whatever its breaker says. */
  manual: z.literal(true).optional(),
});
export type HookOrder = z.output<typeof HookOrder>;

/** An event as a message carries it: facts that would not fit are left out, and it says how many bytes they were. */
export function portable(event: HookEvent): HookEvent {
  const bytes = Buffer.byteLength(JSON.stringify(event.facts));
  return bytes <= HOOK_LIMITS.eventBytes ? event : { ...event, facts: { facts_left_out: bytes } };
}
