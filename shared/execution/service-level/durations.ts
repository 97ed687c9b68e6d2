import * as z from "zod";

/**
 * What was observed of a task, or of a workflow's executions: of durations the logarithm, because they are spread over
 * orders of magnitude and never negative. Older observations fade once `MEMORY` are known.
 */
export const Observed = z.object({
  /** Successes, as far as they are remembered. */
  n: z.number().nonnegative(),
  /** Mean of ln(seconds). */
  mean: z.number(),
  /** Sum of squared distances from the mean (Welford). */
  m2: z.number().nonnegative(),
  /** Attempts, and those of them that failed. */
  attempts: z.number().nonnegative(),
  failures: z.number().nonnegative(),
  skips: z.number().nonnegative(),
});
export type Observed = z.infer<typeof Observed>;

/** Nothing was observed. */
export const UNOBSERVED: Observed = { n: 0, mean: 0, m2: 0, attempts: 0, failures: 0, skips: 0 };

/** How a task ended. */
export interface Observation {
  readonly outcome: "success" | "failed" | "skipped";
  /** Duration of the last attempt. */
  readonly seconds: number;
  readonly attempts: number;
}

/** Observations that count in full. */
const MEMORY = 200;

/** Clocks tell milliseconds. */
const LEAST_SECONDS = 0.001;

/** Adds an observation. */
export function observe(before: Observed, { outcome, seconds, attempts }: Observation): Observed {
  const { n, mean, m2, ...rest } = fade(before);
  if (outcome === "skipped") return { n, mean, m2, ...rest, skips: rest.skips + 1 };
  const failures = rest.failures + attempts - (outcome === "success" ? 1 : 0);
  const counts = { skips: rest.skips, attempts: rest.attempts + attempts, failures };
  if (outcome === "failed") return { n, mean, m2, ...counts };
  const value = Math.log(Math.max(seconds, LEAST_SECONDS));
  const next = mean + (value - mean) / (n + 1);
  return { n: n + 1, mean: next, m2: m2 + (value - mean) * (value - next), ...counts };
}

function fade(observed: Observed): Observed {
  const { n, skips } = observed;
  if (n + skips < MEMORY) return observed;
  const factor = (MEMORY - 1) / MEMORY;
  const { mean, m2, attempts, failures } = observed;
  return { n: n * factor, mean, m2: m2 * factor, attempts: attempts * factor, failures: failures * factor, skips: skips * factor };
}

/** How a task is expected to go: ln(seconds) of an attempt is normal. */
export interface DurationModel {
  readonly mu: number;
  readonly sigma: number;
  /** Chance that an attempt fails. */
  readonly failure: number;
  /** Chance that the task is skipped. */
  readonly skip: number;
}

/** Spread while nothing is known: an estimate of 30 s means 14 to 64 s two times in three. */
const PRIOR_SIGMA = 0.75;
/** Observations that this spread is worth. */
const PRIOR_WEIGHT = 2;
/** One attempt in fifty fails, as far as nobody knows better; worth ten attempts. */
const PRIOR_FAILURES = 0.2;
const PRIOR_ATTEMPTS = 10;

/**
 * What to expect of a task that was estimated so and observed so. The estimate counts as much as one observation, and
 * ever less with each that was made; few observations widen the spread.
 */
export function modelOf(estimateSeconds: number, { n, mean, m2, attempts, failures, skips }: Observed): DurationModel {
  const weight = 1 / (n + 1);
  const mu = (n * mean + weight * Math.log(Math.max(estimateSeconds, LEAST_SECONDS))) / (n + weight);
  const variance = (m2 + PRIOR_WEIGHT * PRIOR_SIGMA ** 2) / (n + PRIOR_WEIGHT);
  return {
    mu,
    sigma: Math.sqrt(n === 0 ? variance : variance * (1 + 1 / (n + 1))),
    failure: (failures + PRIOR_FAILURES) / (attempts + PRIOR_ATTEMPTS),
    skip: skips / Math.max(1, n + skips),
  };
}

/** Mean of the durations observed; nothing when none was. */
export function meanSeconds({ n, mean, m2 }: Observed): number | undefined {
  return n === 0 ? undefined : Math.exp(mean + m2 / n / 2);
}
