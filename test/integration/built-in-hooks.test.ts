import { createServer, type Server } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const Session = z.object({ session_id: z.string(), version: z.int(), summary: z.string().optional(), variables: z.record(z.string(), z.unknown()) });
const Runs = z.object({ executions: z.array(z.object({ status: z.string(), output: z.unknown() })) });

/** As Slack would: takes what channels post. */
class Chat {
  readonly texts: string[] = [];
  #server: Server | undefined;
  url = "";

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      request.on("end", () => {
        this.texts.push(text);
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

const cloud = new StartedCloud({ isGroup: true });
const client = new WorkflowClient(cloud);
const chat = new Chat();
let agent: LoopbackAgent;
const hooks = new Map<string, string>();

async function register(name: string, trigger: string, [called = "", ...args]: readonly string[], more: object = {}): Promise<void> {
  const action = { type: "function", function: `builtin:${called}`, args };
  const { status, body } = await cloud.call("POST", "/api/v1/hooks", { name, trigger, action, ...more });
  expect(status, JSON.stringify(body)).toBe(201);
  hooks.set(name, z.object({ hook_id: z.string() }).parse(body).hook_id);
}

const runsOf = async (name: string) => Runs.parse((await cloud.call("GET", `/api/v1/hooks/${hooks.get(name)}/executions`)).body).executions;

async function session(method: string, target = "", body?: object): Promise<z.infer<typeof Session>> {
  const reply = await cloud.call(method, `/api/v1/sessions${target}`, body);
  expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300);
  return Session.parse(reply.body);
}

beforeAll(async () => {
  await chat.start();
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  expect((await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["undo"] })).status).toBe(201);
  expect((await cloud.call("POST", "/api/v1/channels", { name: "chat", type: "webhook", url: chat.url })).status).toBe(201);
  await register("cache", "pre_search", ["search-cache"]);
  await register("assign", "pre_task", ["auto-assign"], { event_pattern: "task.starting merge" });
  await register("guard", "pre_command", ["validate-command"]);
  await register("tell", "post_workflow", ["notify", "text={workflow_id} is {new_status}", "severity=high"], { event_filter: { detail: { new_status: ["failed"] } } });
  await register("keep", "post_workflow", ["session-save", "task=take", "variable=last"]);
  await register("restore", "session_start", ["session-restore"]);
  await register("sum", "session_end", ["session-summary"]);
  await client.deploy("searches", [
    ...["one", "two", "three", "four"].map((id) => ({ id, skill: "echo", operation: "search", input: { query: id } })),
    { id: "merge", skill: "echo", depends_on: ["one", "two", "three", "four"] },
  ]);
  await client.deploy("command", [{ id: "run", skill: "echo", operation: "command" }]);
  await register("go-on", "pre_workflow", ["session-restore", "name=weekly"], { event_filter: { detail: { input: { goes_on: [true] } } } });
  await client.deploy("note", [{ id: "take", input_from: { topic: "session.topic", last: "has(session.last) ? session.last.echo.topic : 'nothing'" } }]);
  // Warm functions look at a tenant's hooks anew after five seconds.
  await new Promise((resolve) => setTimeout(resolve, 5500));
});

afterAll(async () => {
  agent.stop();
  chat.stop();
  await cloud.dispose();
});

describe("hooks that come with the orchestrator", () => {
  it("answer a repeated run from what the first was told: half the calls for searches, and the same outputs", async () => {
    const first = await client.submit("searches");
    expect(await client.finished(first)).toMatchObject({ status: "completed" });
    const asked = agent.effects().length;
    const second = await client.submit("searches");
    expect(await client.finished(second)).toMatchObject({ status: "completed" });
    // Four searches and one task that is none: the second run asks for the one only.
    expect([asked, agent.effects().length - asked]).toEqual([5, 1]);
    for (const id of ["one", "four"]) expect((await client.task(second, id)).output).toEqual((await client.task(first, id)).output);
    expect(await runsOf("assign")).toMatchObject([{ output: { patch: { agent_id: expect.any(String) } } }, { output: { drawn: [{ success: expect.any(Number) }] } }]);
  });

  it("refuse a command that is dangerous, let an honest one through, and tell the chat of what failed", async () => {
    const bad = await client.submit("command", { command: "git status; rm -rf /" });
    expect(await client.finished(bad)).toMatchObject({ status: "failed", error_details: { code: "HookAborted", message: expect.stringContaining("';'") } });
    const good = await client.submit("command", { command: "git status" });
    expect(await client.finished(good)).toMatchObject({ status: "completed" });
    const [text] = await cloud.until(() => (chat.texts.length > 0 ? chat.texts : undefined), "the chat to hear of it");
    expect(JSON.parse(text ?? "")).toMatchObject({ type: "hook.notice", data: { text: "command is failed" } });
    expect(chat.texts).toHaveLength(1);
  });

  it("carry what one session learnt into the next of its name, and sum it up at its end", async () => {
    const { session_id: first } = await session("POST", "", { name: "weekly", variables: { topic: "coal" } });
    await client.finished(await client.submit("note", {}, { execution_context: { session_id: first } }));
    await cloud.until(async () => ("last" in (await session("GET", `/${first}`)).variables ? true : undefined), "the first run to be remembered");
    await session("POST", `/${first}/save`, { end: true });
    const ended = await cloud.until(async () => ((await session("GET", `/${first}`)).summary === undefined ? undefined : session("GET", `/${first}`)), "the summary");
    expect(ended.summary).toContain("1 execution: 1 completed.");
    const { session_id: second } = await session("POST", "", { name: "weekly" });
    await cloud.until(async () => ("last" in (await session("GET", `/${second}`)).variables ? true : undefined), "the second session to know it");
    const again = await client.submit("note", {}, { execution_context: { session_id: second } });
    await client.finished(again);
    expect((await client.task(again, "take")).output).toMatchObject({ echo: { topic: "coal", last: "coal" } });
    // Without a session it goes on with the newest of that name.
    const third = await client.submit("note", { goes_on: true });
    await client.finished(third);
    expect((await client.task(third, "take")).output).toMatchObject({ echo: { topic: "coal", last: "coal" } });
  });
});
