/**
 * Kills the whole embedded cloud with 1 000 executions in flight and starts it again at once: `npm run bench:recovery --
 * [--count N] [--kills N]`. How long until an agent gets the next new task, and is everything done once in the end?
 */
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { layers } from "./scale/shapes.ts";
import { ScaleCloud } from "./scale/scale-cloud.ts";

const { values: options } = parseArgs({ options: { count: { type: "string", default: "1000" }, kills: { type: "string", default: "3" } } });
const COUNT = Number(options.count);
const KILLS = Number(options.kills);
const TASKS = 10;
const TARGET_MS = 5000;
const LOOK_MS = 20;
/** Between a recovery and the next kill. */
const CALM_MS = 8000;

/** Agents take 30 to 60 s, so that nearly all executions are in their hands at any moment, and two cores can keep up. */
const unhurried = (index: number): object => ({ behaviour: "task", delayMs: 30_000 + ((index * 11_100) % 30_000) });

interface Recovery {
  readonly kill: number;
  readonly "tasks begun before": number;
  readonly "API answers, ms": number;
  readonly "first new dispatch, ms": number;
}

async function killOnce(scale: ScaleCloud, kill: number): Promise<Recovery> {
  const before = scale.effects().size;
  const bytes = (): number => scale.agents.reduce((sum, { effectBytes }) => sum + effectBytes, 0);
  const begun = performance.now();
  const since = (): number => Math.round(performance.now() - begun);
  await scale.cloud.kill();
  const atKill = bytes();
  scale.launch();
  const ready = scale.cloud.ready().then(since);
  while (bytes() === atKill) await sleep(LOOK_MS);
  const dispatched = since();
  return { kill, "tasks begun before": before, "API answers, ms": await ready, "first new dispatch, ms": dispatched };
}

const scale = await ScaleCloud.start();
try {
  await scale.deploy("in-flight", layers(unhurried));
  await scale.submitMany("in-flight", COUNT);
  const recoveries: Recovery[] = [];
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await sleep(CALM_MS);
    recoveries.push(await killOnce(scale, kill));
  }
  console.table(recoveries);
  const ended = await scale.allFinished("in-flight");
  const counts = [...scale.effects().values()];
  const completed = ended.filter(({ status }) => status === "completed").length;
  const outcome = { executions: COUNT, completed, lost: COUNT * TASKS - counts.length, "done twice": counts.filter((count) => count > 1).length };
  console.table([outcome]);
  const isFast = recoveries.every((recovery) => recovery["first new dispatch, ms"] < TARGET_MS);
  process.exitCode = isFast && completed === COUNT && outcome.lost + outcome["done twice"] === 0 ? 0 : 1;
} finally {
  await scale.stop();
}
