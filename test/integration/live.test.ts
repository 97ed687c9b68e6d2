import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LIVE_LIMITS } from "../../shared/execution/live/limits.ts";
import { type Heard, Listener } from "./support/listener.ts";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { gated, WorkflowClient } from "./support/workflow-client.ts";

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);
let agent: LoopbackAgent;

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["echo"] });
  expect(status, JSON.stringify(body)).toBe(201);
  for (const name of ["chain", "other", "called"]) {
    await client.deploy(name, [{ id: "first" }, { id: "second", depends_on: ["first"], ...gated(name) }]);
  }
  await client.deploy("short", [{ id: "only" }]);
});

afterAll(async () => {
  agent.stop();
  await cloud.dispose();
});

const address = (query: string): string => `${cloud.connection().websocket_url}?${query}`;
const withToken = (): Record<string, string> => ({ authorization: `Bearer ${cloud.connection().token}` });
const hears = (listener: Listener, what: (listener: Listener) => boolean, called: string) =>
  cloud.until(() => (what(listener) ? true : undefined), called);
/** Messages out of the log, which come in its order: with one of them everything before it is there. What is pushed may overtake them. */
const logged = ({ heard }: Listener): Heard[] => heard.filter(({ sequence }) => sequence !== undefined);
const hasFirst = (listener: Listener): boolean => logged(listener).some(({ type, data }) => type === "task.completed" && data["task_id"] === "first");
const isOver = (listener: Listener): boolean => logged(listener).some(({ type, data }) => type === "workflow.status_changed" && data["new_status"] === "completed");

/** Events of these runs that are told. */
const TOLD = new Set(["workflow.status_changed", "agent.task_assigned", "agent.task_started", "task.retry_scheduled", "task.completed"]);

describe("a WebSocket", () => {
  it("tells what happens in an execution as it happens, and what was missed when it comes back", async () => {
    const id = await client.submit("chain");
    await client.reaches(id, "first", "completed");
    // One call reads the log for 8 s at most; what it is to send stands there.
    await client.events(id);
    const listener = await Listener.open(address(`execution_id=${id}&token=${cloud.connection().token}`));
    listener.send({ action: "subscribe", execution_id: id, after: -1 });
    await hears(listener, hasFirst, "the past");
    listener.close();
    const last = logged(listener).at(-1);
    await agent.open("chain");
    await client.finished(id);
    const history = await client.events(id);
    const again = await Listener.open(address(`execution_id=${id}`), withToken());
    again.send({ action: "subscribe", execution_id: id, after: last?.id });
    await hears(again, isOver, "the end");
    again.close();
    const all = [...listener.heard, ...again.heard].filter(({ id: event }) => event !== undefined);
    // On a busy machine an agent may also be polled, or tried again.
    expect(all.map(({ type }) => type)).toEqual(expect.arrayContaining(["workflow.status_changed", "agent.task_assigned", "task.completed"]));
    // Whatever came twice has the same id; together they are what the log says.
    const told = new Set(all.map(({ id: event }) => event));
    const tellable = history.filter(({ event_type: type }) => TOLD.has(type));
    expect(told).toEqual(new Set(tellable.map((event) => z.object({ event_id: z.string() }).parse(event).event_id)));
  });

  it("is open at the specification's path, and hears without asking again", async () => {
    const { origin } = new URL(cloud.connection().websocket_url);
    const board = await Listener.open(address("dashboard=true"), withToken());
    const flow = await Listener.open(`${origin}/ws/workflows/other`, withToken());
    // Nobody listened before, which each function remembers for a second.
    const opened = Date.now();
    await cloud.until(async () => {
      await client.finished(await client.submit("short"));
      return board.heard.length > 0 && Date.now() > opened + LIVE_LIMITS.rememberedMs ? true : undefined;
    }, "the first news");
    const id = await client.submit("other");
    await client.reaches(id, "first", "completed");
    const listener = await Listener.open(`${origin}/ws/workflows/${id}`, withToken());
    listener.send({ action: "subscribe", execution_id: id });
    await hears(listener, ({ heard }) => heard.length > 0, "an answer");
    await agent.open("other");
    const ends = ({ heard }: Listener): boolean => heard.some(({ data }) => data["execution_id"] === id && data["new_status"] === "completed");
    for (const each of [listener, board, flow]) await hears(each, ends, "the end");
    expect(board.typed("task.completed")).toEqual([]);
    expect(flow.typed("task.completed").length).toBeGreaterThan(0);
    for (const each of [listener, board, flow]) each.close();
  });

  it.each([
    { what: "no token", query: "dashboard=true" },
    { what: "another token", query: "dashboard=true&token=abc" },
    { what: "an execution that does not exist", query: "execution_id=exec_99999999" },
  ])("is refused for $what", async ({ query }) => {
    const headers = query.startsWith("execution_id") ? withToken() : {};
    await expect(Listener.open(address(query), headers)).rejects.toThrow("refused");
  });
});

describe("JSON-RPC over HTTP", () => {
  it("runs, pauses, resumes and shows an execution, and answers a batch in order", async () => {
    const rpc = async (calls: object): Promise<unknown> => (await cloud.call("POST", "/rpc", calls)).body;
    const call = (id: number, method: string, params: object): object => ({ jsonrpc: "2.0", id, method, params });
    const Executed = z.object({ result: z.object({ execution_id: z.string(), execution_url: z.string().startsWith("ws://") }) });
    const { result } = Executed.parse(await rpc(call(1, "workflow.execute", { workflow_id: "called", input_data: {} })));
    const { execution_id } = result;
    await client.reaches(execution_id, "first", "completed");
    expect(await rpc(call(2, "workflow.pause", { execution_id }))).toMatchObject({ id: 2, result: { status: "paused", checkpoint_id: expect.any(String) } });
    expect(await rpc(call(3, "workflow.resume", { execution_id }))).toMatchObject({ id: 3, result: { status: "executing", recovered_tasks: 1 } });
    await agent.open("called");
    await client.finished(execution_id);
    const batch = [call(4, "workflow.status", { execution_id }), call(5, "workflow.pause", { execution_id }), call(6, "no.such", {})];
    expect(await rpc(batch)).toMatchObject([{ id: 4, result: { status: "completed" } }, { id: 5, error: { code: -32_007 } }, { id: 6, error: { code: -32_601 } }]);
    const listener = await Listener.open(result.execution_url, withToken());
    listener.close();
  });
});
