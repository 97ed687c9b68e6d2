import { describe, expect, it } from "vitest";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";

const NOTHING = { errors: [], warnings: [], optimizations: [] };
const PATH = "/api/v1/workflows/plan";

describe("POST /workflows/plan", () => {
  it("answers a definition with flaws as a result, not as a refusal", async () => {
    const api = new MemoryApi();
    const flaw = { code: "Cycle", severity: "error", message: "a → b → a", remedy: "cut it", path: "tasks", file: "definition.yaml", line: 4, column: 2 };
    api.planReply = { outcome: "invalid", report: { ...NOTHING, errors: [flaw] } };
    const { statusCode, json } = await api.call("POST", PATH, { body: "name: x", headers: { "content-type": "application/yaml" } });
    expect({ statusCode, json }).toEqual({ statusCode: 200, json: { is_valid: false, validation_report: { ...NOTHING, errors: [flaw] } } });
    expect(api.planned).toMatchObject([{ tenant: "acme", mode: "preview", source: { text: "name: x", file: "definition.yaml" } }]);
  });

  it("answers how it would run: estimates, costs where tasks state some, and each task", async () => {
    const api = new MemoryApi();
    const definition = await api.deploy({ estimatedCost: 1.5 });
    const tasks = [{ id: "a", kind: "agent", agent: "worker", skill: "work", depends_on: [], estimate_seconds: 60 }];
    const summary = { plan_hash: definition.plan, levels: [["a"]], critical_path: { tasks: ["a"], seconds: 60 }, parallel_degree: 1, machines: [] };
    api.planReply = { outcome: "planned", report: NOTHING, definition, summary, tasks };
    const { json } = await api.call("POST", PATH, { body: "{}" });
    expect(json).toMatchObject({ is_valid: true, plan: { workflow_id: "drawn", estimated_cost: 1.5, tasks, ...summary, estimated_resources: { estimated_duration_seconds: definition.estimatedSeconds } } });
  });
});

describe("POST /expressions/try", () => {
  it.each([
    { body: { expression: "" }, field: "body.expression" },
    { body: { expression: "x".repeat(2001) }, field: "body.expression" },
    { body: { expression: "1", example: { __proto__x: 1 } }, field: "body.example.__proto__x" },
    { body: { expression: "1", exmaple: {} }, field: "body" },
  ])("refuses $field that does not fit", async ({ body, field }) => {
    const { statusCode, json } = await new MemoryApi().call("POST", "/api/v1/expressions/try", { body });
    expect({ statusCode, json }).toMatchObject({ statusCode: 400, json: { errors: [{ field }] } });
  });

  it("gives the value, or what is wrong and where", async () => {
    const trial = async (expression: string) =>
      (await new MemoryApi().call("POST", "/api/v1/expressions/try", { body: { expression, example: { input: { n: 1 } } } })).json;
    expect(await trial("input.n + 1")).toMatchObject({ is_valid: true, value: 2 });
    expect(await trial("input.m")).toMatchObject({ is_valid: false, error: { position: { offset: 6, line: 1, column: 7 } } });
  });
});
