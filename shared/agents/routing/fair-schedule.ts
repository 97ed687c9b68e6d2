import { IndexHeap } from "./index-heap.ts";
import { present } from "../../core/present.ts";

/**
 * A cycle of turns in which every number comes up as often as its weight says, as evenly as can be.
 *
 * Turn `k` of a number with weight w in a cycle of L lies within [⌊k·L/w⌋, ⌈(k+1)·L/w⌉): after any number of turns
 * each has had its exact share, give or take less than one. Earliest deadline first always finds such a cycle
 * (Liu and Layland 1973, Baruah et al. 1996).
 *
 * @param weights whole numbers from 0. All 0: they count alike.
 */
export function fairSchedule(weights: readonly number[]): Uint32Array<ArrayBuffer> {
  const divisor = weights.reduce(greatestCommonDivisor, 0);
  const shares = weights.map((weight) => (divisor === 0 ? 1 : weight / divisor));
  const length = shares.reduce((sum, share) => sum + share, 0);
  const cycle = new Uint32Array(length);
  const released: number[][] = Array.from({ length }, () => []);
  for (const [index, share] of shares.entries()) if (share > 0) released[0]?.push(index);
  const ready = new IndexHeap(weights.length);
  const done = new Uint32Array(weights.length);
  /** Where `count` turns of a number should end, were turns divisible. */
  const idealEnd = (index: number, count: number): number => (count * length) / present(shares[index]);
  for (const [turn, indices] of released.entries()) {
    for (const index of indices) ready.push(index, idealEnd(index, present(done[index]) + 1));
    const next = present(ready.pop());
    cycle[turn] = next;
    const count = present(done[next]) + 1;
    done[next] = count;
    released[Math.max(Math.floor(idealEnd(next, count)), turn + 1)]?.push(next);
  }
  return cycle;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
