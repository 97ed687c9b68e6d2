import { setTimeout as sleep } from "node:timers/promises";
import type { ScaleCloud, TaskRow } from "./scale-cloud.ts";

interface Sample {
  readonly at: number;
  readonly cpuMs: number;
}

const SAMPLE_MS = 200;

/** Samples the cloud's CPU while `work` runs. Costs the cloud nothing. */
export async function sampled<Result>(scale: ScaleCloud, work: () => Promise<Result>): Promise<{ result: Result; samples: Sample[] }> {
  const samples: Sample[] = [];
  const over = new AbortController();
  const take = (): unknown => samples.push({ at: Date.now(), cpuMs: scale.cpuSeconds() * 1000 });
  const taking = (async () => {
    for (take(); !over.signal.aborted; take()) await sleep(SAMPLE_MS, undefined, { signal: over.signal }).catch(() => undefined);
  })();
  try {
    return { result: await work(), samples };
  } finally {
    over.abort();
    await taking;
  }
}

/** CPU milliseconds per task in each of `parts` equal shares of a run's tasks, in the order in which they settled. */
export function costPerTask(rows: readonly TaskRow[], samples: readonly Sample[], parts: number): number[] {
  const times = rows.flatMap(({ settled_at: at }) => (at === null ? [] : [Date.parse(at)])).sort((a, b) => a - b);
  const size = Math.floor(times.length / parts);
  return Array.from({ length: parts }, (_, part) => {
    const [from = 0, to = 0] = [times[part * size], times[Math.min((part + 1) * size, times.length - 1)]];
    return (cpuAt(samples, to) - cpuAt(samples, from)) / size;
  });
}

/** Between two samples CPU is taken to flow evenly. */
function cpuAt(samples: readonly Sample[], at: number): number {
  const index = samples.findIndex((sample) => sample.at >= at);
  const [before, after] = [samples[Math.max(0, index - 1)], samples[index] ?? samples.at(-1)];
  if (before === undefined || after === undefined || after.at === before.at) return after?.cpuMs ?? 0;
  return before.cpuMs + ((at - before.at) / (after.at - before.at)) * (after.cpuMs - before.cpuMs);
}
