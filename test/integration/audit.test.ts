import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { runCli } from "../../infra/cli/run-cli.ts";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";

const cloud = new StartedCloud();
let agent: LoopbackAgent;

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

const Submitted = z.object({ execution_id: z.string() });
const Head = z.object({ status: z.string() });
const Audit = z.looseObject({ unchained: z.int(), length: z.int() });
const Past = z.object({ status: z.string().nullable(), tasks: z.array(z.object({ task_id: z.string(), status: z.string(), attempt: z.int() })) });
const Events = z.object({ events: z.array(z.object({ event_type: z.string(), timestamp: z.string(), task_id: z.string().optional() })) });

const RETRY = { max_attempts: 3, initial_delay_seconds: 0.1, jitter: false };
const TASKS = [
  { id: "first", agent: "worker" },
  { id: "flaky", agent: "worker", depends_on: ["first"], input: { behaviour: "unavailable", times: 1 }, retry_policy: RETRY },
  { id: "pushed", agent: "worker", depends_on: ["first"], input: { behaviour: "push-twice" } },
  { id: "last", agent: "worker", depends_on: ["flaky", "pushed"] },
];
const REJECTED = { id: "last", agent: "worker", depends_on: ["flaky", "pushed"], input: { behaviour: "reject" } };

let workflows = 0;

/** Runs a definition to its end. */
async function run(tasks: readonly object[], runner: "machine" | "graph"): Promise<string> {
  const name = `audited-${(workflows += 1)}`;
  const workflow = { name, version: "1.0", agents: { worker: { type: "loopback", capabilities: ["echo"] } }, tasks };
  const deployed = await cloud.call("POST", "/api/v1/workflows", { workflow });
  expect(deployed.status, JSON.stringify(deployed.body)).toBe(201);
  const { body } = await cloud.call("POST", `/api/v1/workflows/${name}/execute`, { input_data: {}, execution_options: { runner } });
  const { execution_id: id } = Submitted.parse(body);
  await cloud.until(async () => {
    const { status } = Head.parse((await cloud.call("GET", `/api/v1/executions/${id}`)).body);
    return status === "completed" || status === "failed" ? status : undefined;
  }, `the end of ${id}`);
  return id;
}

/** The audit once every event is chained: the stream is a moment behind. */
const settledAudit = (id: string) =>
  cloud.until(async () => {
    const { body } = await cloud.call("GET", `/api/v1/executions/${id}/audit`);
    return Audit.parse(body).unchained === 0 ? Audit.parse(body) : undefined;
  }, `the chain of ${id}`);

describe("an execution's history", () => {
  it.each([
    { runner: "machine", tasks: TASKS, end: "completed" },
    { runner: "graph", tasks: TASKS, end: "completed" },
    { runner: "machine", tasks: [...TASKS.slice(0, 3), REJECTED], end: "failed" },
    { runner: "graph", tasks: [...TASKS.slice(0, 3), REJECTED], end: "failed" },
  ] as const)("is whole and leads to the state on record: $runner, $end", async ({ runner, tasks, end }) => {
    const id = await run(tasks, runner);
    const audit = await settledAudit(id);
    const { events } = Events.parse((await cloud.call("GET", `/api/v1/executions/${id}/events?limit=100`)).body);
    expect(audit).toMatchObject({
      verified: true,
      length: events.length,
      replay: { consistent: true, events: events.length, difference_count: 0, differences: [] },
    });
    const past = Past.parse((await cloud.call("GET", `/api/v1/executions/${id}/replay`)).body);
    expect(past.status).toBe(end);
    expect(past.tasks.find(({ task_id: task }) => task === "flaky")).toMatchObject({ status: "completed", attempt: 2 });
  });

  it("can be played back to any moment, and verified from the command line", async () => {
    const id = await run(TASKS, "graph");
    await settledAudit(id);
    const { events } = Events.parse((await cloud.call("GET", `/api/v1/executions/${id}/events?limit=100`)).body);
    const moment = events.find(({ event_type: type, task_id: task }) => type === "task.completed" && task === "first")?.timestamp ?? "";
    const past = Past.parse((await cloud.call("GET", `/api/v1/executions/${id}/replay?at=${moment}`)).body);
    expect(past).toMatchObject({ status: "running", tasks: expect.arrayContaining([expect.objectContaining({ task_id: "first", status: "completed" })]) });
    expect(past.tasks.map(({ task_id: task }) => task)).not.toContain("last");

    const { url: A2A_URL, token: A2A_TOKEN } = cloud.connection();
    const printed: string[] = [];
    const output = { write: (text: string | Uint8Array) => printed.push(String(text)) > 0 };
    const { signal } = new AbortController();
    const world = { stdout: output, stderr: output, readStdin: () => "", env: { A2A_URL, A2A_TOKEN }, cwd: cloud.stateDir, signal };
    expect(await runCli(["verify", id], world)).toBe(0);
    expect(printed.join("")).toContain(`✓ ${id}: ${events.length} events, none altered`);
  });
});
