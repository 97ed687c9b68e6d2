import { describe, expect, it } from "vitest";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";

describe("the router", () => {
  it.each([
    { what: "an unknown path", method: "GET", path: "/api/v1/nothing", status: 404, type: "NoSuchPath" },
    { what: "a known path with another method", method: "DELETE", path: "/api/v1/workflows", status: 405, type: "MethodNotAllowed" },
    { what: "an unknown execution", method: "GET", path: "/api/v1/executions/exec_99999999", status: 404, type: "NotFound" },
    { what: "no identity", method: "GET", path: "/api/v1/executions", call: { authorizer: null }, status: 401, type: "Unauthenticated" },
    { what: "an identity with a strange tenant", method: "GET", path: "/api/v1/executions", call: { tenant: "a#b" }, status: 401, type: "Unauthenticated" },
    { what: "a caller without roles", method: "GET", path: "/api/v1/executions", call: { roles: "" }, status: 403, type: "Forbidden" },
    { what: "a role that does not exist", method: "GET", path: "/api/v1/executions", call: { roles: "constructor __proto__" }, status: 403, type: "Forbidden" },
    { what: "a role that may not", method: "DELETE", path: "/api/v1/agents/agent-x", call: { roles: "workflow_designer" }, status: 403, type: "Forbidden" },
    { what: "an unknown query key", method: "GET", path: "/api/v1/executions", call: { query: { statsu: "running" } }, status: 400, type: "InvalidRequest" },
    { what: "a limit of zero", method: "GET", path: "/api/v1/executions", call: { query: { limit: "0" } }, status: 400, type: "InvalidRequest" },
    { what: "an id longer than any key", method: "GET", path: `/api/v1/executions/${"x".repeat(3000)}`, status: 400, type: "InvalidRequest" },
    { what: "a body that is no JSON", method: "POST", path: "/api/v1/workflows/w/execute", call: { body: "{" }, status: 400, type: "InvalidRequest" },
    { what: "a key the body does not have", method: "POST", path: "/api/v1/workflows/w/execute", call: { body: { inptu: 1 } }, status: 400, type: "InvalidRequest" },
    { what: "a blank idempotency key", method: "POST", path: "/api/v1/workflows/w/execute", call: { headers: { "idempotency-key": " " } }, status: 400, type: "InvalidRequest" },
    { what: "a body of more than 5 MB", method: "POST", path: "/api/v1/workflows/w/execute", call: { body: JSON.stringify("x".repeat(5_000_000)) }, status: 413, type: "RequestTooLarge" },
    { what: "a definition of more than 5 MB", method: "POST", path: "/api/v1/workflows", call: { body: "x".repeat(5_000_001) }, status: 413, type: "RequestTooLarge" },
    { what: "a definition that outgrows an invocation once quoted", method: "POST", path: "/api/v1/workflows", call: { body: '"'.repeat(4_000_000) }, status: 413, type: "RequestTooLarge" },
    { what: "another tenant's secret", method: "POST", path: "/api/v1/agents", call: { body: { endpoint: "https://a.test", credential_secret_arn: "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/agents/victim/key-AbCdEf" } }, status: 400, type: "InvalidRequest" },
    { what: "both dialects at once", method: "POST", path: "/api/v1/workflows/execute", call: { body: { workflow: {}, workflow_definition: {} } }, status: 400, type: "InvalidRequest" },
  ])("answers $what with $status", async ({ method, path, call, status, type }) => {
    const reply = await new MemoryApi().call(method, path, call ?? {});
    expect({ status: reply.statusCode, type: reply.json["type"] }).toEqual({ status, type: `urn:a2a-orchestrator:problem:${type}` });
    expect(reply.headers).toMatchObject({ "content-type": "application/problem+json", "x-content-type-options": "nosniff" });
  });

  it("names the methods that a path takes", async () => {
    expect((await new MemoryApi().call("PUT", "/api/v1/agents")).headers?.["allow"]).toBe("POST, GET");
  });

  it("answers a definition with flaws with every flaw", async () => {
    const api = new MemoryApi();
    const flaw = { code: "Cycle", severity: "error", message: "a → b → a", remedy: "cut it", path: "tasks" };
    api.planReply = { outcome: "invalid", report: { errors: [flaw], warnings: [], optimizations: [] } };
    const reply = await api.call("POST", "/api/v1/workflows", { body: "name: x", headers: { "Content-Type": "application/yaml" } });
    expect(reply.statusCode).toBe(422);
    expect(reply.json).toMatchObject({ type: "urn:a2a-orchestrator:problem:InvalidDefinition", detail: "tasks: a → b → a", errors: [flaw] });
    expect(api.planned).toMatchObject([{ tenant: "acme", mode: "deploy", source: { text: "name: x", file: "definition.yaml" } }]);
  });

  it("reads a body in base64", async () => {
    const api = new MemoryApi();
    await api.deploy();
    const body = Buffer.from('{"input_data":{"n":"ü"}}').toString("base64");
    const reply = await api.call("POST", "/api/v1/workflows/drawn/execute", { body, isBase64Encoded: true });
    expect(reply.statusCode).toBe(202);
    expect([...api.runtime.tables.rows.values()].find(({ sk }) => sk === "META")?.["input"]).toEqual({ json: '{"n":"ü"}' });
  });

  it("hides what went wrong inside, and gives a number to quote", async () => {
    const api = new MemoryApi();
    api.runtime.tables.onSend = () => {
      throw new Error("secret detail");
    };
    const reply = await api.call("GET", "/api/v1/executions");
    expect(reply.statusCode).toBe(500);
    expect(reply.body).not.toContain("secret detail");
    expect(reply.json["detail"]).toContain("request-1");
  });

  it("answers probes without identity", async () => {
    expect((await new MemoryApi().call("GET", "/health", { authorizer: null })).statusCode).toBe(200);
    expect((await new MemoryApi().call("GET", "/openapi.json", { authorizer: null })).statusCode).toBe(200);
  });
});
