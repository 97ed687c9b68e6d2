import { createServer, type Server } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { sweepAgents } from "./support/sweep-agents.ts";

const cloud = new StartedCloud();
const agents = new Map<string, LoopbackAgent>();

const Agent = z.object({
  agent_id: z.string(),
  status: z.string(),
  health_score: z.number(),
  trust_score: z.number(),
  tasks_learned: z.number(),
  circuit_breaker: z.object({ state: z.string() }),
  probe: z.object({ ok: z.boolean(), reason: z.string().optional() }).optional(),
});

const agent = async (id: string) => Agent.parse((await cloud.call("GET", `/api/v1/agents/${id}`)).body);
const eventsOf = async (id: string): Promise<string[]> => {
  const { body } = await cloud.call("GET", `/api/v1/agents/${id}/events`);
  return z
    .object({ events: z.array(z.object({ event_type: z.string() })) })
    .parse(body)
    .events.map(({ event_type: type }) => type);
};

async function startLoopback(id: string, more: object = {}): Promise<void> {
  const started = await LoopbackAgent.start(path.join(cloud.stateDir, id));
  agents.set(id, started);
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { agent_id: id, endpoint: started.url, ...more });
  expect(status, JSON.stringify(body)).toBe(201);
}

async function run(name: string, tasks: readonly object[]): Promise<string> {
  const definition = {
    workflow: { name, version: "1.0", agents: { worker: { type: "loopback", capabilities: ["echo"] } }, tasks },
  };
  const { status, body } = await cloud.call("POST", "/api/v1/workflows/execute", { ...definition, input_data: {} });
  expect(status, JSON.stringify(body)).toBe(202);
  return z.object({ execution_id: z.string() }).parse(body).execution_id;
}

const statusOf = async (id: string) =>
  z.object({ status: z.string() }).parse((await cloud.call("GET", `/api/v1/executions/${id}`)).body).status;
const finished = (id: string) =>
  cloud.until(async () => {
    const status = await statusOf(id);
    return status === "completed" || status === "failed" ? status : undefined;
  }, `the end of ${id}`);

async function tasksOf(id: string) {
  const { body } = await cloud.call("GET", `/api/v1/executions/${id}/tasks?limit=200`);
  const Task = z.object({ task_id: z.string(), status: z.string(), agent_id: z.string().nullish(), attempt: z.int() });
  return z.object({ tasks: z.array(Task) }).parse(body).tasks;
}

/** Warm functions see what changed in the registry after five seconds at most. */
const untilSeen = () => new Promise((resolve) => setTimeout(resolve, 5100));

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  await startLoopback("agent-one");
  await startLoopback("agent-two", { location: "eu", tags: ["second"], max_concurrent_tasks: 50 });
});

afterAll(async () => {
  for (const started of agents.values()) started.stop();
  await cloud.dispose();
});

