import type { Logger } from "@aws-lambda-powertools/logger";

/**
 * Time and chance, which are parameters below the handler (invariant 7), and where it is written what happened.
 *
 * @example
 * ```ts
 * const until = isoAfter(clock, 30); // never `new Date()`: time is the clock's
 * ```
 */
export interface Clock {
  readonly now: () => Date;
  readonly random: () => number;
  readonly newSecret: () => string;
  /** Lets so many milliseconds pass. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Does something after so many milliseconds, unless it is cancelled before. @returns what cancels it. */
  readonly after: (milliseconds: number, act: () => Promise<void>) => () => void;
  readonly logger: Logger;
}

/**
 * ISO 8601 with milliseconds, as rows and events keep time.
 *
 * @example
 * ```ts
 * isoNow(runtime) // "2026-11-21T10:00:00.000Z"
 * ```
 */
export const isoNow = (clock: Pick<Clock, "now">): string => clock.now().toISOString();

/** `seconds` after now, as rows keep it. */
export const isoAfter = (clock: Pick<Clock, "now">, seconds: number): string =>
  new Date(clock.now().getTime() + seconds * 1000).toISOString();
