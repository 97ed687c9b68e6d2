/** What the three shapes took: ten steps in sequence, 50 side by side and a join, 200 workflows 32 at a time. */
export interface ShapeTimes {
  /** (ten steps − none) ÷ 10. */
  readonly perStepMs: number;
  readonly tenStepsMs: number;
  readonly fanOutMs: number;
  readonly workflowsPerSecond: number;
}

/** Median of the milliseconds that `work` takes. */
export async function medianOf(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return median(times);
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Does `work` `count` times, `width` at once. @returns seconds for all. */
export async function inTurns(count: number, width: number, work: (index: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return (performance.now() - started) / 1000;
}
