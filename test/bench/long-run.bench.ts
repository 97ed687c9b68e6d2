/**
 * Workflows of 10 000 tasks run to their end, and what a task costs at their beginning and at their end: `npm run
 * bench:long -- [--tasks N]`. Then one of 2 000 tasks that is paused in the middle and resumed.
 *
 * Cost is CPU per task: of the cloud's process with its functions, queues and engine, and of its DynamoDB.
 */
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { lattice } from "./scale/shapes.ts";
import { type Head, type Runner, ScaleCloud } from "./scale/scale-cloud.ts";
import { costPerTask, sampled } from "./scale/task-cost.ts";

const { values: options } = parseArgs({ options: { tasks: { type: "string", default: "10000" } } });
const TASKS = Number(options.tasks);
const PAUSED_TASKS = TASKS / 5;
const WIDTH = 20;
const PARTS = 10;
/** Long enough for dispatchers to hear of a pause, and for agents to finish what they have. */
const HEARD_MS = 3000;

interface Wish {
  readonly workflow: string;
  readonly runner: Runner;
  readonly input?: unknown;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The first tenth warms functions up and the last one ends the run, so the second is held against the last but one. */
async function timeRun(scale: ScaleCloud, run: string, { workflow, runner, input }: Wish) {
  const begun = performance.now();
  const { result: id, samples } = await sampled(scale, async () => {
    const submitted = await scale.submit(workflow, runner, input);
    await scale.finished(submitted);
    return submitted;
  });
  const { status } = await scale.head(id);
  const rows = (await scale.tasks(id)).filter(({ attempt }) => attempt > 0);
  const costs = costPerTask(rows, samples, PARTS);
  const [first, last] = [mean(costs.slice(1, 3)), mean(costs.slice(-3, -1))];
  return {
    run,
    status,
    tasks: rows.length,
    "done once": doneOnce(scale, id),
    seconds: rounded((performance.now() - begun) / 1000),
    "CPU ms/task, early": rounded(first),
    "CPU ms/task, late": rounded(last),
    "late ÷ early": rounded(last / first),
    "by tenths": costs.map((cost) => cost.toFixed(1)).join(" "),
    "memory MB": scale.memoryMb(),
  };
}

/** Tasks that agents were asked for exactly once. */
const doneOnce = (scale: ScaleCloud, id: string): number =>
  [...scale.effects()].filter(([name, count]) => name.startsWith(`${id} `) && count === 1).length;

/** Pauses a run once half of it is done, and resumes it. */
async function pauseHalfway(scale: ScaleCloud, { workflow, runner }: Wish) {
  const id = await scale.submit(workflow, runner);
  const done = (): number => [...scale.effects().keys()].filter((name) => name.startsWith(`${id} `)).length;
  while (done() < PAUSED_TASKS / 2) await sleep(100);
  const paused = performance.now();
  await scale.call("POST", `/api/v1/executions/${id}/control`, { action: "pause", reason: "the bench says so" });
  const pauseMs = performance.now() - paused;
  await sleep(HEARD_MS);
  const atRest = done();
  await sleep(HEARD_MS);
  const startedWhilePaused = done() - atRest;
  await scale.call("POST", `/api/v1/executions/${id}/control`, { action: "resume", reason: "the bench says so" });
  const { status }: Head = await scale.finished(id);
  const reruns = (await scale.tasks(id)).filter(({ attempt }) => attempt > 1).length;
  return { runner, status, tasks: PAUSED_TASKS, "done before the pause": atRest, startedWhilePaused, "done once": doneOnce(scale, id), reruns, "pause took ms": Math.round(pauseMs) };
}

const scale = await ScaleCloud.start();
try {
  await scale.deploy("lattice", lattice(TASKS / WIDTH, WIDTH));
  await scale.deploy("list", [{ id: "each", for_each: { items: "input.items", max_concurrency: 200 }, input_from: { n: "item" } }]);
  const items = Array.from({ length: TASKS }, (_, index) => index);
  const runs = [
    await timeRun(scale, `rows of ${WIDTH}, graph runner`, { workflow: "lattice", runner: "graph" }),
    await timeRun(scale, `rows of ${WIDTH}, own machine`, { workflow: "lattice", runner: "machine" }),
    await timeRun(scale, "for_each, graph runner", { workflow: "list", runner: "graph", input: { items } }),
  ];
  console.table(runs);
  await scale.deploy("paused", lattice(PAUSED_TASKS / WIDTH, WIDTH));
  const pauses = [await pauseHalfway(scale, { workflow: "paused", runner: "graph" }), await pauseHalfway(scale, { workflow: "paused", runner: "machine" })];
  console.table(pauses);
  const isWhole = runs.every((run) => run["done once"] === TASKS) && pauses.every((run) => run["done once"] === PAUSED_TASKS && run.reruns === 0);
  process.exitCode = isWhole ? 0 : 1;
} finally {
  await scale.stop();
}
