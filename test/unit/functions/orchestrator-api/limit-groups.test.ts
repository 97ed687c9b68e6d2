import { beforeEach, describe, expect, it } from "vitest";
import { LimitGroups } from "../../../../shared/agents/pool/limit-groups.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const PATH = "/api/v1/limit-groups/openai";
let api: MemoryApi;
beforeEach(() => {
  api = new MemoryApi();
});

const put = (body: object, path = PATH) => api.call("PUT", path, { body });

describe("limit groups", () => {
  it("are set, shown with what is used of them, listed and taken away", async () => {
    expect((await put({ requests_per_minute: 60, concurrency: 5 })).statusCode).toBe(200);
    const ref = { tenant: TENANT, group: "openai" };
    const groups = new LimitGroups(api.deps.agents);
    await groups.take(ref, { id: "m-1", until: START + 60_000 }, START);
    await groups.hold(ref, START + 20_000, START);
    const used = { limit_group: "openai", requests_per_minute: 60, concurrency: 5, requests_used: 1, tokens_used: 0, at_work: 1, held_until: new Date(START + 20_000).toISOString() };
    expect((await api.call("GET", PATH)).json).toMatchObject(used);
    expect((await api.call("GET", "/api/v1/limit-groups")).json).toMatchObject({ limit_groups: [used] });
    expect((await api.call("DELETE", PATH)).statusCode).toBe(204);
    expect((await api.call("GET", PATH)).statusCode).toBe(404);
    expect((await api.call("DELETE", PATH)).statusCode).toBe(404);
  });

  it("keep what is counted when their limits change", async () => {
    await put({ requests_per_minute: 60 });
    await new LimitGroups(api.deps.agents).take({ tenant: TENANT, group: "openai" }, { id: "m-1", until: START }, START);
    expect((await put({ requests_per_minute: 6 })).json).toMatchObject({ requests_per_minute: 6, requests_used: 1 });
  });

  it("are nothing that was held and never set", async () => {
    await new LimitGroups(api.deps.agents).hold({ tenant: TENANT, group: "openai" }, START + 20_000, START);
    expect((await api.call("GET", PATH)).statusCode).toBe(404);
    expect((await api.call("GET", "/api/v1/limit-groups")).json).toEqual({ limit_groups: [] });
  });

  it.each([
    { body: {}, path: PATH },
    { body: { requests_per_minute: 0 }, path: PATH },
    { body: { concurrency: 100_000 }, path: PATH },
    { body: { requests: 60 }, path: PATH },
    { body: { requests_per_minute: 60 }, path: "/api/v1/limit-groups/Open%20AI" },
  ])("refuse $body at $path", async ({ body, path }) => {
    expect((await put(body, path)).statusCode).toBe(400);
  });

  it("are joined by registration, and left", async () => {
    const card = { name: "a", supportedInterfaces: [{ url: "https://a.test/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }] };
    const made = await api.call("POST", "/api/v1/agents", { body: { agent_id: "agent-a", endpoint: "https://a.test", card, limit_group: "openai" } });
    expect(made).toMatchObject({ statusCode: 201, json: { limit_group: "openai" } });
    expect((await api.call("PATCH", "/api/v1/agents/agent-a", { body: { limit_group: null } })).json).not.toHaveProperty("limit_group");
  });
});
