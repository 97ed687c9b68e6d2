/**
 * The optimiser of swarms, `npm run bench:swarm [-- --seeds N]`: how often it meets the target of five known functions in 30
 * dimensions, with 40 particles and 75 000 values at most, beside what is published of the standard of 2011 (SPSO) for these
 * settings; the same with restarts, which that has not; and values per second of CPU.
 */
import { parseArgs } from "node:util";
import { FUNCTIONS } from "../../shared/patterns/swarm/functions.ts";
import { optimise } from "../../shared/patterns/swarm/optimise.ts";

const { values: options } = parseArgs({ options: { seeds: { type: "string", default: "100" } } });
const SEEDS = Number(options.seeds);
const DIMENSIONS = 30;
const SEARCHES = [
  { name: "sphere", width: 100, target: 0.01, published: 100 },
  { name: "rastrigin", width: 5.12, target: 50, published: 96 },
  { name: "rosenbrock", width: 30, target: 100, published: 92 },
  { name: "ackley", width: 32, target: 0.01, published: undefined },
  { name: "griewank", width: 600, target: 0.05, published: 100 },
] as const;

function tried({ name, width, target }: (typeof SEARCHES)[number], restarts: boolean) {
  const space = { least: Array<number>(DIMENSIONS).fill(-width), most: Array<number>(DIMENSIONS).fill(width) };
  const begun = process.cpuUsage();
  const found = Array.from({ length: SEEDS }, (_, seed) =>
    optimise({ space, size: 40, seed: Math.imul(seed + 1, 0x9e3779b1) | 0, evaluations: 75_000, target, restarts }, FUNCTIONS[name]),
  );
  const { user, system } = process.cpuUsage(begun);
  const evaluations = found.reduce((sum, one) => sum + one.evaluations, 0);
  return {
    success: (100 * found.filter(({ stopped }) => stopped === "target").length) / SEEDS,
    evaluations: evaluations / SEEDS,
    perSecond: evaluations / ((user + system) / 1e6),
  };
}

console.table(
  SEARCHES.map((search) => {
    const alone = tried(search, false);
    const again = tried(search, true);
    return {
      function: search.name,
      "published, %": search.published ?? "–",
      "success, %": alone.success,
      "with restarts, %": again.success,
      "values asked for": Math.round(again.evaluations),
      "values per CPU second": Math.round(again.perSecond),
    };
  }),
);
