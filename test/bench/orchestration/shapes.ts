import { inTurns, median, type ShapeTimes } from "../measure.ts";
import type { Bench } from "./bench-cloud.ts";

const agents = { worker: { type: "loopback", capabilities: ["echo"] } };

/** `count` tasks, each waiting for the one before. */
export const chain = (count: number) => ({
  workflow: {
    name: `chain-${count}`,
    version: "1.0",
    agents,
    tasks: Array.from({ length: count }, (_, index) => ({
      id: `t${index}`,
      agent: "worker",
      depends_on: index === 0 ? [] : [`t${index - 1}`],
    })),
  },
});

/** One task, `width` side by side, and one that joins them. */
export const fan = (width: number) => ({
  workflow: {
    name: `fan-${width}`,
    version: "1.0",
    agents,
    tasks: [
      { id: "start", agent: "worker", depends_on: [] as string[] },
      ...Array.from({ length: width }, (_, index) => ({ id: `f${index}`, agent: "worker", depends_on: ["start"] })),
      { id: "join", agent: "worker", depends_on: Array.from({ length: width }, (_, index) => `f${index}`) },
    ],
  },
});

/** One task that its agent takes and never finishes. */
const endless = {
  workflow: {
    name: "endless",
    version: "1.0",
    agents,
    tasks: [{ id: "t0", agent: "worker", input: { behaviour: "never-ends" } }],
  },
};

/** Who carries the runs: a generated machine of each workflow, or the graph runner. */
export type Runner = "machine" | "graph";

/** Deploys the shapes and warms every function. */
export async function deployShapes(bench: Bench): Promise<void> {
  for (const definition of [chain(1), chain(11), chain(10), fan(50)]) await bench.deploy(definition);
  for (const runner of ["machine", "graph"] as const) {
    await inTurns(60, 8, () => bench.run("chain-10", runner));
    for (let warm = 0; warm < 5; warm += 1) await bench.run("fan-50", runner);
  }
}

/** The three shapes that Restate runs as well, timed by the server's own clock from submission to completion. */
export async function benchShapes(bench: Bench, runner: Runner, rounds: number): Promise<ShapeTimes> {
  const timesOf = async (name: string): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) times.push(await bench.run(name, runner));
    return median(times);
  };
  const one = await timesOf("chain-1");
  const eleven = await timesOf("chain-11");
  const tenStepsMs = await timesOf("chain-10");
  const fanOutMs = await timesOf("fan-50");
  const seconds = await inTurns(200, 32, () => bench.run("chain-10", runner));
  return { perStepMs: (eleven - one) / 10, tenStepsMs, fanOutMs, workflowsPerSecond: 200 / seconds };
}

/** Memory of the cloud's process, in MB, while `count` executions wait for their agent. */
export async function benchParked(bench: Bench, count: number): Promise<number> {
  await bench.deploy(endless);
  await inTurns(count, 16, () => bench.submit("endless", "graph"));
  await bench.settle();
  return bench.memoryMb();
}
