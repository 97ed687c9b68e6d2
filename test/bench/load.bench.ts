/**
 * 1 000 workflows of ten tasks at once on the embedded cloud: `npm run bench:load -- [--count N] [--rounds N]`.
 *
 * First with agents that answer at once, for throughput; then rounds with agents that take 10 to 20 s, as agents do, for
 * what the coordination adds and for memory. Half of the runs go over the graph runner, half over their own machine.
 */
import { parseArgs } from "node:util";
import { layers } from "./scale/shapes.ts";
import { quantile, ScaleCloud } from "./scale/scale-cloud.ts";

const { values: options } = parseArgs({ options: { count: { type: "string", default: "1000" }, rounds: { type: "string", default: "3" } } });
const COUNT = Number(options.count);
const ROUNDS = Number(options.rounds);
const TASKS = 10;
const NEEDS = new Map(layers().map(({ id, depends_on: needs }) => [id, needs]));

/** 10 to 20 s, and a push at the end. */
const unhurried = (index: number): object => ({ behaviour: "task", delayMs: 10_000 + ((index * 3700) % 10_000) });

interface Round {
  readonly round: string;
  readonly completed: number;
  readonly "most at once": number;
  readonly lost: number;
  readonly duplicated: number;
  readonly "workflows/s": number;
  readonly "tasks/s": number;
  readonly "CPU ms/task": number;
  readonly "p50 ms": number;
  readonly "p95 ms": number;
  readonly "p99 ms": number;
  readonly "memory MB": number;
}

async function runRound(scale: ScaleCloud, round: string, workflow: string): Promise<Round> {
  const [begun, cpu] = [performance.now(), scale.cpuSeconds()];
  const ids = await scale.submitMany(workflow, COUNT);
  const ended = await scale.allFinished(workflow);
  const seconds = (performance.now() - begun) / 1000;
  const cpuMs = ((scale.cpuSeconds() - cpu) * 1000) / (COUNT * TASKS);
  const effects = [...scale.effects()].filter(([name]) => ended.some(({ execution_id: id }) => name.startsWith(id)));
  const gaps = (await Promise.all(ids.map((id) => startGaps(scale, id)))).flat();
  return {
    round,
    completed: ended.filter(({ status }) => status === "completed").length,
    "most at once": mostAtOnce(ended.map(({ execution_metadata: times }) => [times.submitted_at, times.completed_at ?? ""] as const)),
    lost: COUNT * TASKS - effects.length,
    duplicated: effects.filter(([, count]) => count > 1).length,
    "workflows/s": Math.round((COUNT / seconds) * 10) / 10,
    "tasks/s": Math.round((COUNT * TASKS) / seconds),
    "CPU ms/task": Math.round(cpuMs * 100) / 100,
    "p50 ms": quantile(gaps, 0.5),
    "p95 ms": quantile(gaps, 0.95),
    "p99 ms": quantile(gaps, 0.99),
    "memory MB": scale.memoryMb(),
  };
}

/** Milliseconds from the moment a task's last input was settled to its dispatch, for all tasks with inputs. */
async function startGaps(scale: ScaleCloud, id: string): Promise<number[]> {
  const rows = new Map((await scale.tasks(id)).map((row) => [row.task_id, row]));
  return [...NEEDS].flatMap(([task, needs]) => {
    if (needs.length === 0) return [];
    const ready = Math.max(...needs.map((need) => Date.parse(rows.get(need)?.settled_at ?? "")));
    return [Date.parse(rows.get(task)?.dispatched_at ?? "") - ready];
  });
}

function mostAtOnce(spans: readonly (readonly [string, string])[]): number {
  const moves = spans.flatMap(([from, to]) => [{ at: from, by: 1 }, { at: to, by: -1 }]).sort((a, b) => (a.at < b.at ? -1 : 1));
  let [now, most] = [0, 0];
  for (const { by } of moves) most = Math.max(most, (now += by));
  return most;
}

const scale = await ScaleCloud.start();
try {
  const rounds: Round[] = [];
  await scale.deploy("instant", layers());
  await scale.submitMany("instant", 50);
  await scale.deploy("saturated", layers());
  rounds.push(await runRound(scale, "agents answer at once", "saturated"));
  for (let number = 1; number <= ROUNDS; number += 1) {
    const name = `paced-${number}`;
    await scale.deploy(name, layers(unhurried));
    rounds.push(await runRound(scale, `agents take 10 to 20 s, ${number}`, name));
    console.table(rounds);
  }
  process.exitCode = rounds.every(({ completed, lost, duplicated }) => completed === COUNT && lost + duplicated === 0) ? 0 : 1;
} finally {
  await scale.stop();
}
