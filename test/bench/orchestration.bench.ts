/** Times whole workflows on the embedded cloud: `npm run bench`. With `--peers`, Restate runs in between (bench:peers). */
import { parseArgs } from "node:util";
import type { ShapeTimes } from "./measure.ts";
import { Bench } from "./orchestration/bench-cloud.ts";
import { benchParked, benchShapes, deployShapes } from "./orchestration/shapes.ts";
import { timeRestate } from "./peers/restate.ts";

const { values: options } = parseArgs({
  options: { peers: { type: "boolean", default: false }, rounds: { type: "string", default: "15" } },
});
const rounds = Number(options.rounds);
const PARKED = 1000;

const rounded = (value: number | undefined): number | undefined => (value === undefined ? undefined : Number(value.toFixed(2)));

function table(times: { graph: ShapeTimes; machine: ShapeTimes; restate: ShapeTimes | undefined }): object[] {
  const row = (bench: string, key: keyof ShapeTimes, target: string): object => ({
    bench,
    target,
    "graph runner": rounded(times.graph[key]),
    "generated machine": rounded(times.machine[key]),
    ...(times.restate === undefined
      ? {}
      : { restate: rounded(times.restate[key]), "graph ÷ restate": rounded(times.graph[key] / times.restate[key]) }),
  });
  return [
    row("10 sequential tasks, ms per task", "perStepMs", "< 3.5"),
    row("10 sequential tasks, ms in all", "tenStepsMs", ""),
    row("fan-out 50 + join, ms", "fanOutMs", "< 50"),
    row("200 workflows × 10 tasks, 32 at a time, workflows/s", "workflowsPerSecond", "> 70"),
  ];
}

/** Memory is taken on a cloud that has done nothing else. */
async function parkedMemory(): Promise<number> {
  const bench = await Bench.start();
  try {
    return await benchParked(bench, PARKED);
  } finally {
    await bench.stop();
  }
}

const bench = await Bench.start();
try {
  await deployShapes(bench);
  const graph = await benchShapes(bench, "graph", rounds);
  const machine = await benchShapes(bench, "machine", rounds);
  const restate = options.peers ? await timeRestate(rounds) : undefined;
  console.table(table({ graph, machine, restate }));
} finally {
  await bench.stop();
}
const memory = await parkedMemory();
console.table([{ bench: `memory with ${PARKED} executions parked, MB`, target: "< 400", measured: Math.round(memory) }]);
process.exit(0);
