import { execFile } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { describeRoutes } from "../../functions/orchestrator-api/openapi.ts";
import { ROUTES, STREAM } from "../../functions/orchestrator-api/route-table.ts";
import { ExecutionStreamData } from "../../shared/execution/views/stream.ts";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { gated, WorkflowClient } from "./support/workflow-client.ts";

/** `a2a init` copies it as it is. */
const STARTER = fileURLToPath(new URL("../../infra/cli/starter", import.meta.url));

const cloud = new StartedCloud();
let agent: LoopbackAgent;

const Submitted = z.object({ execution_id: z.string() });
const Execution = z.object({
  status: z.string(),
  error_details: z.object({ code: z.string(), message: z.string(), task: z.string().optional() }).optional(),
});
const Task = z.object({ status: z.string(), attempt: z.int(), output: z.unknown(), question: z.unknown().optional() });

interface TaskShape {
  readonly id: string;
  readonly depends_on?: readonly string[];
  readonly [key: string]: unknown;
}

const definition = (name: string, tasks: readonly TaskShape[]) => ({
  workflow: {
    name,
    version: "1.0",
    agents: { worker: { type: "loopback", capabilities: ["echo"] } },
    tasks: tasks.map((task) => ({ agent: "worker", ...task })),
  },
});

async function deploy(name: string, tasks: readonly TaskShape[]): Promise<void> {
  const { status, body } = await cloud.call("POST", "/api/v1/workflows", definition(name, tasks));
  expect(status, JSON.stringify(body)).toBe(201);
}

async function submit(name: string, input: unknown = {}, headers: Record<string, string> = {}): Promise<string> {
  const { status, body } = await cloud.call("POST", `/api/v1/workflows/${name}/execute`, { input_data: input }, headers);
  expect(status, JSON.stringify(body)).toBe(202);
  return Submitted.parse(body).execution_id;
}

const execution = async (id: string) => Execution.parse((await cloud.call("GET", `/api/v1/executions/${id}`)).body);
const task = async (id: string, name: string) => Task.parse((await cloud.call("GET", `/api/v1/executions/${id}/tasks/${name}`)).body);

const finished = (id: string) =>
  cloud.until(async () => {
    const found = await execution(id);
    return found.status === "completed" || found.status === "failed" ? found : undefined;
  }, `the end of ${id}`);

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["echo"] });
  expect(status, JSON.stringify(body)).toBe(201);
});

afterAll(async () => {
  agent.stop();
  await cloud.dispose();
});

