import { describe, expect, it } from "vitest";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";

describe("patterns over the API", () => {
  it.each([
    { filter: undefined, names: ["supervisor", "supervised", "handoff", "evaluator_optimizer", "network", "voting", "debate", "contract_net", "blackboard", "group_chat", "swarm", "pipeline", "map_reduce"] },
    { filter: "built-in", names: ["supervisor", "supervised", "handoff", "evaluator_optimizer", "network", "voting", "debate", "contract_net", "blackboard", "group_chat", "swarm", "pipeline", "map_reduce"] },
    { filter: "custom", names: [] },
  ])("lists $filter", async ({ filter, names }) => {
    const { statusCode, json } = await new MemoryApi().call("GET", "/api/v1/patterns", { query: filter === undefined ? {} : { filter } });
    expect(statusCode).toBe(200);
    const patterns = Array.isArray(json["patterns"]) ? json["patterns"] : [];
    expect(patterns.map(({ name }: { name: string }) => name)).toEqual(names);
  });

  it("shows a pattern whole: members, configuration with defaults, bound, messages", async () => {
    const { statusCode, json } = await new MemoryApi().call("GET", "/api/v1/patterns/evaluator_optimizer");
    expect(statusCode).toBe(200);
    expect(json).toMatchObject({
      pattern_id: "evaluator_optimizer",
      version: "1.0",
      type: "built-in",
      members: { optimizer: { least: 1, most: 1 }, evaluator: { least: 1, most: 1 } },
      configuration_schema: { type: "object", properties: { max_rounds: { type: "integer", default: 5, minimum: 1, maximum: 50 } } },
      calls_bound: "2 × max_rounds",
      messages: [{ kind: "produce", answer_schema: {} }, { kind: "improve" }, { kind: "assess", answer_schema: { required: ["score"] } }],
    });
  });

  it("does not know others, and takes no other filter", async () => {
    const api = new MemoryApi();
    expect((await api.call("GET", "/api/v1/patterns/murmuration")).statusCode).toBe(404);
    expect((await api.call("GET", "/api/v1/patterns", { query: { filter: "mine" } })).statusCode).toBe(400);
  });

  it.each([
    { roles: "workflow_submitter", status: 200 },
    { roles: "workflow_designer", status: 200 },
    { roles: "operator", status: 200 },
    { roles: "agent", status: 403 },
  ])("answers $roles with $status", async ({ roles, status }) => {
    expect((await new MemoryApi().call("GET", "/api/v1/patterns", { roles })).statusCode).toBe(status);
  });
});
