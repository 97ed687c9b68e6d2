import * as fc from "fast-check";
import type { RouteRequest, Router, Target } from "../../../../shared/agents/routing/target.ts";

/** A healthy, idle target with room for ten tasks. */
export const target = (id: string, more: Partial<Target> = {}): Target => ({ id, load: 0, health: 1, capacity: 10, ...more });

export const targetsNamed = (count: number, more: Partial<Target> = {}): Target[] =>
  Array.from({ length: count }, (_, index) => target(`agent-${index}`, more));

export const request = (more: Partial<RouteRequest> = {}): RouteRequest => ({ turn: 0, random: 0, ...more });

/** Random numbers of [0, 1) that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How often each index is picked over the requests. */
export function tally(router: Router, count: number, requests: Iterable<RouteRequest>): number[] {
  const counts = Array.from({ length: count }, () => 0);
  for (const asked of requests) {
    const picked = router.pick(asked);
    if (picked === undefined || picked < 0 || picked >= count) throw new Error(`picked ${picked} of ${count}`);
    counts[picked] = (counts[picked] ?? 0) + 1;
  }
  return counts;
}

/** Requests `from`, `from + 1`, … with seeded randomness. */
export function* turns(count: number, more: Partial<RouteRequest> = {}, from = 0): Generator<RouteRequest> {
  const random = seeded(1);
  for (let turn = from; turn < from + count; turn += 1) yield { turn, random: random(), ...more };
}

/** Pearson's statistic: how far counts are from what the shares make one expect. */
export function chiSquare(counts: readonly number[], shares: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const whole = shares.reduce((sum, share) => sum + share, 0);
  return counts.reduce((sum, count, index) => {
    const expected = (total * (shares[index] ?? 0)) / whole;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true });

/** One to forty targets in any condition. */
export const anyTargets: fc.Arbitrary<Target[]> = fc
  .array(fc.record({ load: fraction, health: fraction, capacity: fc.integer({ min: 1, max: 200 }), inFlight: fc.nat(20) }), { minLength: 1, maxLength: 40 })
  .map((drawn) => drawn.map((more, index) => target(`agent-${index}`, more)));
