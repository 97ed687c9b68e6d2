import * as z from "zod";
import { AskKind } from "./ask-kind.ts";
import type { PreparedPattern } from "./pattern.ts";

/** Something that was begun and has not ended: a question to an agent, or a wait. */
export const OpenAction = z.object({
  id: z.string(),
  /** Number of the instance that asks; questions that are put again get a new one. */
  n: z.int().nonnegative(),
  /** Absent: it waits, until then. */
  ask: z.object({ role: z.string(), kind: AskKind, again: z.boolean() }).optional(),
  until: z.iso.datetime().optional(),
});
export type OpenAction = z.infer<typeof OpenAction>;

/** How a pattern ended. `bound`: a bound ended it, and what it gives is what there was by then. */
export const PatternEnd = z.discriminatedUnion("do", [
  z.object({ do: z.literal("finish"), output: z.record(z.string(), z.unknown()), bound: z.string().optional() }),
  z.object({ do: z.literal("fail"), code: z.string(), message: z.string(), bound: z.string().optional() }),
]);
export type PatternEnd = z.infer<typeof PatternEnd>;

/** A pattern under way, as its row keeps it: everything that its next turn depends on. */
export const PatternRun = z.object({
  state: z.unknown(),
  /** Calls and waits that are left. */
  fuel: z.int().nonnegative(),
  /** Number of the next instance. */
  next: z.int().nonnegative(),
  steps: z.int().nonnegative(),
  open: z.array(OpenAction),
  /** Ids that were used. */
  used: z.array(z.string()),
  /** How often each message was sent, by its hash. */
  asked: z.array(z.tuple([z.string(), z.int()])),
  /** What each agent said last, by its hash, and how often in a row. */
  said: z.array(z.tuple([z.string(), z.string(), z.int()])),
  stalls: z.int(),
  idled: z.boolean(),
  /** The bound that was reached: nothing more is begun. */
  exhausted: z.string().optional(),
  end: PatternEnd.optional(),
});
export type PatternRun = z.infer<typeof PatternRun>;

/**
 * A pattern before it has heard anything.
 *
 * @param start `fuel`: calls that it may make; `first`: number of its first instance, after those of earlier attempts.
 */
export const beginPattern = (
  pattern: PreparedPattern,
  { fuel, first = 0 }: { fuel: number; first?: number },
): PatternRun => ({
  state: pattern.init(),
  fuel,
  next: first,
  steps: 0,
  open: [],
  used: [],
  asked: [],
  said: [],
  stalls: 0,
  idled: false,
});
