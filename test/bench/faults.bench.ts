/**
 * 1 000 workflows of ten tasks with ten agents, of which one is dead and the others fail one call in ten: `npm run
 * bench:faults -- [--count N] [--seed N]`. How many complete?
 */
import { parseArgs } from "node:util";
import { layers } from "./scale/shapes.ts";
import { ScaleCloud } from "./scale/scale-cloud.ts";

const { values: options } = parseArgs({ options: { count: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } } });
const COUNT = Number(options.count);
const SEED = Number(options.seed);
const TASKS = 10;
const AGENTS = 10;
const TARGET = 0.999;

/** Failures of all sorts that another try can mend; the last breaks the connection after the message was taken. */
const FAULTS = ["fail", "error", "server-error", "close"];
const input = { behaviour: "flaky", rate: 0.1, seed: SEED, faults: FAULTS, delayMs: 100 };
const retries = { max_attempts: 6, initial_delay_seconds: 0.5, max_delay_seconds: 10 };

const scale = await ScaleCloud.start(AGENTS);
try {
  scale.agents[0]?.stop();
  await scale.deploy("faulty", layers(() => input).map((task) => ({ ...task, retry_policy: retries })));
  const begun = performance.now();
  await scale.submitMany("faulty", COUNT);
  const ended = await scale.allFinished("faulty");
  const seconds = (performance.now() - begun) / 1000;
  const rows = (await Promise.all(ended.map(({ execution_id: id }) => scale.tasks(id)))).flat();
  const messages = Map.groupBy(scale.agents.flatMap((agent) => agent.effects()), ({ messageId }) => messageId);
  const completed = ended.filter(({ status }) => status === "completed").length;
  const outcome = {
    executions: COUNT,
    completed,
    "completed %": (100 * completed) / COUNT,
    tasks: rows.length,
    attempts: rows.reduce((sum, { attempt }) => sum + attempt, 0),
    "most attempts": Math.max(...rows.map(({ attempt }) => attempt)),
    "messages taken": messages.size,
    "done twice": [...messages.values()].filter(({ length }) => length > 1).length,
    "workflows/s": Math.round((COUNT / seconds) * 10) / 10,
  };
  console.table([outcome]);
  const isWhole = ended.length === COUNT && rows.length <= COUNT * TASKS && outcome["done twice"] === 0;
  process.exitCode = isWhole && completed >= COUNT * TARGET ? 0 : 1;
} finally {
  await scale.stop();
}