describe("the registry on the embedded cloud", () => {
  it("knows agents by their card URL, and what they can do", async () => {
    const { body } = await cloud.call("POST", "/api/v1/agents/discover", {
      capabilities: ["echo"],
      location_preference: "eu",
    });
    const { agents: found } = z
      .object({ agents: z.array(z.object({ agent_id: z.string(), reasons: z.array(z.string()) })) })
      .parse(body);
    expect(found.map(({ agent_id: id }) => id)).toEqual(["agent-two", "agent-one"]);
    expect(found[0]?.reasons).toContain("in eu");
  });

  it("says who could do a task now, and why the others cannot", async () => {
    const ask = (query: string) => cloud.call("GET", `/api/v1/agents/who-can?${query}`);
    const { body } = await ask("skill=echo&tags=second");
    expect(body).toMatchObject({ available: ["agent-two"] });
    expect(z.object({ agents: z.array(z.unknown()) }).parse(body).agents.slice(0, 2)).toEqual([
      { agent_id: "agent-two", available: true, obstacles: [] },
      { agent_id: "agent-one", available: false, obstacles: [{ code: "tag_missing", message: "lacks the tags 'second'" }] },
    ]);
    expect((await ask("skill=paint")).body).toMatchObject({ available: [], reason: "no registered agent offers 'paint'" });
    expect(await ask("skil=echo")).toMatchObject({ status: 400 });
    const { body: summary } = await cloud.call("GET", "/api/v1/agents/summary");
    expect(summary).toMatchObject({ by_status: { ACTIVE: expect.any(Number) }, capabilities: expect.arrayContaining([{ name: "echo", agents: 2, in_service: 2 }]) });
  });

  it("has an agent tried with one real message, and shows what was sent and heard", async () => {
    const trial = async (data: object) => {
      const { status, body } = await cloud.call("POST", "/api/v1/agents/agent-one/try", { text: "Do this", data });
      expect(status, JSON.stringify(body)).toBe(200);
      return body;
    };
    const skill = { skill: "echo" };
    expect(await trial({ ...skill, input: { behaviour: "echo", value: 7 } })).toMatchObject({ status: "completed", exchanges: expect.arrayContaining([expect.objectContaining({ request: expect.objectContaining({ method: "POST" }) })]) });
    expect(await trial({ ...skill, input: { behaviour: "task", delayMs: 700 } })).toMatchObject({ status: "completed", agent_task_id: expect.any(String) });
    expect(await trial({ ...skill, input: { behaviour: "fail" } })).toMatchObject({ status: "failed", failure: { code: "AgentFailed", message: "the work went wrong" } });
  });

  it("never reserves more of an agent than there is, with 200 reserving at once", async () => {
    const replies = await Promise.all(
      Array.from({ length: 200 }, () =>
        cloud.call("POST", "/api/v1/agents/agent-two/reserve", { duration_minutes: 1 }),
      ),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(50);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(150);
    const Reserved = z.object({ reservation_id: z.string() });
    const ids = replies.flatMap(({ body }) => Reserved.safeParse(body).data?.reservation_id ?? []);
    const released = await Promise.all(
      ids.map((id) => cloud.call("DELETE", `/api/v1/agents/agent-two/reservations/${id}`)),
    );
    expect(new Set(released.map(({ status }) => status))).toEqual(new Set([204]));
  });

  it("sends tasks where a rule says, and elsewhere again without it", async () => {
    const rule = { condition: 'skill == "echo"', targets: ["agent-two"], strategy: "failover" };
    expect((await cloud.call("PUT", "/api/v1/routing/rules/second", rule)).status).toBe(200);
    await untilSeen();
    const id = await run(
      "ruled",
      Array.from({ length: 6 }, (_, index) => ({ id: `t${index}`, agent: "worker", skill: "echo" })),
    );
    expect(await finished(id)).toBe("completed");
    expect(new Set((await tasksOf(id)).map(({ agent_id: who }) => who))).toEqual(new Set(["agent-two"]));
    expect((await cloud.call("DELETE", "/api/v1/routing/rules/second")).status).toBe(204);
  });

  it("learns from tasks what an agent is worth", async () => {
    const learnt = await cloud.until(async () => {
      const found = await agent("agent-two");
      return found.tasks_learned >= 6 ? found : undefined;
    }, "the lessons");
    // 5 × (6 + 5) ÷ (6 + 10) for six tasks without failure.
    expect(learnt.trust_score).toBeCloseTo(3.4375, 1);
    const { body } = await cloud.call("GET", "/api/v1/agents/agent-two/profile");
    expect(body).toMatchObject({
      performance_profile: { reliability_metrics: { success_rate_30d: 1, error_rate: 0 } },
    });
  });

  it("keeps an agent in quarantine from work until it is released", async () => {
    await cloud.call("POST", "/api/v1/agents/agent-one/quarantine", { reason: "looks odd" });
    await untilSeen();
    const id = await run(
      "held",
      Array.from({ length: 6 }, (_, index) => ({ id: `t${index}`, agent: "worker" })),
    );
    expect(await finished(id)).toBe("completed");
    expect(new Set((await tasksOf(id)).map(({ agent_id: who }) => who))).toEqual(new Set(["agent-two"]));
    await cloud.call("POST", "/api/v1/agents/agent-one/release", { reason: "is fine" });
    expect(await eventsOf("agent-one")).toEqual(expect.arrayContaining(["agent.quarantined", "agent.released"]));
    await untilSeen();
  });

  it("imports agents from an external registry and lets them go again", async () => {
    let cards = [agents.get("agent-one")?.url ?? ""];
    const server: Server = createServer(
      (_, response) =>
        void response.end(
          JSON.stringify({ agents: cards.map((endpoint) => ({ agent_id: "agent-imported", endpoint })) }),
        ),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = z.object({ port: z.int() }).parse(server.address());
    const added = await cloud.call("POST", "/api/v1/registries", {
      registry_id: "far",
      url: `http://127.0.0.1:${port}/api/v1/agents`,
      kind: "a2a-registry",
    });
    expect(added.body).toMatchObject({ last_sync: { ok: true, registered: 1 } });
    expect((await agent("agent-imported")).status).toBe("ACTIVE");
    cards = [agents.get("agent-two")?.url ?? ""];
    await cloud.call("POST", "/api/v1/registries/far/sync", {});
    expect((await cloud.call("DELETE", "/api/v1/registries/far")).status).toBe(204);
    expect((await cloud.call("GET", "/api/v1/agents/agent-imported")).status).toBe(404);
    expect(
      (await cloud.call("POST", "/api/v1/registries", { url: "http://169.254.169.254/latest", kind: "card-list" }))
        .body,
    ).toMatchObject({ last_sync: { ok: false } });
    server.close();
  });

  it("loses none of 100 tasks when an agent is killed in their midst, and opens its breaker", async () => {
    const tasks = Array.from({ length: 100 }, (_, index) => ({
      id: `t${index}`,
      agent: "worker",
      timeout: 10,
      input: { behaviour: "slow", delayMs: 300 + index * 25 },
      retry_policy: { max_attempts: 6, initial_delay_seconds: 0.2, backoff: "none", jitter: false },
    }));
    const id = await run("massacre", tasks);
    await cloud.until(
      async () => ((await tasksOf(id)).filter(({ status }) => status === "completed").length >= 15 ? true : undefined),
      "some tasks",
    );
    agents.get("agent-one")?.stop();
    expect(await finished(id)).toBe("completed");
    const done = await tasksOf(id);
    expect(done.filter(({ status }) => status === "completed")).toHaveLength(100);
    // It was killed with tasks in its hands.
    expect(done.filter(({ attempt }) => attempt > 1).length).toBeGreaterThan(5);
    expect(await eventsOf("agent-one")).toContain("agent.circuit_opened");
  });

  it("finds the dead agent out by a probe of the sweep, and says why", async () => {
    await sweepAgents(cloud);
    const dead = await agent("agent-one");
    expect(dead.probe?.ok).toBe(false);
    expect(dead.probe?.reason).toContain("ECONNREFUSED");
    expect(["DEGRADED", "INACTIVE"]).toContain(dead.status);
    expect((await agent("agent-two")).probe?.ok).toBe(true);
    expect((await agent("agent-ingest")).probe?.ok).toBe(true);
    expect(await eventsOf("agent-one")).toContain("agent.status_changed");
  });

  it("takes it back once it answers again under the same id", async () => {
    const next = await LoopbackAgent.start(path.join(cloud.stateDir, "agent-one-again"));
    agents.set("agent-one", next);
    const { status } = await cloud.call("PUT", "/api/v1/agents/agent-one", { endpoint: next.url });
    expect(status).toBe(200);
    await cloud.call("POST", "/api/v1/agents/agent-one/circuit-breaker/reset", { reason: "started again" });
    await sweepAgents(cloud);
    expect(await agent("agent-one")).toMatchObject({
      status: "ACTIVE",
      circuit_breaker: { state: "closed" },
      probe: { ok: true },
    });
  });
});
