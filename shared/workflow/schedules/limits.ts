/**
 * Ceilings of schedules.
 *
 * @example
 * ```ts
 * const kept = runs.slice(0, SCHEDULE_LIMITS.runsKept);
 * ```
 */
export const SCHEDULE_LIMITS = {
  expressionCharacters: 256,
  /** A tick that comes later than this was missed. Two sweeps: one may fail. */
  lateSeconds: 120,
  /** A sweep looks this far ahead. It comes each minute. */
  aheadSeconds: 60,
  /** How soon a tick that waits for the execution before it is looked at again. */
  waitingSeconds: 60,
  /** Missed ticks that are made up for at once, and ticks that wait. Of more, the newest. */
  ticks: 100,
  /** Runs that a schedule remembers. */
  runsKept: 10,
  /** Next runs that are shown. */
  shown: 5,
  /** Messages that a sweep sends side by side, in batches of ten. */
  sentAtOnce: 8,
} as const;
