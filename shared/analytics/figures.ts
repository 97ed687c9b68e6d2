import { type QuantileSketch, quantileOf, shareUpTo } from "../agents/registry/quantile-sketch.ts";
import type { Tally } from "./tally.ts";

const at = (tally: Tally, name: string): number => tally[name] ?? 0;

/** Nothing is known of a share of nothing. */
const ratio = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

/** Executions that ended. */
export const endsIn = (tally: Tally): number => at(tally, "n") + at(tally, "f") + at(tally, "c");

/** Figures that a tally gives. A figure of nothing is absent. */
export function figuresIn(tally: Tally) {
  const ran = at(tally, "n") + at(tally, "f");
  return {
    ended: endsIn(tally),
    completed: at(tally, "n"),
    failed: at(tally, "f"),
    cancelled: at(tally, "c"),
    violations: at(tally, "v"),
    tasks: at(tally, "k"),
    attempts: at(tally, "t"),
    tokens: at(tally, "o"),
    /** Of these nothing is known where no agent reported any. */
    records: tally["r"],
    cpuSeconds: seconds(tally["h"]),
    memoryBytes: tally["a"],
    networkBytes: tally["z"],
    storageBytes: tally["y"],
    successRate: ratio(at(tally, "n"), ran),
    meanSeconds: seconds(ratio(at(tally, "s"), ran)),
    p95Seconds: seconds(quantileOf(sketchIn(tally, "e"), 0.95)),
    attemptMeanMs: ratio(at(tally, "g"), at(tally, "k")),
    attemptP95Ms: quantileOf(sketchIn(tally, "d"), 0.95),
    /** Share of attempts that led to a result. */
    efficiency: ratio(at(tally, "t") - at(tally, "u"), at(tally, "t")),
    cost: at(tally, "m") === 0 ? undefined : at(tally, "x") / 1e6,
    costPerRun: ratio(at(tally, "x") / 1e6, at(tally, "m")),
  };
}
/** Figures of a stretch of time. */
export type Figures = ReturnType<typeof figuresIn>;

const seconds = (milliseconds: number | undefined): number | undefined => (milliseconds === undefined ? undefined : milliseconds / 1000);

/** How many executions (`e`) or attempts (`d`) took at most so many seconds, within the error of the sketch. */
export function countUpTo(tally: Tally, kind: "e" | "d", upTo: number): number {
  const sketch = sketchIn(tally, kind);
  const total = sketch.counts.reduce((sum, count) => sum + count, 0);
  return total === 0 ? 0 : Math.round(shareUpTo(sketch, upTo * 1000) * total);
}

function sketchIn(tally: Tally, kind: "e" | "d"): QuantileSketch {
  const buckets = Object.entries(tally).flatMap(([name, count]) =>
    name.startsWith(kind) && name.length > 1 ? [[Number(name.slice(1)), count] as const] : [],
  );
  const first = Math.min(...buckets.map(([bucket]) => bucket));
  if (buckets.length === 0) return { first: 0, counts: [] };
  const counts = Array.from({ length: Math.max(...buckets.map(([bucket]) => bucket)) - first + 1 }, () => 0);
  for (const [bucket, count] of buckets) counts[bucket - first] = count;
  return { first, counts };
}
