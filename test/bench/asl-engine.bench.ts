/**
 * Throughput of the Step Functions engine: `node test/bench/asl-engine.bench.ts`.
 *
 * Real clock, SQLite file, history on. Tasks are answered at once, so the figures are the engine's own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../infra/local/stepfunctions/clock.ts";
import { createEngine, type Engine } from "../../infra/local/stepfunctions/engine.ts";

const ROLE = "arn:aws:iam::123456789012:role/states";
const LAMBDA = "arn:aws:lambda:eu-central-1:123456789012:function:work";
const ROUNDS = 5;

interface Bench {
  readonly engine: Engine;
  /** Resolves after this many more executions ended. */
  readonly ended: (count: number) => Promise<void>;
}

async function withBench<Result>(databasePath: string, work: (bench: Bench) => Promise<Result>): Promise<Result> {
  let awaited = { left: 0, resolve: (): void => {} };
  const engine = await createEngine({
    databasePath,
    region: "eu-central-1",
    accountId: "123456789012",
    clock: systemClock,
    random: Math.random,
    integrations: {
      sendMessage: async ({ body }) => {
        if (body.startsWith("park")) return { MessageId: "m" };
        const token: unknown = JSON.parse(body).token;
        setImmediate(() => void engine.call("SendTaskSuccess", { taskToken: String(token), output: '{"ok":true}' }));
        return { MessageId: "m" };
      },
      invoke: async (_, payload) => ({ payload }),
      putEvents: async () => ({ FailedEntryCount: 0 }),
    },
    onStatusChange: ({ detail }) => {
      if (detail.status !== "RUNNING" && --awaited.left === 0) awaited.resolve();
    },
  });
  const ended = (count: number): Promise<void> =>
    new Promise((resolve) => {
      awaited = { left: count, resolve };
    });
  try {
    return await work({ engine, ended });
  } finally {
    engine.close();
  }
}

const chain = (length: number, state: object) => ({
  StartAt: "S0",
  States: Object.fromEntries(
    Array.from({ length }, (_, index) => [
      `S${index}`,
      { ...state, ...(index === length - 1 ? { End: true } : { Next: `S${index + 1}` }) },
    ]),
  ),
});

const tokenTask = {
  Type: "Task",
  Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
  Parameters: { QueueUrl: "http://sqs.test/queue", MessageBody: { "token.$": "$$.Task.Token", "id.$": "$.id" } },
  ResultPath: null,
  TimeoutSeconds: 3_600,
};
const invokeTask = { Type: "Task", Resource: LAMBDA, ResultPath: null };

function levels(count: number, width: number): object {
  const states = Array.from({ length: count }, (_, level) => [
    `L${level}`,
    {
      Type: "Parallel",
      ResultPath: null,
      Branches: Array.from({ length: width }, (_, index) => ({
        StartAt: `T${level}-${index}`,
        States: { [`T${level}-${index}`]: { ...tokenTask, End: true } },
      })),
      ...(level === count - 1 ? { End: true } : { Next: `L${level + 1}` }),
    },
  ]);
  return { StartAt: "L0", States: Object.fromEntries(states) };
}

/** Milliseconds to run `count` executions of a definition, started together. */
async function time(databasePath: string, definition: object, count: number): Promise<number> {
  return await withBench(databasePath, async ({ engine, ended }) => {
    const { stateMachineArn } = await engine.call("CreateStateMachine", {
      name: "bench",
      definition: JSON.stringify(definition),
      roleArn: ROLE,
    });
    const done = ended(count);
    const from = performance.now();
    for (let id = 0; id < count; id++) void engine.call("StartExecution", { stateMachineArn, input: JSON.stringify({ id }) });
    await done;
    return performance.now() - from;
  });
}

/** Bytes of heap each parked execution costs. */
async function parkedBytes(databasePath: string, count: number): Promise<number> {
  return await withBench(databasePath, async ({ engine }) => {
    const parked = { ...tokenTask, Parameters: { ...tokenTask.Parameters, MessageBody: "park" } };
    const { stateMachineArn } = await engine.call("CreateStateMachine", {
      name: "bench",
      definition: JSON.stringify(chain(1, parked)),
      roleArn: ROLE,
    });
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let id = 0; id < count; id++) await engine.call("StartExecution", { stateMachineArn, input: JSON.stringify({ id }) });
    globalThis.gc?.();
    return (process.memoryUsage().heapUsed - before) / count;
  });
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function measure(run: (databasePath: string) => Promise<number>): Promise<{ median: number; spread: string }> {
  const values: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const folder = mkdtempSync(join(tmpdir(), "asl-engine-"));
    values.push(await run(join(folder, "states.db")));
    rmSync(folder, { recursive: true });
  }
  return { median: median(values), spread: `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}` };
}

async function main(): Promise<void> {
  const rate = (count: number, definition: object) => async (databasePath: string) =>
    (count / (await time(databasePath, definition, count))) * 1_000;
  const rows: Record<string, Awaited<ReturnType<typeof measure>> & { target: string }> = {};
  const add = async (name: string, target: string, run: (databasePath: string) => Promise<number>): Promise<void> => {
    rows[name] = { ...(await measure(run)), target };
  };
  await add("executions/s, 5 token tasks each", "≥ 700", rate(1_000, chain(5, tokenTask)));
  await add("executions/s, 5 function tasks each", "≥ 700", rate(1_000, chain(5, invokeTask)));
  const transitions = rate(200, chain(100, { Type: "Pass" }));
  await add("Pass transitions/s", "≥ 5 000", async (databasePath) => 100 * (await transitions(databasePath)));
  await add("ms, 1 000 tasks in 10 Parallel levels", "< 500", (databasePath) => time(databasePath, levels(10, 100), 1));
  await add("heap bytes per parked execution", "≤ 2 048", (databasePath) => parkedBytes(databasePath, 5_000));
  console.table(rows);
}

await main();
