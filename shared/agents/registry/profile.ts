/**
 * What an agent's tasks taught about it, small enough for one row and updated by one observation at a time.
 *
 * 1. A profile holds counts and sums, never judgements: windows, decay and scores are applied when it is read.
 * 2. One observation is a profile of one task, and observing is merging. So the order of observations does not matter
 *    (but for rounding of costs and trust), and profiles learned apart merge into what one would have learned.
 * 3. The exception: of more names than `PROFILE` keeps per span the rarest are forgotten, and which ones were rarest
 *    depends on the order.
 */
import * as z from "zod";
import { PROFILE } from "../limits.ts";
import type { PresenceObservation, TaskObservation } from "./profile-observations.ts";
import { mergeSpans, ProfileSpan, spanOfPresence, spanOfTask } from "./profile-span.ts";
import { mergeEvidence, TrustEvidence } from "./trust.ts";

/** One day's tasks. Days count from 1970, UTC. */
const DayCount = z.object({ day: z.int(), completed: z.int().min(0), failed: z.int().min(0) });
type DayCount = z.infer<typeof DayCount>;

/** A profile as it is stored. About 3 KB of JSON for an agent with a handful of capabilities, 20 KB at worst. */
export const AgentProfile = z.object({
  version: z.literal(1),
  /** Newest first; the last 30 days before the newest. */
  days: z.array(DayCount),
  trust: TrustEvidence.optional(),
  /** Newest first; two at most. */
  spans: z.array(ProfileSpan),
});
export type AgentProfile = z.infer<typeof AgentProfile>;

/** An agent of which nothing is known. */
export const EMPTY_PROFILE: AgentProfile = { version: 1, days: [], spans: [] };

/** The profile after one more task. */
export const observeTask = (profile: AgentProfile, task: TaskObservation): AgentProfile =>
  mergeProfiles(profile, {
    version: 1,
    days: [{ day: dayOf(task.at), ...outcomeCount(task) }],
    trust: { ...outcomeCount(task), at: task.at },
    spans: [spanOfTask(task)],
  });

/** The profile after one more look at whether the agent is up. */
export const observePresence = (profile: AgentProfile, presence: PresenceObservation): AgentProfile =>
  mergeProfiles(profile, { ...EMPTY_PROFILE, spans: [spanOfPresence(presence)] });

/** What both profiles know. */
export function mergeProfiles(a: AgentProfile, b: AgentProfile): AgentProfile {
  const trust = a.trust === undefined || b.trust === undefined ? (a.trust ?? b.trust) : mergeEvidence(a.trust, b.trust);
  return {
    version: 1,
    days: mergeDays(a.days, b.days),
    ...(trust === undefined ? {} : { trust }),
    spans: mergeSpanLists(a.spans, b.spans),
  };
}

/** Tasks of the last `days` days, today included. */
export function tasksWithin(profile: AgentProfile, days: number, now: number): { completed: number; failed: number } {
  const counted = profile.days.filter(({ day }) => day > dayOf(now) - days);
  return {
    completed: counted.reduce((sum, { completed }) => sum + completed, 0),
    failed: counted.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** Everything learned in the current span and the one before it. @returns nothing when that is nothing. */
export function recentSpan(profile: AgentProfile, now: number): ProfileSpan | undefined {
  const oldest = Math.floor(dayOf(now) / PROFILE.spanDays) - 1;
  const [first, ...others] = profile.spans.filter(({ number }) => number >= oldest);
  return first === undefined ? undefined : others.reduce(mergeSpans, first);
}

const dayOf = (at: number): number => Math.floor(at / 86_400_000);

const outcomeCount = ({ outcome }: TaskObservation): { completed: number; failed: number } => ({
  completed: outcome === "completed" ? 1 : 0,
  failed: outcome === "failed" ? 1 : 0,
});

function mergeDays(a: readonly DayCount[], b: readonly DayCount[]): DayCount[] {
  const merged = new Map(a.map((count) => [count.day, count]));
  for (const { day, completed, failed } of b) {
    const known = merged.get(day);
    merged.set(day, { day, completed: completed + (known?.completed ?? 0), failed: failed + (known?.failed ?? 0) });
  }
  const newest = Math.max(...merged.keys());
  const days = [...merged.values()].sort((x, y) => y.day - x.day);
  return days.filter(({ day }) => day > newest - PROFILE.windowDays);
}

function mergeSpanLists(a: readonly ProfileSpan[], b: readonly ProfileSpan[]): ProfileSpan[] {
  const merged = new Map(a.map((span) => [span.number, span]));
  for (const span of b) {
    const known = merged.get(span.number);
    merged.set(span.number, known === undefined ? span : mergeSpans(known, span));
  }
  const newest = Math.max(...merged.keys());
  const spans = [...merged.values()].sort((x, y) => y.number - x.number);
  return spans.filter(({ number }) => number >= newest - 1);
}
