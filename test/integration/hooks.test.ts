import { createServer, type Server } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const Posted = z.looseObject({ type: z.string(), hook: z.object({ name: z.string() }), data: z.looseObject({ task_id: z.string().optional() }) });
const Registered = z.object({ hook_id: z.string() });
const Detail = z.object({ execution_stats: z.object({ total_executions: z.int(), failed_executions: z.int() }) });

interface Post {
  readonly path: string;
  readonly id: string;
  readonly text: string;
}

const PATCH = JSON.stringify({ patch: { input: { tone: "kind" }, labels: { team: "red" } } });

/** Receives what hooks post, and holds back answers to `/held` until it is let go. */
class Receiver {
  readonly posts: Post[] = [];
  #server: Server | undefined;
  isHeld = false;
  #held: (() => void)[] = [];
  url = "";

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      request.on("end", () => {
        const [id = ""] = [request.headers["webhook-id"]].flat();
        this.posts.push({ path: request.url ?? "", id, text });
        const answer = (): void => void response.writeHead(request.url === "/refuse" ? 500 : 200).end(request.url === "/patch" ? PATCH : "{}");
        if (this.isHeld && request.url === "/held") this.#held.push(answer);
        else answer();
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  letGo(): void {
    this.isHeld = false;
    for (const answer of this.#held.splice(0)) answer();
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

const cloud = new StartedCloud({ isGroup: true });
const client = new WorkflowClient(cloud);
const receiver = new Receiver();
let agent: LoopbackAgent;
let agentId = "";

const register = async (body: object): Promise<string> => {
  const reply = await cloud.call("POST", "/api/v1/hooks", body);
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return Registered.parse(reply.body).hook_id;
};

const removeAll = async (): Promise<void> => {
  const { hooks } = z.object({ hooks: z.array(Registered) }).parse((await cloud.call("GET", "/api/v1/hooks")).body);
  for (const { hook_id: id } of hooks) await cloud.call("DELETE", `/api/v1/hooks/${id}`);
};

/** A hook counts once warm functions look at the tenant's hooks anew. */
const viewIsOver = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5500));

const START = ["--no-job", "--latency-ms", "0"];

beforeAll(async () => {
  await receiver.start();
  cloud.start(...START);
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["undo"] });
  expect(status).toBe(201);
  agentId = z.object({ agent_id: z.string() }).parse(body).agent_id;
  await client.deploy("hooked", [{ id: "fetch" }, { id: "merge", depends_on: ["fetch"] }]);
});

afterAll(async () => {
  agent.stop();
  receiver.stop();
  await cloud.dispose();
});

describe("hooks on a running cloud", () => {
  it("posts what happened to tasks and workflows, of those that the hook is about", async () => {
    await register({ name: "merges", trigger: "post_task", event_pattern: "task.completed merge", action: { type: "webhook", url: `${receiver.url}/merges` } });
    await register({ name: "ends", trigger: "post_workflow", action: { type: "webhook", url: `${receiver.url}/ends`, text: "{workflow_id} is {new_status}" } });
    await viewIsOver();
    const id = await client.submit("hooked");
    await client.finished(id);
    const posts = await cloud.until(() => (receiver.posts.length >= 2 ? receiver.posts : undefined), "two posts");
    expect(posts).toHaveLength(2);
    const merge = Posted.parse(JSON.parse(posts.find(({ path: at }) => at === "/merges")?.text ?? "{}"));
    expect(merge).toMatchObject({ type: "task.completed", hook: { name: "merges" }, data: { task_id: "merge", execution_id: id } });
    expect(posts.find(({ path: at }) => at === "/ends")?.text).toBe('{"text":"hooked is completed"}');
    const told = await cloud.until(async () => {
      const types = (await client.events(id)).map(({ event_type: type }) => type);
      return types.filter((type) => type === "hook.executed").length === 2 ? types : undefined;
    }, "the log of both hooks");
    expect(told.filter((type) => type === "hook.triggered")).toHaveLength(2);
    await removeAll();
  });

  it("asks an agent, and keeps what it answered", async () => {
    const id = await register({ name: "ask", trigger: "post_workflow", enabled: false, action: { type: "agent", agent_id: agentId, instruction: "say what came of it" } });
    const { body } = await cloud.call("POST", `/api/v1/hooks/${id}/execute`, { context: { new_status: "completed" } });
    expect(body).toMatchObject({ status: "completed", output: { echo: { new_status: "completed" } } });
    await removeAll();
  });

  it("keeps a dead letter of a hook that nobody takes, and the workflow does not wait for it", async () => {
    const id = await register({ name: "refused", trigger: "post_task", event_pattern: "fetch", retry_policy: { max_attempts: 2, initial_delay_seconds: 0 }, action: { type: "webhook", url: `${receiver.url}/refuse` } });
    await viewIsOver();
    await client.finished(await client.submit("hooked"));
    const stats = await cloud.until(async () => {
      const { execution_stats: found } = Detail.parse((await cloud.call("GET", `/api/v1/hooks/${id}`)).body);
      return found.failed_executions > 0 ? found : undefined;
    }, "the hook to fail");
    expect(stats).toEqual({ total_executions: 1, failed_executions: 1 });
    expect((await cloud.call("GET", "/api/v1/hooks/dead-letters")).body).toMatchObject({ dead_letters: [{ hook_id: id, reason: expect.stringContaining("answered 500") }] });
    await removeAll();
  });

  it("holds tasks until the hooks before them have run, and gives their agents what these changed", async () => {
    await register({ name: "kinder", trigger: "pre_task", event_pattern: "task.starting fetch", action: { type: "webhook", url: `${receiver.url}/patch` } });
    await register({ name: "guard", trigger: "pre_command", action: { type: "webhook", url: `${receiver.url}/refuse` } });
    await client.deploy("guarded", [{ id: "fetch" }, { id: "run", depends_on: ["fetch"], operation: "command" }]);
    await viewIsOver();
    const id = await client.submit("guarded");
    expect(await client.finished(id)).toMatchObject({ status: "failed", error_details: { task: "run", code: "HookAborted" } });
    expect((await client.task(id, "fetch")).output).toMatchObject({ echo: { tone: "kind" } });
    const events = await client.events(id);
    expect(events.filter(({ event_type: type }) => type === "task.hooks_ran")).toMatchObject([
      { task_id: "fetch", changed: { input: ["tone"], labels: { team: "red" } } },
      { task_id: "run", error: { code: "HookAborted" } },
    ]);
    await removeAll();
  });

  it("holds executions back until the hooks before them have run, says so, and ends those that a critical one refuses", async () => {
    await register({ name: "door", trigger: "pre_workflow", event_filter: { detail: { input: { kind: ["held"] } } }, action: { type: "webhook", url: `${receiver.url}/held` } });
    await register({ name: "no", trigger: "pre_workflow", severity: "critical", event_filter: { detail: { input: { kind: ["bad"] } } }, action: { type: "webhook", url: `${receiver.url}/refuse` } });
    await register({ name: "resumed", trigger: "session_start", action: { type: "webhook", url: `${receiver.url}/session` } });
    await viewIsOver();
    receiver.posts.length = 0;
    receiver.isHeld = true;
    const id = await client.submit("hooked", { kind: "held" });
    await cloud.until(() => (receiver.posts.some(({ path: at }) => at === "/held") ? true : undefined), "the hook before it");
    const { body } = await cloud.call("GET", `/api/v1/executions/${id}`);
    expect(body).toMatchObject({ status: "queued", waiting: { reason: "hooks", until: expect.any(String) } });
    // Others that no hook is for do not wait behind it.
    await client.finished(await client.submit("hooked"));
    receiver.letGo();
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const bad = await client.finished(await client.submit("hooked", { kind: "bad" }));
    expect(bad).toMatchObject({ status: "failed", error_details: { code: "HookAborted" } });
    const session = z.object({ session_id: z.string() }).parse((await cloud.call("POST", "/api/v1/sessions", {})).body).session_id;
    await cloud.call("POST", `/api/v1/sessions/${session}/save`, {});
    await cloud.call("POST", `/api/v1/sessions/${session}/resume`, {});
    expect(await client.finished(await client.submit("hooked", {}, { execution_context: { session_id: session } }))).toMatchObject({ status: "completed" });
    const types = receiver.posts.filter(({ path: at }) => at === "/session").map(({ text }) => Posted.parse(JSON.parse(text)).type);
    expect(types).toEqual(["session.created", "session.resumed", "workflow.starting"]);
    await removeAll();
  });

  it("runs a list to its end, in order and under stable ids, although the cloud is killed in the middle of it", async () => {
    await register({ name: "1", trigger: "post_workflow", priority: 1, action: { type: "webhook", url: `${receiver.url}/first` } });
    await register({ name: "2", trigger: "post_workflow", priority: 2, timeout_seconds: 5, action: { type: "webhook", url: `${receiver.url}/held` } });
    await register({ name: "3", trigger: "post_workflow", priority: 3, action: { type: "webhook", url: `${receiver.url}/last` } });
    await viewIsOver();
    receiver.posts.length = 0;
    receiver.isHeld = true;
    await client.finished(await client.submit("hooked"));
    await cloud.until(() => (receiver.posts.some(({ path: at }) => at === "/held") ? true : undefined), "the second hook");
    await cloud.kill();
    receiver.letGo();
    cloud.start(...START);
    await cloud.ready();
    await cloud.until(() => (receiver.posts.some(({ path: at }) => at === "/last") ? true : undefined), "the last hook");
    expect([...new Set(receiver.posts.map(({ path: at }) => at))]).toEqual(["/first", "/held", "/last"]);
    for (const at of ["/first", "/held", "/last"]) {
      expect(new Set(receiver.posts.filter(({ path: own }) => own === at).map(({ id }) => id)).size).toBe(1);
    }
    await removeAll();
  });
});
