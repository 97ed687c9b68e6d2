/**
 * Streams of one long run whose readers are cut off again and again: `npm run bench:streams -- [--lists N] [--cuts N]`.
 *
 * A reader of the execution's events says each time what it had last; what it heard in all must be the log, each event
 * once. A reader over A2A subscribes again, which begins with the task as it is; what it heard in all must be the
 * artifacts of the task, on one connection none twice. Exits with 1 if one of that is not so.
 */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import * as z from "zod";
import { readEvents, type ServerEvent } from "../../infra/cli/client/event-stream.ts";
import { Bench } from "./orchestration/bench-cloud.ts";

const { values: options } = parseArgs({
  options: { lists: { type: "string", default: "100" }, cuts: { type: "string", default: "50" } },
});
const LISTS = Number(options.lists);
const CUTS = Number(options.cuts);
/** Items of each list; each of them tells two events. */
const ITEMS = 50;
/** Lists under way at once. The end of each makes an artifact, so that these come all along the run. */
const AT_ONCE = 2;
/** What an agent answers does not grow with what it is told: a list's answers go to those after it. */
const WORK = { behaviour: "big", bytes: 10 };
const SILENCE_MS = 120_000;

const lists = Array.from({ length: LISTS }, (_, index) => [
  {
    id: `each-${index}`,
    agent: "worker",
    for_each: { items: "input.numbers", max_concurrency: 10 },
    input: WORK,
    ...(index < AT_ONCE ? {} : { depends_on: [`each-${index - AT_ONCE}`] }),
  },
  { id: `made-${index}`, agent: "worker", input: WORK, depends_on: [`each-${index}`] },
]).flat();
const workflow = {
  name: "long",
  version: "1.0",
  agents: { worker: { type: "worker", capabilities: ["echo"] } },
  tasks: lists,
};

const bench = await Bench.start({ STREAMS_PER_SUBJECT: "100" });

const Artifact = z.object({ artifactId: z.string() });
const Task = z.object({ id: z.string(), status: z.object({ state: z.string() }), artifacts: z.array(Artifact) });
const Told = z.object({
  result: z.object({
    task: Task.optional(),
    artifactUpdate: z.object({ artifact: Artifact }).optional(),
    statusUpdate: Task.pick({ status: true }).optional(),
  }),
});
const Log = z.object({ events: z.array(z.object({ event_id: z.string() })), next_cursor: z.string().nullish() });

const rpc = (method: string, params: object, signal?: AbortSignal): Promise<Response> =>
  bench.request("/a2a", {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    ...(signal === undefined ? {} : { signal }),
  });

async function send(): Promise<string> {
  const parts = [{ data: { numbers: Array.from({ length: ITEMS }, (_, index) => index) } }];
  const message = { messageId: randomUUID(), role: "ROLE_USER", parts, metadata: { skill: workflow.name } };
  const reply = await rpc("SendMessage", { message, configuration: { returnImmediately: true } });
  return z.object({ result: z.object({ task: z.object({ id: z.string() }) }) }).parse(await reply.json()).result.task.id;
}

/** Reads so many events, and then hangs up. @returns whether the stream had ended before. */
async function listen(
  open: (signal: AbortSignal) => Promise<Response>,
  most: number,
  hear: (event: ServerEvent) => void,
): Promise<boolean> {
  const cut = new AbortController();
  const reply = await open(cut.signal);
  if (reply.headers.get("content-type") !== "text/event-stream" || reply.body === null) return true;
  let heard = 0;
  for await (const event of readEvents(reply.body, SILENCE_MS)) {
    hear(event);
    heard += 1;
    if (heard >= most) break;
  }
  cut.abort();
  return heard < most;
}

