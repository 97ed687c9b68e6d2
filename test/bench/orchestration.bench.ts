/** Times whole workflows on the embedded cloud: `npm run bench`. With `--peers`, Restate runs in between (bench:peers). */
import { parseArgs } from "node:util";
import { Bench } from "./orchestration/bench-cloud.ts";
import { benchShapes } from "./orchestration/shapes.ts";
import { timeRestate } from "./peers/restate.ts";

const { values: options } = parseArgs({
  options: { peers: { type: "boolean", default: false }, rounds: { type: "string", default: "15" } },
});
const rounds = Number(options.rounds);

const bench = await Bench.start();
try {
  const ours = await benchShapes(bench, rounds);
  const peer = options.peers ? await timeRestate(rounds) : undefined;
  const row = (name: string, value: number, target: string, other: number | undefined) => ({
    bench: name,
    ours: Number(value.toFixed(2)),
    target,
    ...(other === undefined ? {} : { restate: Number(other.toFixed(2)), "ours ÷ restate": Number((value / other).toFixed(2)) }),
  });
  console.table([
    row("10 sequential tasks, ms per task", ours.perStepMs, "< 3.5", peer?.perStepMs),
    row("fan-out 50 + join, ms", ours.fanOutMs, "< 50", peer?.fanOutMs),
    row("200 workflows × 10 tasks, 32 at a time, workflows/s", ours.workflowsPerSecond, "> 70", peer?.workflowsPerSecond),
  ]);
} finally {
  await bench.stop();
}
