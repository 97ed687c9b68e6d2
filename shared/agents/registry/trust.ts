/**
 * How far an agent is trusted, from 0 to 5, learned from the tasks it completed and failed.
 *
 *     n = min(tasks, 100)     p = completed ÷ tasks     (each task counts half after every 7 days)
 *     trust = 5 × (n·p + 5) ÷ (n·p + 4·n·(1 − p) + 10)
 *
 * 1. A stranger has 2.5, and whoever is idle drifts back to it.
 * 2. More success never lowers it, more failure never raises it.
 * 3. Slow to gain, quick to lose: 15 successes lead from 2.5 to 4.0, one failure then costs more than half a point.
 * 4. No history is so long that it hides the present: beyond 100 tasks only the ratio counts. An agent with many
 *    tasks settles near 4.8 without failures, at 4.4 with 2 %, 4.0 with 5 %, 3.4 with 10 %.
 */
import * as z from "zod";
import { TRUST } from "../limits.ts";

/** Tasks, each worth 2^(−age ÷ half-life) at the time `at` (milliseconds since 1970). */
export const TrustEvidence = z.object({
  completed: z.number().min(0),
  failed: z.number().min(0),
  at: z.number(),
});
export type TrustEvidence = z.infer<typeof TrustEvidence>;

/** Both together, at the later of their times. The order of merging does not matter, but for rounding. */
export function mergeEvidence(a: TrustEvidence, b: TrustEvidence): TrustEvidence {
  const at = Math.max(a.at, b.at);
  const [first, second] = [ageEvidence(a, at), ageEvidence(b, at)];
  return { completed: first.completed + second.completed, failed: first.failed + second.failed, at };
}

/** What the evidence is worth at another time. */
export function ageEvidence({ completed, failed, at }: TrustEvidence, now: number): TrustEvidence {
  const worth = 2 ** ((at - now) / HALF_LIFE_MS);
  return { completed: completed * worth, failed: failed * worth, at: now };
}

/** Trust at the time `now`, from 0 to 5. Without evidence: 2.5. */
export function trustScore(evidence: TrustEvidence | undefined, now: number): number {
  if (evidence === undefined) return TRUST.neutral;
  const { completed, failed } = ageEvidence(evidence, now);
  const tasks = completed + failed;
  const scale = tasks > TRUST.evidence ? TRUST.evidence / tasks : 1;
  const gained = completed * scale + (TRUST.prior * TRUST.neutral) / TRUST.best;
  const lost = TRUST.failureWeight * failed * scale + TRUST.prior * (1 - TRUST.neutral / TRUST.best);
  return (TRUST.best * gained) / (gained + lost);
}

const HALF_LIFE_MS = TRUST.halfLifeDays * 86_400_000;
