/**
 * Quantiles of a stream of latencies in little space, after DDSketch (Masson, Rim, Lee; VLDB 2019).
 *
 * 1. Bucket `i` holds values of (γ^(i−1), γ^i] ms with γ = (1 + e) ÷ (1 − e), so its estimate is off by `e` at most.
 * 2. Counts only add up: the order of values does not matter, and sketches merge exactly.
 * 3. `counts` starts and ends with a count above 0; nothing outside it was seen.
 */
import * as z from "zod";
import { PROFILE } from "../limits.ts";
import { present } from "../../core/present.ts";

/** At most 184 counts: below 2 KB of JSON up to a thousand million values in every bucket. */
export const QuantileSketch = z.object({
  /** Number of the first bucket in `counts`. */
  first: z.int().min(0),
  counts: z.array(z.int().min(0)),
});
export type QuantileSketch = z.infer<typeof QuantileSketch>;

/** Nothing seen yet. */
export const EMPTY_SKETCH: QuantileSketch = { first: 0, counts: [] };

/** The sketch of one value. Below 1 ms it counts as 1 ms, above a day as a day. */
export const sketchOf = (milliseconds: number): QuantileSketch => ({ first: bucketOf(milliseconds), counts: [1] });

/** The sketch of both streams together. */
export function mergeSketches(a: QuantileSketch, b: QuantileSketch): QuantileSketch {
  if (a.counts.length === 0) return b;
  if (b.counts.length === 0) return a;
  const first = Math.min(a.first, b.first);
  const end = Math.max(a.first + a.counts.length, b.first + b.counts.length);
  const counts = Array.from({ length: end - first }, () => 0);
  for (const { first: start, counts: own } of [a, b]) {
    for (const [index, count] of own.entries())
      counts[start - first + index] = present(counts[start - first + index]) + count;
  }
  return { first, counts };
}

/** How many values were seen. */
export const countOf = ({ counts }: QuantileSketch): number => counts.reduce((sum, count) => sum + count, 0);

/**
 * The smallest value that the fraction `q` of all values does not exceed (nearest rank), within `PROFILE.quantileError` of the true one.
 *
 * @param q from 0 (smallest) to 1 (largest).
 * @returns nothing before the first value.
 */
export function quantileOf(sketch: QuantileSketch, q: number): number | undefined {
  const rank = Math.max(0, Math.ceil(q * countOf(sketch)) - 1);
  let seen = 0;
  for (const [index, count] of sketch.counts.entries()) {
    seen += count;
    if (seen > rank) return estimateOf(sketch.first + index);
  }
  return undefined;
}

/** The fraction of values up to `milliseconds`; values within one bucket of it count as below. 1 before the first. */
export function shareUpTo(sketch: QuantileSketch, milliseconds: number): number {
  const total = countOf(sketch);
  const below = sketch.counts.slice(0, Math.max(0, bucketOf(milliseconds) - sketch.first + 1));
  return total === 0 ? 1 : below.reduce((sum, count) => sum + count, 0) / total;
}

const GAMMA = (1 + PROFILE.quantileError) / (1 - PROFILE.quantileError);
const LOG_GAMMA = Math.log(GAMMA);

/** Number of the bucket that a duration falls into. */
export const bucketOf = (ms: number): number =>
  ms > 1 ? Math.ceil(Math.log(Math.min(ms, PROFILE.latencyMs)) / LOG_GAMMA) : 0;

/** The point from which both ends of the bucket are equally far, relatively. */
const estimateOf = (bucket: number): number => (bucket === 0 ? 1 : (2 * GAMMA ** bucket) / (GAMMA + 1));
