import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { gated, WorkflowClient } from "./support/workflow-client.ts";

const LIMIT = 5;
const SUBMISSIONS = 30;

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);
let agent: LoopbackAgent;

const Capacity = z.object({
  workflows: z.object({ running: z.int(), available: z.int(), waiting: z.int(), estimated_wait_time_minutes: z.number().nullable(), max_concurrent_workflows_per_tenant: z.int() }),
});
const Submitted = z.object({
  execution_id: z.string(),
  status: z.string(),
  queue_status: z.object({ position: z.int(), estimated_wait_seconds: z.number() }).optional(),
});
const Execution = z.object({ status: z.string(), execution_metadata: z.object({ submitted_at: z.string(), started_at: z.string().nullable(), completed_at: z.string().nullable() }) });

const capacity = async () => Capacity.parse((await cloud.call("GET", "/api/v1/capacity")).body).workflows;
const read = async (id: string) => Execution.parse((await cloud.call("GET", `/api/v1/executions/${id}`)).body);

async function submit(name: string, priority: string): Promise<z.infer<typeof Submitted>> {
  const { status, body } = await cloud.call("POST", `/api/v1/workflows/${name}/execute`, { input_data: {}, priority, execution_options: { runner: "graph" } });
  expect(status, JSON.stringify(body)).toBe(202);
  return Submitted.parse(body);
}

/** Most executions that were under way in the same moment. */
function mostAtOnce(spans: readonly (readonly [start: number, end: number])[]): number {
  const steps = spans.flatMap(([start, end]) => [[start, 1], [end, -1]] as const).sort(([a, up], [b, down]) => a - b || up - down);
  let [now, most] = [0, 0];
  for (const [, step] of steps) most = Math.max(most, (now += step));
  return most;
}

beforeAll(async () => {
  Object.assign(process.env, { MAX_CONCURRENT_WORKFLOWS: "8", MAX_CONCURRENT_WORKFLOWS_PER_TENANT: String(LIMIT), MAX_QUEUE_SIZE: "26" });
  cloud.start("--no-job", "--latency-ms", "0");
  for (const name of ["MAX_CONCURRENT_WORKFLOWS", "MAX_CONCURRENT_WORKFLOWS_PER_TENANT", "MAX_QUEUE_SIZE"]) delete process.env[name];
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["echo"] });
  expect(status, JSON.stringify(body)).toBe(201);
});

afterAll(async () => {
  agent.stop();
  await cloud.dispose();
});