describe("a workflow that arrives over the API", () => {
  it("runs on its own machine, hands outputs on and keeps a complete history", async () => {
    await deploy("handing-on", [
      { id: "a", input: { colour: "red" } },
      { id: "b", depends_on: ["a"] },
    ]);
    const id = await submit("handing-on", { size: 3 });
    expect(await finished(id)).toMatchObject({ status: "completed" });
    const b = await task(id, "b");
    expect(JSON.stringify(b.output)).toContain("red");
    const events = await new WorkflowClient(cloud).events(id);
    const told = events.map(({ event_type: type, task_id: name }) => `${type} ${name ?? ""}`.trim());
    expect(told).toEqual(
      expect.arrayContaining([
        "workflow.execution_started",
        "agent.task_assigned a",
        "task.completed a",
        "agent.task_assigned b",
        "task.completed b",
        "workflow.status_changed",
      ]),
    );
    expect(told.indexOf("task.completed a")).toBeLessThan(told.indexOf("agent.task_assigned b"));
  });

  it("waits across branches exactly as long as it must", async () => {
    // N: c needs a and b, d needs only b. d must not wait for a, which ends only after d did.
    await deploy("n-shape", [
      { id: "a", ...gated("n-shape") },
      { id: "b" },
      { id: "c", depends_on: ["a", "b"] },
      { id: "d", depends_on: ["b"] },
    ]);
    const id = await submit("n-shape");
    await cloud.until(async () => ((await task(id, "d").catch(() => undefined))?.status === "completed" ? true : undefined), "d");
    expect((await execution(id)).status).toBe("running");
    await agent.open("n-shape");
    expect((await finished(id)).status).toBe("completed");
    expect((await task(id, "c")).status).toBe("completed");
  });

  it.each([
    { behaviour: "task", why: "a task that reports by push" },
    { behaviour: "poll", why: "a task that must be polled" },
    { behaviour: "push-twice", why: "a push that comes twice" },
    { behaviour: "push-before-response", why: "a push before the answer" },
    { behaviour: "push-forged", why: "forged pushes" },
    { behaviour: "close", why: "an answer that was lost" },
  ])("completes once in spite of $why", async ({ behaviour }) => {
    const name = `once-${behaviour}`;
    await deploy(name, [{ id: "only", input: { behaviour }, retry_policy: { max_attempts: 1 } }]);
    const id = await submit(name);
    expect(await finished(id)).toMatchObject({ status: "completed" });
    expect((await task(id, "only")).attempt).toBe(1);
  });

  it("tries again after a refusal that may pass", async () => {
    await deploy("flaky", [
      { id: "only", input: { behaviour: "unavailable", times: 2 }, retry_policy: { max_attempts: 4, initial_delay_seconds: 0.1, jitter: false } },
    ]);
    const id = await submit("flaky");
    expect(await finished(id)).toMatchObject({ status: "completed" });
    expect((await task(id, "only")).attempt).toBe(3);
  });

  it("fails with the task and the agent's reason", async () => {
    await deploy("rejected", [{ id: "first" }, { id: "second", depends_on: ["first"], input: { behaviour: "reject" } }]);
    const id = await submit("rejected");
    expect(await finished(id)).toMatchObject({
      status: "failed",
      error_details: { task: "second", code: "AgentRejected", message: expect.stringContaining("this is not for me") },
    });
  });

  it("gives an attempt up at its deadline and says so", async () => {
    await deploy("overdue", [
      { id: "only", timeout: 2, input: { behaviour: "never-ends" }, retry_policy: { max_attempts: 1 } },
    ]);
    const id = await submit("overdue");
    expect(await finished(id)).toMatchObject({ status: "failed", error_details: { task: "only", code: "TaskTimedOut" } });
  });

  it("passes an agent's question on and takes the answer back", async () => {
    await deploy("asking", [{ id: "only", input: { behaviour: "input-required" } }]);
    const id = await submit("asking");
    const asked = await cloud.until(async () => {
      const found = await task(id, "only").catch(() => undefined);
      return found?.status === "input_required" ? found : undefined;
    }, "the question");
    expect(JSON.stringify(asked.question)).toContain("which colour?");
    const { status } = await cloud.call("POST", `/api/v1/executions/${id}/tasks/only/input`, { input: "blue" });
    expect(status).toBe(202);
    expect(await finished(id)).toMatchObject({ status: "completed" });
    const again = await cloud.call("POST", `/api/v1/executions/${id}/tasks/only/input`, { input: "green" });
    expect(again.status).toBe(409);
  });

  it("keeps outputs of several megabytes out of machines, queues and rows", async () => {
    await deploy("large", [{ id: "big", input: { behaviour: "big", bytes: 3_000_000 } }, { id: "next", depends_on: ["big"] }]);
    const id = await submit("large");
    expect(await finished(id)).toMatchObject({ status: "completed" });
  });

  it("is one execution per idempotency key, and refuses the key for another input", async () => {
    await deploy("keyed", [{ id: "only" }]);
    const key = { "idempotency-key": "monday" };
    const first = await submit("keyed", { day: 1 }, key);
    expect(await submit("keyed", { day: 1 }, key)).toBe(first);
    const { status } = await cloud.call("POST", "/api/v1/workflows/keyed/execute", { input_data: { day: 2 } }, key);
    expect(status).toBe(409);
  });

  it("keeps versions as they were", async () => {
    await deploy("versioned", [{ id: "only" }]);
    await deploy("versioned", [{ id: "only" }]);
    const { status, body } = await cloud.call("POST", "/api/v1/workflows", definition("versioned", [{ id: "other" }]));
    expect(status).toBe(409);
    expect(JSON.stringify(body)).toContain("raise the version");
  });

  it("runs a definition that comes with the request, in the other dialect", async () => {
    const { status, body } = await cloud.call("POST", "/api/v1/workflows/execute", {
      workflow_definition: {
        workflow_id: "inline_stages",
        version: "2.1.0",
        execution_mode: "sequential",
        stages: [
          { stage_id: "one", agent_requirements: { skills: ["echo"] } },
          { stage_id: "two", agent_requirements: { skills: ["echo"] } },
        ],
      },
      input_data: { n: 1 },
    });
    expect(status, JSON.stringify(body)).toBe(202);
    expect(await finished(Submitted.parse(body).execution_id)).toMatchObject({ status: "completed" });
  });

  it("streams its status until the end", async () => {
    await deploy("streamed", [{ id: "a", input: { behaviour: "slow", delayMs: 400 } }, { id: "b", depends_on: ["a"] }]);
    const id = await submit("streamed");
    const { url, token } = cloud.connection();
    const reply = await fetch(`${url}/api/v1/executions/${id}/status`, {
      headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
    });
    expect(reply.headers.get("content-type")).toContain("text/event-stream");
    const text = await reply.text();
    const sent = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]): unknown => JSON.parse(data));
    expect(sent.map((data) => ExecutionStreamData.parse(data))).toEqual(sent);
    expect(text).toMatch(/^(id: \d+\n)?event: status\ndata: \{/);
    expect(text).toMatch(/event: end\ndata: \{"status":"completed"\}\n\n$/);
  });
});

