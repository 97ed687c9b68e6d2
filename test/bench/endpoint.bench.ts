/**
 * Our own A2A endpoint as its callers see it, over HTTP: how soon a message is seen to work, what becomes of the same
 * message sent many times at once, how many streams are held open at once and what they take: `npm run bench:endpoint`.
 */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import * as z from "zod";
import { readEvents } from "../../infra/cli/client/event-stream.ts";
import { inTurns, median } from "./measure.ts";
import { Bench } from "./orchestration/bench-cloud.ts";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "100" }, streams: { type: "string", default: "1000" } },
});
const rounds = Number(options.rounds);
const streams = Number(options.streams);
const SAME = 20;
const AT_ONCE = 32;

const Task = z.object({ id: z.string(), status: z.object({ state: z.string() }) });
const Sent = z.object({ result: z.object({ task: Task }) });
const Told = z.object({
  result: z.object({ task: Task.optional(), statusUpdate: Task.pick({ status: true }).optional() }),
});

const workflow = (name: string, input: object, runner: "machine" | "graph" = "machine") => ({
  workflow: {
    name,
    version: "1.0",
    runner,
    agents: { worker: { type: "worker", capabilities: ["echo"] } },
    tasks: [{ id: "t", agent: "worker", input }],
  },
});

const bench = await Bench.start({ STREAMS_PER_SUBJECT: String(streams + 1), STREAMS_PER_TENANT: String(streams + 1) });

const call = (method: string, params: object, signal?: AbortSignal): Promise<Response> =>
  bench.request("/a2a", {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    ...(signal === undefined ? {} : { signal }),
  });

const messageTo = (skill: string, messageId: string = randomUUID()) => ({
  message: { messageId, role: "ROLE_USER", parts: [{ data: {} }], metadata: { skill } },
});

const SILENCE_MS = 60_000;
const eventsOf = ({ body }: Response) => readEvents(body ?? new ReadableStream(), SILENCE_MS);

const stateIn = (data: string): string | undefined => {
  const { task, statusUpdate } = Told.parse(JSON.parse(data)).result;
  return (statusUpdate ?? task)?.status.state;
};

/** Milliseconds from sending a message until its stream says that the task works. */
async function sendUntilWorking(skill: string): Promise<number> {
  const leave = new AbortController();
  const sent = performance.now();
  const reply = await call("SendStreamingMessage", messageTo(skill), leave.signal);
  for await (const { data } of eventsOf(reply)) if (stateIn(data) === "TASK_STATE_WORKING") break;
  const heard = performance.now();
  leave.abort();
  return heard - sent;
}

async function send(skill: string, messageId?: string): Promise<string> {
  const params = { ...messageTo(skill, messageId), configuration: { returnImmediately: true } };
  return Sent.parse(await (await call("SendMessage", params)).json()).result.task.id;
}

/** Follows a task to its end. @returns its last state, or the status of the refusal. */
async function follow(id: string, onOpen: () => void): Promise<string> {
  const reply = await call("SubscribeToTask", { id });
  if (reply.headers.get("content-type") !== "text/event-stream") return String(reply.status);
  let last = "";
  for await (const { data } of eventsOf(reply)) {
    if (last === "") onOpen();
    last = stateIn(data) ?? last;
  }
  return last;
}

async function holdStreams() {
  const id = await send("endless");
  const before = bench.memoryMb();
  let opened = 0;
  const ends: Promise<string>[] = [];
  const seconds = await inTurns(streams, AT_ONCE, async () => {
    await new Promise<void>((resolve) => {
      const isOpen = (): void => {
        opened += 1;
        resolve();
      };
      ends.push(follow(id, isOpen).finally(resolve));
    });
  });
  const held = bench.memoryMb();
  await bench.settle();
  const cancelled = performance.now();
  await call("CancelTask", { id });
  const heard = (await Promise.all(ends)).filter((state) => state === "TASK_STATE_CANCELED").length;
  return { opened, seconds, before, held, heard, secondsToEnd: (performance.now() - cancelled) / 1000 };
}

try {
  await bench.deploy(workflow("slow", { behaviour: "slow", delayMs: 500 }));
  await bench.deploy(workflow("endless", { behaviour: "never-ends" }));
  await bench.deploy(workflow("slow-graph", { behaviour: "slow", delayMs: 500 }, "graph"));
  const runners = { "its own machine": "slow", "its graph": "slow-graph" };
  const times = new Map<string, number[]>(Object.keys(runners).map((name) => [name, []]));
  for (const skill of Object.values(runners)) await inTurns(20, 4, () => sendUntilWorking(skill));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, skill] of Object.entries(runners)) times.get(name)?.push(await sendUntilWorking(skill));
  }
  const shown = [...times].flatMap(([name, measured]) => {
    const late = measured.toSorted((a, b) => a - b)[Math.floor(rounds * 0.95)] ?? Number.NaN;
    return [
      { bench: `send → seen working, ${name}, p50 ms`, target: "< 15", measured: median(measured).toFixed(1) },
      { bench: `send → seen working, ${name}, p95 ms`, target: "", measured: late.toFixed(1) },
    ];
  });
  const id = randomUUID();
  const same = new Set(await Promise.all(Array.from({ length: SAME }, () => send("slow", id))));
  const { opened, seconds, before, held, heard, secondsToEnd } = await holdStreams();
  console.table([
    ...shown,
    { bench: `the same message ${SAME} times at once: executions`, target: "1", measured: String(same.size) },
    { bench: `${streams} streams of one task: held at once`, target: String(streams), measured: String(opened) },
    { bench: "… opened within, s", target: "", measured: seconds.toFixed(1) },
    { bench: "… heard its end", target: String(streams), measured: String(heard) },
    { bench: "… all within, s", target: "", measured: secondsToEnd.toFixed(1) },
    {
      bench: "… memory of the cloud before → with them, MB",
      target: "",
      measured: `${before.toFixed(0)} → ${held.toFixed(0)}`,
    },
  ]);
} finally {
  await bench.stop();
}
process.exit(0);