describe(`a tenant that may have ${LIMIT} workflows under way`, () => {
  it(`submits ${SUBMISSIONS}: never more run, all complete, urgent ones start first`, async () => {
    await client.deploy("crowded", [{ id: "only", ...gated("crowded") }]);
    const priorities = ["low", "medium", "high", "critical"];
    const wishes = Array.from({ length: SUBMISSIONS }, (_, index) => priorities[index % priorities.length] ?? "medium");
    let most = 0;
    const over = new AbortController();
    const watching = (async () => {
      while (!over.signal.aborted) most = Math.max(most, (await capacity()).running);
    })();
    const submitted = await Promise.all(wishes.map((priority) => submit("crowded", priority)));
    expect(submitted.filter(({ status }) => status === "queued").length).toBeGreaterThanOrEqual(SUBMISSIONS - LIMIT);
    await agent.open("crowded");
    await Promise.all(submitted.map(({ execution_id: id }) => client.finished(id))).finally(() => over.abort());
    await watching;
    const ended = await Promise.all(submitted.map(({ execution_id: id }) => read(id)));
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(["completed"]));
    expect(most).toBeLessThanOrEqual(LIMIT);
    const spans = ended.map(({ execution_metadata: { started_at: start, completed_at: end } }) => [Date.parse(start ?? ""), Date.parse(end ?? "")] as const);
    expect(mostAtOnce(spans)).toBeLessThanOrEqual(LIMIT);
    // Of those that had to wait, no low one started before the last critical one.
    const starts = (priority: string) => spans.flatMap(([start], index) => (wishes[index] === priority && submitted[index]?.status === "queued" ? [start] : []));
    expect(Math.min(...starts("low"))).toBeGreaterThanOrEqual(Math.max(...starts("critical")));
    expect(await capacity()).toMatchObject({ running: 0, available: LIMIT, waiting: 0, estimated_wait_time_minutes: 0 });
  });

  it("says where one stands that waits, refuses low priority when the queue is full, and starts the next when one is cancelled", async () => {
    await client.deploy("held-up", [{ id: "only", input: { behaviour: "never-ends" } }]);
    const running = await Promise.all(Array.from({ length: LIMIT }, () => submit("held-up", "medium")));
    expect(new Set(running.map(({ status }) => status))).toEqual(new Set(["running"]));
    const first = await submit("held-up", "low");
    const second = await submit("held-up", "high");
    expect([first.queue_status?.position, second.queue_status?.position]).toEqual([1, 1]);
    expect(first.queue_status?.estimated_wait_seconds).toBeGreaterThan(0);
    const rest = await Promise.all(Array.from({ length: 24 }, () => submit("held-up", "low")));
    const refused = await cloud.call("POST", "/api/v1/workflows/held-up/execute", { input_data: {}, priority: "low" });
    expect({ status: refused.status, retry: Number(refused.headers.get("retry-after")) }).toEqual({ status: 429, retry: expect.any(Number) });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.body).toMatchObject({ title: "too many workflows are waiting", queue_status: { pending_workflows: 26, max_queue_size: 26 } });
    const cancel = (id: string) => cloud.call("POST", `/api/v1/executions/${id}/control`, { action: "cancel" });
    expect((await cancel(running[0]?.execution_id ?? "")).status).toBe(200);
    expect(["submitted", "running"]).toContain((await read(second.execution_id)).status);
    for (const { execution_id: id } of [first, ...rest, ...running.slice(1), second]) expect((await cancel(id)).status).toBe(200);
    expect(await capacity()).toMatchObject({ running: 0, waiting: 0 });
  });

  it("learns how long its workflows take", async () => {
    await client.deploy("learnt", [{ id: "only", input: { behaviour: "slow", delayMs: 300 } }]);
    for (let round = 0; round < 4; round += 1) await client.finished(await client.submit("learnt"));
    const id = await cloud.until(async () => {
      const begun = await client.submit("learnt");
      const { body } = await cloud.call("GET", `/api/v1/executions/${begun}/status`);
      await client.finished(begun);
      const { estimated_remaining_seconds: seconds } = z.object({ estimated_remaining_seconds: z.number() }).parse(body);
      // The estimate that nobody gave is 30 s; on a busy machine 300 ms become some seconds.
      return seconds > 0 && seconds < 15 ? begun : undefined;
    }, "an estimate from what was observed");
    expect(id).toMatch(/^exec_/);
  });
});

describe("a workflow that promises a duration", () => {
  it("is told to have missed it, with what was slow", async () => {
    await client.deploy("promised", [{ id: "slow-one", input: { behaviour: "slow", delayMs: 1500 } }], { sla_requirements: { max_duration_minutes: 0.01, success_rate_threshold: 0.9 } });
    const id = await client.submit("promised");
    await client.finished(id);
    const violated = (await client.events(id)).filter(({ event_type: type }) => type === "sla.violated");
    expect(violated).toMatchObject([{ kind: "deadline", reason: expect.stringContaining("slowest tasks: slow-one") }]);
    const { body } = await cloud.call("GET", `/api/v1/executions/${id}/status`);
    expect(body).toMatchObject({
      sla_compliance: { sla_violated: true, violation_reasons: [expect.stringContaining("slow-one")], success_rate_requirement: 0.9, actual_success_rate: 1 },
    });
  });
});
