import type { Output, Paint } from "../../cli/view/paint.ts";

/** Tells what happens while starting, with the time each step took. */
export interface Steps {
  readonly say: (...lines: readonly string[]) => void;
  /** Runs a step and says how it went; `summary` tells what came of it. */
  readonly run: <Result>(
    name: string,
    step: () => Promise<Result>,
    summary: (result: Result) => string,
  ) => Promise<Result>;
  /** Seconds since this was made. */
  readonly elapsed: () => string;
}

const NAME_WIDTH = 16;

/** @param now in milliseconds, monotonic. */
export function createSteps(output: Output, paint: Paint, now: () => number = () => performance.now()): Steps {
  const begun = now();
  const say = (...lines: readonly string[]): void => {
    for (const line of lines) output.write(`${line}\n`);
  };
  const since = (start: number): string => `${((now() - start) / 1000).toFixed(1)} s`;
  return {
    say,
    elapsed: () => since(begun),
    run: async (name, step, summary) => {
      const start = now();
      const result = await step();
      say(`  ${paint("green", "✓")} ${name.padEnd(NAME_WIDTH)} ${summary(result)} ${paint("dim", since(start))}`);
      return result;
    },
  };
}