describe("the OpenAPI document", () => {
  it("is the one that the route table gives, written by the bundled function", async () => {
    const { body } = await cloud.call("GET", "/openapi.json");
    expect(body).toEqual(JSON.parse(JSON.stringify(await describeRoutes([...ROUTES, STREAM]))));
  });
});

describe("requests that make no sense", () => {
  it.each([
    { what: "no token", headers: { authorization: "" }, target: "/api/v1/workflows", status: 401 },
    { what: "a token of nobody", headers: { authorization: "Bearer eyJhbGciOiJub25lIn0.e30." }, target: "/api/v1/workflows", status: 401 },
    { what: "an unknown path", headers: {}, target: "/api/v1/nothing", status: 404 },
    { what: "an unknown execution", headers: {}, target: "/api/v1/executions/exec_000000000000", status: 404 },
    { what: "a limit beyond the limit", headers: {}, target: "/api/v1/executions?limit=5000", status: 400 },
    { what: "an unknown query key", headers: {}, target: "/api/v1/executions?limt=5", status: 400 },
    { what: "a made-up cursor", headers: {}, target: "/api/v1/executions?cursor=abc", status: 400 },
  ])("answers $what with $status and a remedy", async ({ headers, target, status }) => {
    const reply = await cloud.call("GET", target, undefined, headers);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  });

  it("lists every flaw of a definition with path and remedy", async () => {
    const { status, body } = await cloud.call("POST", "/api/v1/workflows", definition("flawed", [
      { id: "a", depends_on: ["b"] },
      { id: "b", depends_on: ["a"] },
      { id: "c", agent: "nobody" },
    ]));
    expect(status).toBe(422);
    const { errors } = z.object({ errors: z.array(z.object({ code: z.string(), path: z.string(), remedy: z.string() })) }).parse(body);
    expect(errors.map(({ code }) => code)).toEqual(expect.arrayContaining(["Cycle", "UnknownAgent"]));
  });

  it("refuses agents on hosts that are not allowed", async () => {
    const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: "http://169.254.169.254/" });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain("body.endpoint");
  });

  it("survives garbage as a body", async () => {
    const reply = await cloud.call("POST", "/api/v1/workflows/financial-pipeline/execute", "{not json");
    expect(reply.status).toBe(400);
    await sleep(0);
    expect((await cloud.call("GET", "/api/v1/workflows")).status).toBe(200);
  });
});

describe("what a2a init writes", () => {
  it("runs as it is, agent and workflow", async () => {
    const { url, token } = cloud.connection();
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const given = { cwd: STARTER, env: { ...env, A2A_URL: url, A2A_TOKEN: token } };
    const run = promisify(execFile)(process.execPath, ["--test", "--test-reporter=tap"], given);
    // What failed is told on standard output, which an error does not show.
    const { stdout } = await run.catch((failed: { stdout: string }) => failed);
    expect(stdout).toMatch(/# pass 2\n[^]*# fail 0\n[^]*# skipped 0\n/);
  });
});
