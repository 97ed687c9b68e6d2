import type { RetryPolicy } from "../../workflow/definition/task-definition.ts";
import type { DurationModel } from "./durations.ts";
import { retryDelaySeconds } from "../task/retry-delay.ts";
import { present } from "../../core/present.ts";
import { randomStream } from "../../core/random-stream.ts";

/** One task that is still to be done. */
export interface Activity {
  readonly model: DurationModel;
  /** Positions of the activities it waits for; each before its own. */
  readonly needs: readonly number[];
  /** An attempt is given up after so long. */
  readonly timeoutSeconds: number;
  readonly retry: RetryPolicy;
  /** Attempts that were made before the current or next one. */
  readonly attempts: number;
  /** Seconds that the current attempt runs already; absent: none is under way. */
  readonly elapsedSeconds?: number | undefined;
  /** Seconds until it may start at the earliest. */
  readonly waitSeconds: number;
  /** Whether the run goes on when it fails for good. */
  readonly isTolerated: boolean;
}

/** How runs went in the simulation. */
export interface Simulated {
  readonly samples: number;
  /** Durations of the runs in which nothing failed for good, shortest first. */
  readonly seconds: Float64Array;
}

/**
 * Plays the rest of a run so many times: draws every activity's attempts and follows the longest path. Costs about 80 ns
 * for an activity and sample (`test/bench/outlook`).
 */
export function simulate(activities: readonly Activity[], { samples, seed }: { samples: number; seed: number }): Simulated {
  const random = randomStream(seed);
  const play = new Play(activities, random);
  const seconds = new Float64Array(samples);
  let completed = 0;
  for (let sample = 0; sample < samples; sample += 1) {
    const end = play.run();
    if (end === undefined) continue;
    seconds[completed] = end;
    completed += 1;
  }
  return { samples, seconds: seconds.subarray(0, completed).sort() };
}

/** A value that so many of the sorted ones do not exceed; nothing of none. */
export const quantile = (sorted: Float64Array, share: number): number | undefined =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];

/** The activities in typed arrays, so that a sample allocates nothing. */
class Play {
  readonly #activities: readonly Activity[];
  readonly #random: () => number;
  readonly #ends: Float64Array;
  readonly #needs: Int32Array;
  readonly #firstNeed: Int32Array;
  /** A second normal value that came with the last one. */
  #spare = Number.NaN;

  constructor(activities: readonly Activity[], random: () => number) {
    this.#activities = activities;
    this.#random = random;
    this.#ends = new Float64Array(activities.length);
    this.#needs = Int32Array.from(activities.flatMap(({ needs }) => needs));
    this.#firstNeed = new Int32Array(activities.length + 1);
    for (const [index, { needs }] of activities.entries()) this.#firstNeed[index + 1] = present(this.#firstNeed[index]) + needs.length;
  }

  /** @returns when the last activity ends, or nothing when one failed for good. */
  run(): number | undefined {
    let last = 0;
    for (const [index, activity] of this.#activities.entries()) {
      const spent = this.#spend(activity);
      if (spent < 0 && !activity.isTolerated) return undefined;
      const end = Math.max(this.#readyAt(index), activity.waitSeconds) + Math.abs(spent);
      this.#ends[index] = end;
      if (end > last) last = end;
    }
    return last;
  }

  #readyAt(index: number): number {
    let ready = 0;
    const until = present(this.#firstNeed[index + 1]);
    for (let at = present(this.#firstNeed[index]); at < until; at += 1) {
      const end = present(this.#ends[present(this.#needs[at])]);
      if (end > ready) ready = end;
    }
    return ready;
  }

  /** Seconds that an activity takes, retries and the pauses before them included; negative when it fails for good. */
  #spend({ model, retry, timeoutSeconds, elapsedSeconds, attempts: before }: Activity): number {
    if (model.skip > 0 && elapsedSeconds === undefined && this.#random() < model.skip) return 0;
    let spent = -(elapsedSeconds ?? 0);
    let duration = elapsedSeconds === undefined ? this.#duration(model) : this.#longerThan(model, elapsedSeconds);
    for (let attempt = before + 1; ; attempt += 1) {
      spent += Math.min(duration, timeoutSeconds);
      // A running attempt may be past its deadline already.
      if (spent < 0) spent = 0;
      if (duration <= timeoutSeconds && this.#random() >= model.failure) return spent;
      if (attempt >= retry.maxAttempts) return -Math.max(spent, Number.MIN_VALUE);
      spent += retryDelaySeconds(retry, attempt, this.#random());
      duration = this.#duration(model);
    }
  }

  #duration({ mu, sigma }: DurationModel): number {
    return Math.exp(mu + sigma * this.#normal());
  }

  /** A duration, given that it is longer than `seconds`. */
  #longerThan({ mu, sigma }: DurationModel, seconds: number): number {
    if (seconds <= 0) return this.#duration({ mu, sigma, failure: 0, skip: 0 });
    if (sigma === 0) return Math.max(seconds, Math.exp(mu));
    return Math.exp(mu + sigma * this.#normalAbove((Math.log(seconds) - mu) / sigma));
  }

  /** A standard normal value (Marsaglia's polar method). */
  #normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = Number.NaN;
      return spare;
    }
    for (;;) {
      const [x, y] = [2 * this.#random() - 1, 2 * this.#random() - 1];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * factor;
      return x * factor;
    }
  }

  /** A standard normal value above `least`: by rejection in the middle, by Marsaglia's tail method beyond. */
  #normalAbove(least: number): number {
    if (least < TAIL) {
      for (;;) {
        const value = this.#normal();
        if (value > least) return value;
      }
    }
    for (;;) {
      const value = Math.sqrt(least * least - 2 * Math.log(1 - this.#random()));
      if (this.#random() * value < least) return value;
    }
  }
}

/** From here on the tail method keeps more draws than plain rejection does. */
const TAIL = 0.5;
