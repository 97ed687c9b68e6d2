import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { readEvents } from "../../infra/cli/client/event-stream.ts";
import { followEvents } from "../../infra/cli/client/follow-execution.ts";
import { ExecutionStreamData } from "../../shared/execution/views/stream.ts";
import { TaskPage } from "../../shared/execution/views/tasks.ts";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { gated, WorkflowClient } from "./support/workflow-client.ts";

const ITEMS = 60;
const CUTS = 50;

/** Streams that one subject may hold open. */
const PLACES = 16;

const cloud = new StartedCloud({ env: { STREAMS_PER_SUBJECT: String(PLACES) } });
const client = new WorkflowClient(cloud);
let agent: LoopbackAgent;

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["echo"] });
  expect(status, JSON.stringify(body)).toBe(201);
  const each = { items: "input.numbers", max_concurrency: 6 };
  await client.deploy("many", [{ id: "each", for_each: each, input: { behaviour: "slow", delayMs: 100 }, input_from: { n: "item" } }]);
});

afterAll(async () => {
  agent.stop();
  await cloud.dispose();
});

const start = (items = ITEMS): Promise<string> => client.submit("many", { numbers: Array.from({ length: items }, (_, index) => index) });

interface Piece {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

async function open(target: string, last?: string) {
  const { url, token } = cloud.connection();
  const headers = { authorization: `Bearer ${token}`, ...(last === undefined ? {} : { "last-event-id": last }) };
  const cut = new AbortController();
  return { reply: await fetch(`${url}${target}`, { headers, signal: cut.signal }), cut };
}

/** Opens a stream as soon as there is a place for it: a reader that went away is missed a moment later. */
const openInTurn = (target: string, last?: string) =>
  cloud.until(async () => {
    const opened = await open(target, last);
    return opened.reply.status === 429 ? undefined : opened;
  }, "a place for a stream");

/** Opens a stream and reads so many events of it; then the connection is cut. */
async function listen(target: string, { last, most = Infinity }: { last?: string | undefined; most?: number } = {}): Promise<Piece[]> {
  const { reply, cut } = await openInTurn(target, last);
  expect(reply.headers.get("content-type")).toContain("text/event-stream");
  const pieces: Piece[] = [];
  if (reply.body === null) return pieces;
  for await (const { event, id, data } of readEvents(reply.body, 120_000)) {
    pieces.push({ event, id, data: ExecutionStreamData.parse(JSON.parse(data)) });
    if (pieces.length >= most) break;
  }
  cut.abort();
  return pieces;
}

/** Listens until the end, cut again and again on the way, and going on where it was. */
async function listenThroughCuts(target: string): Promise<Piece[]> {
  const pieces: Piece[] = [];
  const last = (): string | undefined => pieces.findLast(({ id }) => id !== undefined)?.id;
  for (let cut = 0; cut < CUTS && pieces.at(-1)?.event !== "end"; cut += 1) pieces.push(...(await listen(target, { last: last(), most: 1 + (cut % 9) })));
  return [...pieces, ...(await listen(target, { last: last() }))];
}

const Artifact = z.object({ artifactId: z.string() });
const A2aTask = z.object({ id: z.string(), status: z.object({ state: z.string() }), artifacts: z.array(Artifact) });
const A2aPiece = z.object({
  task: A2aTask.optional(),
  artifactUpdate: z.object({ artifact: Artifact }).optional(),
  statusUpdate: A2aTask.pick({ status: true }).optional(),
});

/** Calls the A2A endpoint; a stream in which each event is a result, or one reply. */
async function a2a(method: string, params: object, signal: AbortSignal): Promise<Response> {
  const { url, token } = cloud.connection();
  return fetch(`${url}/a2a`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal,
  });
}

/** Subscribes to a task and reads so many events; then the connection is cut. Nothing: the task is over. */
async function subscribe(id: string, most: number): Promise<z.infer<typeof A2aPiece>[] | undefined> {
  const cut = new AbortController();
  const reply = await cloud.until(async () => {
    const opened = await a2a("SubscribeToTask", { id }, cut.signal);
    return opened.headers.has("retry-after") ? undefined : opened;
  }, "a place for a stream");
  if (reply.headers.get("content-type") !== "text/event-stream" || reply.body === null) return undefined;
  const pieces: z.infer<typeof A2aPiece>[] = [];
  for await (const { data } of readEvents(reply.body, 120_000)) {
    pieces.push(z.object({ result: A2aPiece }).parse(JSON.parse(data)).result);
    if (pieces.length >= most) break;
  }
  cut.abort();
  return pieces;
}

/** Artifacts that a connection told, in their order. */
const artifactsIn = (pieces: readonly z.infer<typeof A2aPiece>[]): string[] =>
  pieces.flatMap(({ task, artifactUpdate }) => [
    ...(task?.artifacts ?? []).map(({ artifactId }) => artifactId),
    ...(artifactUpdate === undefined ? [] : [artifactUpdate.artifact.artifactId]),
  ]);

const Delta = z.object({ tasks: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())) });

