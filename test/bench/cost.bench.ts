/**
 * What AWS would bill for a million tasks: `npm run bench:cost [-- --most N]`. Counted on the embedded cloud by its meter,
 * in workflows of ten tasks in sequence, on both runners, with agents that answer in the response, that push, and that must
 * be polled; then priced by the list in `orchestration/prices.ts`. The time of functions is that of this machine, and so is
 * their share of the sum; it is printed beside it.
 */
import { parseArgs } from "node:util";
import { inTurns } from "./measure.ts";
import { type Amounts, Bench } from "./orchestration/bench-cloud.ts";
import { PEERS, PRICES } from "./orchestration/prices.ts";
import { chain, type Runner } from "./orchestration/shapes.ts";

const { values: options } = parseArgs({ options: { most: { type: "string", default: "1000" } } });
const TASKS = 10;
/** Executions in all, and how many of them at once. */
const LOADS = [
  { runs: 20, atOnce: 1 },
  { runs: 200, atOnce: 32 },
  { runs: 1000, atOnce: 1000 },
].filter(({ atOnce }) => atOnce <= Number(options.most));
/** By what its agent does with a message, and the agent that has it: the last one pushes nothing. */
const AGENTS = {
  direct: { behaviour: "echo", agent: "agent-loopback" },
  push: { behaviour: "task", agent: "agent-loopback" },
  poll: { behaviour: "task", agent: "agent-polled" },
} as const;
type AgentKind = keyof typeof AGENTS;

/** Projections and statistics come up to this much later. */
const AFTERMATH_MS = 9000;

/** Its schedules run each minute, some each second one. */
const IDLE_MS = 120_000;

/** How often an execution is looked at, and how many looks tell what one costs. */
const LOOK_MS = 400;
const LOOKS = 100;

const nameOf = (kind: AgentKind): string => `bill-${kind}`;

function definitionOf(kind: AgentKind): object {
  const { behaviour, agent } = AGENTS[kind];
  const { workflow } = chain(TASKS);
  const agents = { worker: { type: "loopback", capabilities: ["echo"], agent_id: agent } };
  const tasks = workflow.tasks.map((task) => ({ ...task, input: { behaviour, delayMs: 20 } }));
  return { workflow: { ...workflow, name: nameOf(kind), agents, tasks } };
}

const difference = (after: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));

const isPrice = (name: string): name is keyof typeof PRICES => Object.hasOwn(PRICES, name);

interface Bill {
  readonly billed: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, number>>;
  readonly tasks: number;
}

interface Load {
  readonly kind: AgentKind;
  readonly runner: Runner;
  readonly runs: number;
  readonly atOnce: number;
}

/** What the cloud does by itself in `IDLE_MS`, and what looking at an execution once costs. */
interface Background {
  readonly idle: Amounts;
  readonly look: Amounts;
}

/** What so many runs were billed, without what the cloud does by itself meanwhile, and without our looking at them. */
async function billOf(bench: Bench, { idle, look }: Background, { kind, runner, runs, atOnce }: Load): Promise<Bill> {
  const begun = performance.now();
  let looks = 0;
  const used = await amountsOver(bench, async () => {
    await inTurns(runs, atOnce, async () => {
      const id = await bench.submit(nameOf(kind), runner);
      do {
        await sleep(LOOK_MS);
        looks += 1;
      } while ((await bench.statusOf(id)) !== "completed");
    });
    await sleep(AFTERMATH_MS);
  });
  const share = (performance.now() - begun) / IDLE_MS;
  const own = (what: keyof Amounts) => {
    const other = (name: string): number => (idle[what][name] ?? 0) * share + ((look[what][name] ?? 0) * looks) / LOOKS;
    return Object.fromEntries(Object.entries(used[what]).map(([name, value]) => [name, value - other(name)]));
  };
  return { billed: own("billed"), calls: own("calls"), tasks: runs * TASKS };
}

async function backgroundOf(bench: Bench): Promise<Background> {
  const idle = await amountsOver(bench, () => sleep(IDLE_MS));
  const id = await bench.submit(nameOf("direct"), "graph");
  await sleep(AFTERMATH_MS);
  const look = await amountsOver(bench, async () => {
    for (let at = 0; at < LOOKS; at += 1) await bench.statusOf(id);
  });
  return { idle, look };
}

async function amountsOver(bench: Bench, work: () => Promise<void>): Promise<Amounts> {
  const before = await bench.amounts();
  await work();
  const after = await bench.amounts();
  return { billed: difference(after.billed, before.billed), calls: difference(after.calls, before.calls) };
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const rounded = (value: number): number => Number(value.toFixed(2));

function row({ billed, calls, tasks }: Bill): object {
  const perTask = (name: string): number => rounded((billed[name] ?? 0) / tasks);
  const dollars = Object.entries(billed).map(([name, amount]) => [name, isPrice(name) ? (amount * PRICES[name] * 1e6) / tasks : 0] as const);
  const sum = dollars.reduce((total, [, each]) => total + each, 0);
  const database = Object.entries(calls).filter(([name]) => name.startsWith("DynamoDB_"));
  return {
    "DynamoDB calls": rounded(database.reduce((total, [, count]) => total + count, 0) / tasks),
    "write units": perTask("dynamodb_write_units"),
    "read units": perTask("dynamodb_read_units"),
    "SQS": perTask("sqs_requests"),
    "events": perTask("events"),
    "transitions": perTask("state_transitions"),
    "functions": perTask("lambda_requests"),
    "GB s": Number(((billed["lambda_gb_seconds"] ?? 0) / tasks).toFixed(4)),
    "API": rounded(((billed["api_requests"] ?? 0) + (billed["http_requests"] ?? 0)) / tasks),
    "$ per million": rounded(sum),
    "of it function time": rounded(dollars.find(([name]) => name === "lambda_gb_seconds")?.[1] ?? 0),
  };
}

const bench = await Bench.start({ A2A_METER: "1" });
try {
  const kinds: readonly AgentKind[] = ["direct", "push", "poll"];
  await bench.register("/blocking/", AGENTS.poll.agent);
  for (const kind of kinds) {
    await bench.deploy(definitionOf(kind));
    for (const runner of ["graph", "machine"] as const) await inTurns(6, 3, () => bench.run(nameOf(kind), runner));
  }
  const background = await backgroundOf(bench);
  const rows = new Map<string, object>();
  for (const runner of ["graph", "machine"] as const) {
    for (const kind of kinds) {
      for (const load of LOADS) {
        // Each of its tasks takes seconds.
        if (kind === "poll" && load.atOnce !== 32) continue;
        rows.set(`${runner}, ${kind}, ${load.atOnce} at once`, row(await billOf(bench, background, { kind, runner, ...load })));
      }
    }
  }
  console.table(Object.fromEntries(rows));
  console.table(PEERS.map(({ name, perMillion, how }) => ({ peer: name, "$ per million": rounded(perMillion), how })));
} finally {
  await bench.stop();
}
process.exit(0);
