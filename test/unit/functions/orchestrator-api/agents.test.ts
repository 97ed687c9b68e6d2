import { beforeEach, describe, expect, it } from "vitest";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";

let api: MemoryApi;
beforeEach(() => {
  api = new MemoryApi();
});

const card = (name: string, ...skills: string[]) => ({
  name,
  description: "does things",
  version: "1.0.0",
  supportedInterfaces: [{ url: `https://${name}.test/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {},
  skills: skills.map((id) => ({ id, name: id, description: "", tags: [] })),
});

const register = (name: string, more: object = {}, tenant = "acme") =>
  api.call("POST", "/api/v1/agents", { tenant, body: { endpoint: `https://${name}.test/`, card: card(name, "calc"), ...more } });

const events = (agent: string) =>
  [...api.runtime.tables.rows.values()].filter(({ pk, sk }) => pk === `T#acme#A#${agent}` && String(sk).startsWith("EVT#")).map(({ type }) => type);

describe("registering an agent", () => {
  it("takes the descriptor of spec 003 §4 with its card inside", async () => {
    const reply = await register("carbon", {
      agent_id: "agent-carbon-calc-001",
      agent_type: "CarbonCalculatorAgent",
      version: "2.1.3",
      capabilities: ["carbon_calculation", "scope3_emissions"],
      service_types: ["COMPUTATION"],
      tags: ["production", "us-east-1"],
      sla: { max_latency_ms: 500, availability: 0.999 },
      metadata: { max_concurrent_requests: 7, supported_frameworks: ["GHG Protocol"] },
      location: "us-east-1",
    });
    expect(reply.statusCode).toBe(201);
    expect(reply.headers?.["location"]).toBe("/api/v1/agents/agent-carbon-calc-001");
    expect(reply.json).toMatchObject({
      agent_id: "agent-carbon-calc-001",
      version: "2.1.3",
      capabilities: ["calc", "carbon_calculation", "scope3_emissions"],
      max_concurrent_tasks: 7,
      status: "ACTIVE",
      health_score: 1,
      trust_score: 2.5,
      in_service: true,
      circuit_breaker: { state: "closed", failures: 0 },
      load: { queue_size: 0, reserved_slots: 0, max_concurrent_tasks: 7, utilization: 0 },
    });
    expect(events("agent-carbon-calc-001")).toEqual(["agent.registered"]);
  });

  it.each([
    { field: "body.agent_id", body: { agent_id: "carbon" }, says: "agent-" },
    { field: "body.version", body: { version: "1.2" }, says: "semantic version" },
    { field: "body.version", body: { version: "01.2.3" }, says: "semantic version" },
    { field: "body.endpoint", body: { endpoint: "tcp://10.0.1.50:5000" }, says: "http(s) URL" },
    { field: "body.sla.availability", body: { sla: { availability: 99.9 } }, says: "1" },
    { field: "body.service_types.0", body: { service_types: ["two words"] }, says: "one word" },
    { field: "body.tags.0", body: { tags: [""] }, says: "" },
    { field: "body.location", body: { location: "" }, says: "" },
    { field: "body.card", body: { card: { name: "nobody" } }, says: "is no agent card" },
    { field: "body", body: { endpiont: "x" }, says: "endpiont" },
  ])("says what is wrong with $body", async ({ field, body, says }) => {
    const reply = await register("flawed", body);
    expect(reply.statusCode).toBe(400);
    const errors = reply.json["errors"] as { field: string; message: string }[];
    const flaw = errors.find((error) => error.field === field);
    expect(flaw?.message).toContain(says);
  });

  it("again is an update that keeps when it began", async () => {
    await register("one");
    api.runtime.time += 60_000;
    const reply = await register("one", { tags: ["new"] });
    expect(reply.statusCode).toBe(200);
    expect(reply.json).toMatchObject({ tags: ["new"], registered_at: "2026-11-21T10:00:00.000Z" });
  });

  it("changes only what is said, and null takes a field away", async () => {
    await register("one", { location: "here", tags: ["a"], version: "3.0.0" });
    const changed = await api.call("PATCH", "/api/v1/agents/agent-one", { body: { location: null, version: null, capabilities: ["extra"] } });
    expect(changed.json).toMatchObject({ tags: ["a"], version: "1.0.0", capabilities: ["calc", "extra"] });
    expect(changed.json["location"]).toBeUndefined();
    expect((await api.call("PATCH", "/api/v1/agents/agent-none", { body: { tags: [] } })).statusCode).toBe(404);
  });

  it("replaces everything with PUT, under the id of the path", async () => {
    await register("one", { location: "here", tags: ["a"] });
    const body = { endpoint: "https://one.test/", card: card("another", "other") };
    const replaced = await api.call("PUT", "/api/v1/agents/agent-one", { body });
    expect(replaced.json).toMatchObject({ agent_id: "agent-one", name: "another", tags: [], capabilities: ["other"] });
    expect(replaced.json["location"]).toBeUndefined();
  });

  it("ends with deregistration, of which the history stays", async () => {
    await register("one");
    expect((await api.call("DELETE", "/api/v1/agents/agent-one")).statusCode).toBe(204);
    expect((await api.call("GET", "/api/v1/agents/agent-one")).statusCode).toBe(404);
    expect((await api.call("DELETE", "/api/v1/agents/agent-one")).statusCode).toBe(404);
    const { json } = await api.call("GET", "/api/v1/agents/agent-one/events");
    expect((json["events"] as { event_type: string }[]).map(({ event_type: type }) => type).sort()).toEqual(["agent.deregistered", "agent.registered"]);
  });
});

describe("heartbeats", () => {
  it("keep the metrics, and lower the health that they speak of", async () => {
    await register("one");
    const metrics = { cpu_usage: 0.9, error_rate: 0.1, response_time_ms: 234, queue_size: 12 };
    expect((await api.call("POST", "/api/v1/agents/agent-one/heartbeat", { body: { metrics } })).statusCode).toBe(200);
    // 0.9 for the error rate, 0.8 for the busy CPU.
    expect((await api.call("GET", "/api/v1/agents/agent-one")).json).toMatchObject({ health_score: 0.72, metrics, load: { queue_size: 12 } });
  });

  it("are owed only by those who promised or sent some", async () => {
    await register("quiet");
    await register("beating");
    await register("promised", { heartbeat_interval_seconds: 30 });
    await api.call("POST", "/api/v1/agents/agent-beating/heartbeat", { body: {} });
    api.runtime.time += 61_000;
    const health = async (id: string) => (await api.call("GET", `/api/v1/agents/${id}`)).json["health_score"];
    expect([await health("agent-quiet"), await health("agent-beating"), await health("agent-promised")]).toEqual([1, 0.5, 0.5]);
  });

  it("of many go in one request, and strangers are named", async () => {
    await register("one");
    await register("two");
    const heartbeats = ["agent-one", "agent-ghost", "agent-two"].map((agent_id) => ({ agent_id, metrics: { queue_size: 1 } }));
    const reply = await api.call("POST", "/api/v1/agents/heartbeats", { body: { heartbeats } });
    expect(reply.json).toEqual({ accepted: 2, unknown_agents: ["agent-ghost"], received_at: "2026-11-21T10:00:00.000Z" });
    expect((await api.call("POST", "/api/v1/agents/agent-ghost/heartbeat", { body: {} })).statusCode).toBe(404);
    expect((await api.call("POST", "/api/v1/agents/heartbeats", { body: { heartbeats: [] } })).statusCode).toBe(400);
  });
});

describe("quarantine", () => {
  it("keeps an agent out of discovery until it is released, and both are on record", async () => {
    await register("one");
    const found = async () => (await api.call("POST", "/api/v1/agents/discover", { body: { capabilities: ["calc"] } })).json["total"];
    expect(await found()).toBe(1);
    const reply = await api.call("POST", "/api/v1/agents/agent-one/quarantine", { body: { reason: "leaks" } });
    expect(reply.json).toMatchObject({ in_service: false, status: "ACTIVE", quarantine: { reason: "leaks", by: "ann" } });
    expect(await found()).toBe(0);
    expect((await api.call("POST", "/api/v1/agents/agent-one/reserve", { body: {} })).statusCode).toBe(409);
    await register("one");
    expect(await found()).toBe(0);
    await api.call("POST", "/api/v1/agents/agent-one/release", { body: { reason: "mended" } });
    expect(await found()).toBe(1);
    expect((await api.call("POST", "/api/v1/agents/agent-one/release", { body: { reason: "again" } })).statusCode).toBe(409);
    expect(events("agent-one").filter((type) => type !== "agent.registered").sort()).toEqual(["agent.quarantined", "agent.released"]);
  });
});

describe("discovery", () => {
  it("wants everything that is asked for, and says why an agent stands where it stands", async () => {
    await register("near", { tags: ["prod"], service_types: ["COMPUTATION"], location: "eu", version: "2.0.0" });
    await register("far", { tags: ["prod"], service_types: ["COMPUTATION"], location: "us", version: "2.1.0" });
    await register("old", { tags: ["prod"], service_types: ["COMPUTATION"], location: "eu", version: "1.9.0" });
    await register("other", { tags: ["test"], service_types: ["COMPUTATION"], location: "eu", version: "2.0.0" });
    const body = { capabilities: ["calc"], tags: ["prod"], service_types: ["COMPUTATION"], version: ">=2.0.0", location_preference: "eu", min_health_score: 0.8 };
    const { json } = await api.call("POST", "/api/v1/agents/discover", { body });
    const agents = json["agents"] as { agent_id: string; reasons: string[] }[];
    expect(agents.map(({ agent_id: id }) => id)).toEqual(["agent-near", "agent-far"]);
    expect(agents[0]?.reasons).toContain("in eu");
    expect((await api.call("POST", "/api/v1/agents/discover", { body: { version: "new" } })).statusCode).toBe(400);
  });

  it("matches with weights and constraints of spec 000, and says why others do not fit", async () => {
    await register("one", { tags: ["x"] });
    await register("two", { card: card("two", "else") });
    const body = { workflow_requirements: { skills: ["calc"] }, constraints: { min_trust_score: 4 } };
    expect((await api.call("POST", "/api/v1/agents/match", { body })).json).toMatchObject({
      matches: [],
      total_matches: 0,
      excluded: [{ agent_id: "agent-one", reasons: ["has a trust score of 2.50 of 5, below 4"] }, { agent_id: "agent-two" }],
    });
    const loose = await api.call("POST", "/api/v1/agents/match", { body: { workflow_requirements: { skills: ["calc"] } } });
    expect(loose.json).toMatchObject({ matches: [{ agent_id: "agent-one", trust_score: 2.5 }], total_matches: 1 });
  });

  it("lists by capability, page by page", async () => {
    for (const name of ["a", "b", "c"]) await register(name);
    const first = await api.call("GET", "/api/v1/agents", { query: { capability: "calc", limit: "2" } });
    const ids = (json: Record<string, unknown>) => (json["agents"] as { agent_id: string }[]).map(({ agent_id: id }) => id);
    expect(ids(first.json)).toEqual(["agent-a", "agent-b"]);
    const second = await api.call("GET", "/api/v1/agents", { query: { capability: "calc", limit: "2", cursor: String(first.json["next_cursor"]) } });
    expect(ids(second.json)).toEqual(["agent-c"]);
    expect(second.json["next_cursor"]).toBeUndefined();
  });
});

describe("reservations", () => {
  it("keep slots free for a while, within the quotas, and come back by themselves", async () => {
    await register("one", { max_concurrent_tasks: 3, reservation_quota: { max_slots: 2, max_slots_per_holder: 2 } });
    const reserve = (slots: number, minutes = 5) => api.call("POST", "/api/v1/agents/agent-one/reserve", { body: { slots, duration_minutes: minutes } });
    const first = await reserve(1);
    expect(first.statusCode).toBe(201);
    expect(first.json).toMatchObject({ agent_id: "agent-one", status: "reserved", slots: 1, holder: "ann", expires_at: "2026-11-21T10:05:00.000Z" });
    expect((await reserve(1, 60)).statusCode).toBe(201);
    const full = await reserve(1);
    expect(full.statusCode).toBe(409);
    expect(full.json["detail"]).toBe("agent 'agent-one' has 0 of 2 slots free, not 1; the next reservation ends 2026-11-21T10:05:00.000Z");
    expect((await api.call("GET", "/api/v1/agents/agent-one")).json).toMatchObject({ load: { reserved_slots: 2 } });
    api.runtime.time += 5 * 60_000;
    expect((await api.call("GET", "/api/v1/agents/agent-one")).json).toMatchObject({ load: { reserved_slots: 1 } });
    expect((await reserve(1)).statusCode).toBe(201);
    expect((await reserve(1)).statusCode).toBe(409);
    const path = `/api/v1/agents/agent-one/reservations/${String(first.json["reservation_id"])}`;
    expect((await api.call("DELETE", path)).statusCode).toBe(404);
  });

  it("are given back before their time", async () => {
    await register("one", { max_concurrent_tasks: 1 });
    const { json } = await api.call("POST", "/api/v1/agents/agent-one/reserve", { body: {} });
    expect((await api.call("POST", "/api/v1/agents/agent-one/reserve", { body: {} })).statusCode).toBe(409);
    expect((await api.call("DELETE", `/api/v1/agents/agent-one/reservations/${String(json["reservation_id"])}`)).statusCode).toBe(204);
    expect((await api.call("POST", "/api/v1/agents/agent-one/reserve", { body: {} })).statusCode).toBe(201);
  });

  it("of one holder stay within the holder's quota", async () => {
    await register("one", { max_concurrent_tasks: 10, reservation_quota: { max_slots_per_holder: 1 } });
    expect((await api.call("POST", "/api/v1/agents/agent-one/reserve", { body: {} })).statusCode).toBe(201);
    const second = await api.call("POST", "/api/v1/agents/agent-one/reserve", { body: {} });
    expect(second.json["detail"]).toContain("9 of 10 slots free, 0 for you");
  });
});

describe("routing rules", () => {
  const put = (name: string, body: object) => api.call("PUT", `/api/v1/routing/rules/${name}`, { body });

  it("are written, listed by priority, read and deleted", async () => {
    expect((await put("low", { priority: 1, targets: ["agent-one"] })).json).toMatchObject({ name: "low", strategy: "resource_aware_round_robin", updated_by: "ann" });
    await put("high", { priority: 100, condition: 'payload.task_type == "carbon"', targets: ["agent-one"], strategy: "least_loaded" });
    const { json } = await api.call("GET", "/api/v1/routing/rules");
    expect((json["rules"] as { name: string }[]).map(({ name }) => name)).toEqual(["high", "low"]);
    expect((await api.call("GET", "/api/v1/routing/rules/high")).json).toMatchObject({ strategy: "least_loaded" });
    expect((await api.call("DELETE", "/api/v1/routing/rules/high")).statusCode).toBe(204);
    expect((await api.call("DELETE", "/api/v1/routing/rules/high")).statusCode).toBe(404);
  });

  it.each([
    { body: { targets: ["agent-one"], condition: "payload.x ==" }, field: "body.condition" },
    { body: { targets: ["agent-one"], condition: "secrets.x == 1" }, field: "body.condition" },
    { body: { targets: [] }, field: "body.targets" },
    { body: { targets: ["agent-one"], strategy: "best" }, field: "body.strategy" },
  ])("with flaws are refused: $field", async ({ body, field }) => {
    const reply = await put("flawed", body);
    expect(reply.statusCode).toBe(400);
    expect((reply.json["errors"] as { field: string }[])[0]?.field).toBe(field);
  });

  it("decide, and the decision can be asked for beforehand", async () => {
    await register("one");
    await register("two");
    await put("carbon", { condition: 'payload.task_type == "carbon"', targets: ["agent-two"] });
    const decide = (payload: object) => api.call("POST", "/api/v1/routing/decide", { body: { skill: "calc", payload } });
    expect((await decide({ task_type: "carbon" })).json).toMatchObject({ agent_id: "agent-two", rule: "carbon", total_candidates: 2 });
    expect((await decide({ task_type: "water" })).json["rule"]).toBeUndefined();
    expect((await api.call("POST", "/api/v1/routing/decide", { body: { skill: "nothing" } })).json).toMatchObject({ agent_id: null, reason: "no agent in service can do it" });
  });
});

describe("resources", () => {
  it("have the shape of spec 000, with null for what nobody reports", async () => {
    await register("one", { location: "us-east-1a", metadata: { cpu_cores: 4, memory_gb: 16 }, max_concurrent_tasks: 3 });
    await register("two", { location: "us-east-1a", max_concurrent_tasks: 5 });
    await api.call("POST", "/api/v1/agents/agent-one/heartbeat", { body: { metrics: { cpu_usage: 0.5 } } });
    await api.call("POST", "/api/v1/agents/agent-two/quarantine", { body: { reason: "test" } });
    await api.runtime.submit({ status: "queued", priority: "high", estimatedSeconds: 90 });
    api.runtime.time += 6000;
    expect((await api.call("GET", "/api/v1/resources/status")).json).toEqual({
      cluster_status: {
        total_capacity: { agents: 2, concurrent_tasks: 8, cpu_cores: 4, memory_gb: 16, storage_tb: null },
        current_utilization: { agents_active: 1, cpu_usage: "50%", memory_usage: null, storage_usage: null },
        availability_zones: [{ zone: "us-east-1a", agents: 2, status: "degraded" }],
      },
      queue_status: {
        pending_workflows: 1,
        estimated_wait_time_minutes: 2,
        priority_breakdown: { critical: 0, high: 1, medium: 0, low: 0 },
      },
    });
  });
});