describe("streams of one subject", () => {
  it("are refused beyond a number, until one of them is closed", async () => {
    await client.deploy("open", [{ id: "wait", ...gated("never") }]);
    const id = await client.submit("open");
    const opened = await Promise.all(Array.from({ length: PLACES }, () => open(`/api/v1/executions/${id}/stream`)));
    expect(opened.map(({ reply }) => reply.status)).toEqual(opened.map(() => 200));
    const { reply } = await open(`/api/v1/executions/${id}/stream`);
    expect(reply.headers.get("retry-after")).toBe("30");
    expect(await reply.json()).toMatchObject({
      status: 429,
      title: "too many open streams",
      detail: expect.stringContaining(`you have ${PLACES}`),
    });
    const { url, token } = cloud.connection();
    const subscription = await fetch(`${url}/a2a`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "a2a-version": "1.0" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "SubscribeToTask", params: { id } }),
    });
    expect(subscription.headers.get("retry-after")).toBe("30");
    expect(await subscription.json()).toMatchObject({ error: { code: -32_603 } });
    opened[0]?.cut.abort();
    const again = await openInTurn(`/api/v1/executions/${id}/stream`);
    for (const { cut } of [...opened, again]) cut.abort();
    expect(await cloud.call("POST", `/api/v1/executions/${id}/control`, { action: "cancel" })).toMatchObject({ status: 200 });
  });
});

describe("a stream of an execution", () => {
  it("tells two readers each event once, though their connections are cut fifty times", async () => {
    const id = await start();
    const target = `/api/v1/executions/${id}/stream?view=events`;
    const [one, other] = await Promise.all([listenThroughCuts(target), listenThroughCuts(target)]);
    const log = await client.events(id);
    expect(log.length).toBeGreaterThan(2 * ITEMS);
    for (const heard of [one, other]) {
      const events = heard.filter(({ event }) => event !== "end");
      expect(events.map(({ data }) => data)).toEqual(log);
      expect(events.map((piece) => piece.id)).toEqual(log.map((_, index) => String(index)));
      expect(heard.at(-1)).toMatchObject({ event: "end", data: { status: "completed" } });
    }
  });

  it("over A2A, begun anew as often as it is cut, tells every artifact, and none twice on one connection", async () => {
    const tasks = Array.from({ length: 20 }, (_, index) => ({ id: `t${index}`, input: { behaviour: "slow", delayMs: 150 * index } }));
    await client.deploy("pieces", tasks);
    const id = await client.submit("pieces");
    const connections: z.infer<typeof A2aPiece>[][] = [];
    for (let pieces = await subscribe(id, 1); pieces !== undefined; pieces = await subscribe(id, 1 + (connections.length % 3))) connections.push(pieces);
    let heard: readonly string[] = [];
    for (const pieces of connections) {
      // A reader that comes back has missed nothing: the task holds what was told before.
      expect(artifactsIn(pieces.slice(0, 1))).toEqual(expect.arrayContaining([...heard]));
      heard = artifactsIn(pieces);
      expect(pieces[0]).toHaveProperty("task");
      expect(pieces.slice(1).every(({ task }) => task === undefined)).toBe(true);
      expect(new Set(artifactsIn(pieces)).size).toBe(artifactsIn(pieces).length);
    }
    const reply = await a2a("GetTask", { id }, AbortSignal.timeout(60_000));
    const { result } = z.object({ result: A2aTask }).parse(await reply.json());
    expect(result.status.state).toBe("TASK_STATE_COMPLETED");
    expect(result.artifacts.map(({ artifactId }) => artifactId).toSorted()).toEqual(tasks.map((task) => task.id).toSorted());
    expect(connections.length).toBeGreaterThan(5);
  });

  it("shows tasks in columns and then what changed, which together are the tasks as they ended", async () => {
    const id = await start();
    const heard = await listenThroughCuts(`/api/v1/executions/${id}/stream?view=tasks`);
    const states = new Map<string, string>();
    for (const { event, data } of heard) {
      if (event !== "end") for (const [task, state] of Delta.parse(data).tasks) states.set(task, state);
    }
    const { tasks } = TaskPage.parse((await cloud.call("GET", `/api/v1/executions/${id}/tasks?limit=1000`)).body);
    expect(states).toEqual(new Map(tasks.map(({ task_id, status }) => [task_id, status])));
  });

  it("goes on after the cloud was killed and started again", async () => {
    const id = await start();
    const heard: string[] = [];
    let hasBeenKilled = false;
    for await (const { event_id } of followEvents(cloud.connection(), id, { retryMs: 200, patienceMs: 240_000 })) {
      heard.push(event_id);
      if (heard.length < ITEMS || hasBeenKilled) continue;
      hasBeenKilled = true;
      await cloud.kill();
      await sleep(500);
      cloud.start("--no-job", "--latency-ms", "0");
    }
    const log = await client.events(id);
    expect(heard).toEqual(log.map(({ event_id }) => event_id));
  });

  it.each([
    { what: "a view that does not exist", query: "view=all", field: "query.view" },
    { what: "an id that is no sequence", query: "after=x", field: "query.after" },
    { what: "an id beyond the log", query: "view=events&after=4000000000", field: "Last-Event-ID" },
    { what: "a word too many", query: "aftr=1", field: "aftr" },
  ])("refuses $what and names it", async ({ query, field }) => {
    const id = await start(0);
    const { status, body } = await cloud.call("GET", `/api/v1/executions/${id}/stream?${query}`);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(field);
  });
});
