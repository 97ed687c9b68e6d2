import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { registerOn } from "./registry-kit.ts";

let api: MemoryApi;
beforeEach(() => {
  api = new MemoryApi();
});

const register = (name: string, more: object = {}) => registerOn(api, name, more);
const flawsOf = (json: Record<string, unknown>) =>
  z.array(z.object({ field: z.string(), message: z.string() })).parse(json["errors"]);

describe("reservations", () => {
  it("keep slots free for a while, within the quotas, and come back by themselves", async () => {
    await register("one", { max_concurrent_tasks: 3, reservation_quota: { max_slots: 2, max_slots_per_holder: 2 } });
    const reserve = (slots: number, minutes = 5) =>
      api.call("POST", "/api/v1/agents/agent-one/reserve", { body: { slots, duration_minutes: minutes } });
    const first = await reserve(1);
    expect(first.statusCode).toBe(201);
    expect(first.json).toMatchObject({
      agent_id: "agent-one",
      status: "reserved",
      slots: 1,
      holder: "ann",
      expires_at: "2026-11-21T10:05:00.000Z",
    });
    expect((await reserve(1, 60)).statusCode).toBe(201);
    const full = await reserve(1);
    expect(full.statusCode).toBe(409);
    expect(full.json["detail"]).toBe(
      "agent 'agent-one' has 0 of 2 slots free, not 1; the next reservation ends 2026-11-21T10:05:00.000Z",
    );
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
    expect(
      (await api.call("DELETE", `/api/v1/agents/agent-one/reservations/${String(json["reservation_id"])}`)).statusCode,
    ).toBe(204);
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
    expect((await put("low", { priority: 1, targets: ["agent-one"] })).json).toMatchObject({
      name: "low",
      strategy: "resource_aware_round_robin",
      updated_by: "ann",
    });
    await put("high", {
      priority: 100,
      condition: 'payload.task_type == "carbon"',
      targets: ["agent-one"],
      strategy: "least_loaded",
    });
    const { json } = await api.call("GET", "/api/v1/routing/rules");
    expect(json["rules"]).toMatchObject([{ name: "high" }, { name: "low" }]);
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
    expect(flawsOf(reply.json)[0]?.field).toBe(field);
  });

  it("decide, and the decision can be asked for beforehand", async () => {
    await register("one");
    await register("two");
    await put("carbon", { condition: 'payload.task_type == "carbon"', targets: ["agent-two"] });
    const decide = (payload: object) =>
      api.call("POST", "/api/v1/routing/decide", { body: { skill: "calc", payload } });
    expect((await decide({ task_type: "carbon" })).json).toMatchObject({
      agent_id: "agent-two",
      rule: "carbon",
      total_candidates: 2,
    });
    expect((await decide({ task_type: "water" })).json["rule"]).toBeUndefined();
    expect((await api.call("POST", "/api/v1/routing/decide", { body: { skill: "nothing" } })).json).toMatchObject({
      agent_id: null,
      reason: "no agent in service can do it",
    });
  });
});

describe("resources", () => {
  it("have the shape of spec 000, with null for what nobody reports", async () => {
    await register("one", {
      location: "us-east-1a",
      metadata: { cpu_cores: 4, memory_gb: 16 },
      max_concurrent_tasks: 3,
    });
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