async function followLog(id: string) {
  const heard: string[] = [];
  let cuts = 0;
  let gaps = 0;
  let last: string | undefined;
  const ends: string[] = [];
  const open = (signal: AbortSignal): Promise<Response> =>
    bench.request(`/api/v1/executions/${id}/stream?view=events`, {
      headers: last === undefined ? {} : { "last-event-id": last },
      signal,
    });
  while (ends.length === 0) {
    const most = cuts < CUTS ? 1 + ((cuts * 61) % 307) : Infinity;
    await listen(open, most, (event) => {
      last = event.id ?? last;
      if (event.event === "end") ends.push(event.data);
      else if (event.event === "gap") gaps += 1;
      else heard.push(z.object({ event_id: z.string() }).parse(JSON.parse(event.data)).event_id);
    });
    if (ends.length === 0) cuts += 1;
  }
  return { heard, cuts, gaps };
}

async function followTask(id: string) {
  const known = new Set<string>();
  let [cuts, doubled, state] = [0, 0, ""];
  for (;;) {
    const here = new Set<string>();
    const hear = ({ data }: ServerEvent): void => {
      const { task, artifactUpdate, statusUpdate } = Told.parse(JSON.parse(data)).result;
      state = (statusUpdate ?? task)?.status.state ?? state;
      const made = [...(task?.artifacts ?? []), ...(artifactUpdate === undefined ? [] : [artifactUpdate.artifact])];
      for (const { artifactId } of made) {
        if (here.has(artifactId)) doubled += 1;
        here.add(artifactId);
        known.add(artifactId);
      }
    };
    const most = cuts < CUTS ? 1 + (cuts % 3) : Infinity;
    if (await listen((signal) => rpc("SubscribeToTask", { id }, signal), most, hear)) break;
    cuts += 1;
  }
  const reply = await rpc("GetTask", { id });
  const task = z.object({ result: Task }).parse(await reply.json()).result;
  return { known, cuts, doubled, state, task };
}

async function readLog(id: string): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null | undefined;
  do {
    const query = cursor === undefined || cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = Log.parse(await (await bench.request(`/api/v1/executions/${id}/events?limit=1000${query}`, { headers: {} })).json());
    found.push(...page.events.map(({ event_id: event }) => event));
    cursor = page.next_cursor;
  } while (cursor !== undefined && cursor !== null);
  return found;
}

const row = (what: string, target: string, measured: string, isHeld = true) => ({ bench: what, target, measured, held: isHeld });

try {
  await bench.deploy({ workflow });
  const begun = performance.now();
  const id = await send();
  const [events, a2a] = await Promise.all([followLog(id), followTask(id)]);
  const seconds = (performance.now() - begun) / 1000;
  const log = await readLog(id);
  const isSame = JSON.stringify(events.heard) === JSON.stringify(log);
  const ids = a2a.task.artifacts.map(({ artifactId }) => artifactId);
  const rows = [
    row("events in the log", `≥ ${2 * LISTS * ITEMS}`, String(log.length), log.length >= 2 * LISTS * ITEMS),
    row("seconds from the message to both ends", "", seconds.toFixed(1)),
    row("SSE: connections cut", String(CUTS), String(events.cuts), events.cuts === CUTS),
    row("SSE: events heard, in their sequence, each once", "the log", `${events.heard.length}, gaps ${events.gaps}`, isSame && events.gaps === 0),
    row("A2A: connections cut", String(CUTS), String(a2a.cuts), a2a.cuts === CUTS),
    row("A2A: artifacts heard", "those of the task", `${a2a.known.size} of ${ids.length}`, ids.every((one) => a2a.known.has(one)) && ids.length === a2a.known.size),
    row("A2A: told twice on one connection", "0", String(a2a.doubled), a2a.doubled === 0),
    row("A2A: last state heard", "completed", a2a.state, a2a.state === "TASK_STATE_COMPLETED"),
  ];
  console.table(rows);
  process.exitCode = rows.every(({ held }) => held) ? 0 : 1;
} finally {
  await bench.stop();
}
process.exit();
