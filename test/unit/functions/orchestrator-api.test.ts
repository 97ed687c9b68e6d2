import { describe, expect, it } from "vitest";
import * as z from "zod";
import { describeRoutes } from "../../../functions/orchestrator-api/openapi.ts";
import { ROUTES } from "../../../functions/orchestrator-api/route-table.ts";
import { dispatchTask } from "../../../functions/dispatch-task/dispatch-task.ts";
import { EXECUTION } from "../../fixtures/runtime/memory-runtime.ts";
import { MemoryApi } from "../../fixtures/runtime/memory-api.ts";

const Listing = z.object({ executions: z.array(z.object({ execution_id: z.string() })), next_cursor: z.string().optional() });

const Operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  security: z.array(z.object({})).optional(),
  parameters: z.array(z.object({ name: z.string(), in: z.enum(["path", "query", "header"]), required: z.boolean(), schema: z.looseObject({}) })),
  requestBody: z.object({ required: z.literal(true), content: z.record(z.string(), z.object({ schema: z.looseObject({}) })) }).optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const OpenApi = z.object({
  openapi: z.literal("3.1.0"),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string().startsWith("/"), z.partialRecord(z.enum(["get", "post", "put", "patch", "delete"]), Operation)),
});

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

describe("cursors", () => {
  const cursorOf = (key: object): string => Buffer.from(JSON.stringify(key)).toString("base64url");

  async function page(api: MemoryApi, query: Record<string, string>) {
    return api.call("GET", "/api/v1/executions", { query });
  }

  it("lead through every row once, newest first", async () => {
    const api = new MemoryApi();
    for (let index = 0; index < 5; index += 1) {
      await api.runtime.submit({ executionId: `exec_000000000${index}`, submittedAt: new Date(Date.parse("2026-11-21T10:00:00Z") + index).toISOString() });
    }
    const ids: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { json } = await page(api, { limit: "2", ...(cursor === undefined ? {} : { cursor }) });
      const { executions, next_cursor: next } = Listing.parse(json);
      ids.push(...executions.map(({ execution_id: id }) => id.at(-1)));
      cursor = next;
    } while (cursor !== undefined);
    expect(ids).toEqual(["4", "3", "2", "1", "0"]);
  });

  const good = { pk: "T#acme#X#exec_0000000001", sk: "META", byTenant: "T#acme#X", submittedAt: "2026-11-21T10:00:00.001Z" };

  it.each([
    { what: "another tenant's row", key: { ...good, pk: "T#evil#X#exec_0000000001" } },
    { what: "another tenant's index partition", key: { ...good, byTenant: "T#evil#X" } },
    { what: "another listing", key: { pk: good.pk, sk: "META", byStatus: "T#acme#S#running", submittedAt: good.submittedAt } },
    { what: "a key too many", key: { ...good, more: "x" } },
    { what: "a key too few", key: { pk: good.pk, sk: "META", byTenant: good.byTenant } },
    { what: "an empty key, which DynamoDB refuses", key: { ...good, submittedAt: "" } },
    { what: "a key longer than DynamoDB takes", key: { ...good, submittedAt: "x".repeat(1025) } },
    { what: "a number", key: { ...good, submittedAt: 7 } },
    { what: "a list", key: [] },
  ])("that name $what are refused", async ({ key }) => {
    expect((await page(new MemoryApi(), { cursor: cursorOf(key) })).statusCode).toBe(400);
  });

  it("of one execution are refused by another whose id begins the same", async () => {
    const api = new MemoryApi();
    await api.runtime.submit({ executionId: "exec_00000000011" });
    await api.runtime.submit({ executionId: "exec_0000000001" });
    const cursor = cursorOf({ pk: "T#acme#X#exec_00000000011", sk: "EVT#x" });
    expect((await api.call("GET", "/api/v1/executions/exec_0000000001/events", { query: { cursor } })).statusCode).toBe(400);
    expect((await api.call("GET", "/api/v1/executions/exec_00000000011/events", { query: { cursor } })).statusCode).toBe(200);
    expect((await api.call("GET", "/api/v1/executions/exec_00000000011/tasks", { query: { cursor } })).statusCode).toBe(400);
  });
});

describe("submitting", () => {
  const execute = (api: MemoryApi, body: object, key?: string) =>
    api.call("POST", "/api/v1/workflows/drawn/execute", { body, ...(key === undefined ? {} : { headers: { "Idempotency-Key": key } }) });

  it("with the same key and input finds the first execution and starts one machine by its name", async () => {
    const api = new MemoryApi();
    await api.deploy();
    const [first, second] = [await execute(api, { input_data: { n: 1 } }, "k"), await execute(api, { input_data: { n: 1 } }, "k")];
    expect(second.json["execution_id"]).toBe(first.json["execution_id"]);
    expect(new Set(api.started.map(({ name }) => name)).size).toBe(1);
  });

  it("with the same key and another input is a conflict, and leaves the first one's large input alone", async () => {
    const api = new MemoryApi();
    await api.deploy();
    await execute(api, { input_data: "a".repeat(60_000) }, "k");
    const before = [...api.runtime.bucket.objects];
    expect((await execute(api, { input_data: "b".repeat(60_000) }, "k")).statusCode).toBe(409);
    expect([...api.runtime.bucket.objects].slice(0, before.length)).toEqual(before);
    const head = [...api.runtime.tables.rows.values()].find(({ sk }) => sk === "META");
    expect(api.runtime.bucket.objects.get(z.object({ key: z.string() }).parse(head?.["input"]).key)).toBe(`"${"a".repeat(60_000)}"`);
  });

  it("with the same key after a newer version was deployed finds the first execution, unless a version was named", async () => {
    const api = new MemoryApi();
    await api.deploy();
    const first = await execute(api, { input_data: 1 }, "k");
    await api.deploy({ version: "2.0", plan: "f".repeat(64) });
    const again = await execute(api, { input_data: 1 }, "k");
    expect({ status: again.statusCode, id: again.json["execution_id"] }).toEqual({ status: 202, id: first.json["execution_id"] });
    expect((await execute(api, { input_data: 1, version: "2.0" }, "k")).statusCode).toBe(409);
  });

  it("again completes a submission that was cut off before its machine started", async () => {
    const api = new MemoryApi();
    await api.deploy();
    const { sfn } = api.deps;
    Object.assign(api.deps, { sfn: { send: () => Promise.reject(new Error("killed")) } });
    expect((await execute(api, {}, "k")).statusCode).toBe(500);
    Object.assign(api.deps, { sfn });
    expect((await execute(api, {}, "k")).statusCode).toBe(202);
    expect(api.started).toHaveLength(1);
  });

  it("gives different tenants different executions for the same key", async () => {
    const api = new MemoryApi();
    await api.deploy();
    await api.deploy({ tenant: "other" });
    const mine = await execute(api, {}, "k");
    const theirs = await api.call("POST", "/api/v1/workflows/drawn/execute", { tenant: "other", body: {}, headers: { "Idempotency-Key": "k" } });
    expect(theirs.json["execution_id"]).not.toBe(mine.json["execution_id"]);
  });
});

describe("answering a task", () => {
  async function asked() {
    const api = new MemoryApi();
    const { runtime } = api;
    await runtime.submit();
    await api.register("agent-one");
    runtime.onSend = () => ({ kind: "input_required", agentTaskId: "remote-1", contextId: "theirs", question: "which year?" });
    await dispatchTask(runtime, runtime.message("a"));
    runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
    return api;
  }
  const answer = (api: MemoryApi, body: object) => api.call("POST", `/api/v1/executions/${EXECUTION}/tasks/a/input`, { body });

  it("sends it under the agent's own task and context, restarts the deadline and has the task looked at", async () => {
    const api = await asked();
    api.runtime.time += 3_600_000;
    expect((await answer(api, { input: { year: 2026 } })).statusCode).toBe(202);
    expect(api.runtime.sent.at(-1)?.message).toMatchObject({ agentTaskId: "remote-1", contextId: "theirs", data: { task: "a", input: { year: 2026 } } });
    expect(api.runtime.record("a")).toMatchObject({ state: "running", deadlineAt: "2026-11-21T11:01:00.000Z" });
    expect(api.followed).toEqual([api.runtime.dispatch("a")]);
  });

  it("reaches the agent once when two answer at the same moment", async () => {
    const api = await asked();
    const replies = await Promise.all([answer(api, { input: 1 }), answer(api, { input: 2 })]);
    expect(replies.map(({ statusCode }) => statusCode).sort((a, b) => a - b)).toEqual([202, 409]);
    expect(api.runtime.sent).toHaveLength(2);
  });

  it("needs an input and a task that asks", async () => {
    const api = await asked();
    expect((await answer(api, {})).statusCode).toBe(400);
    await answer(api, { input: null });
    expect((await answer(api, { input: 1 })).statusCode).toBe(409);
  });
});

describe("tenant isolation", () => {
  /** Everything that acme has, by the parameters of the routes. */
  const PARAMS: Readonly<Record<string, string>> = { execution_id: EXECUTION, workflow_id: "drawn", task_id: "a", agent_id: "agent-one" };
  const guarded = ROUTES.filter(({ method, permission }) => method === "GET" && permission !== "public");

  async function furnished() {
    const api = new MemoryApi();
    await api.deploy();
    await api.register("agent-one");
    await api.runtime.submit();
    await dispatchTask(api.runtime, api.runtime.message("a"));
    return api;
  }

  it.each(guarded.map((route) => ({ operation: route.operationId, path: route.path })))("$operation shows another tenant nothing", async ({ path }) => {
    const api = await furnished();
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PARAMS[name] ?? "");
    const mine = await api.call("GET", filled);
    expect(mine.statusCode).toBe(200);
    const theirs = await api.call("GET", filled, { tenant: "evil" });
    expect(theirs.statusCode).toBe(path.includes("{") ? 404 : 200);
    for (const mark of [EXECUTION, "agent-one", "drawn", "acme"].filter((word) => !filled.includes(word))) expect(theirs.body).not.toContain(mark);
  });

  it.each(ROUTES.filter(({ method, path }) => method !== "GET" && path.includes("{")).map(({ method, path }) => ({ method, path })))(
    "$method $path does not reach another tenant's things",
    async ({ method, path }) => {
      const api = await furnished();
      const before = structuredClone([...api.runtime.tables.rows]);
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PARAMS[name] ?? "");
      const reply = await api.call(method, filled, { tenant: "evil", body: path.endsWith("/input") ? { input: 1 } : {} });
      expect(reply.statusCode).toBe(404);
      expect([...api.runtime.tables.rows]).toEqual(before);
    },
  );

  it("does not take a cursor from one tenant to another", async () => {
    const api = await furnished();
    await api.runtime.submit({ executionId: "exec_second000" });
    const { json } = await api.call("GET", "/api/v1/executions", { query: { limit: "1" } });
    const cursor = String(json["next_cursor"]);
    expect((await api.call("GET", "/api/v1/executions", { query: { cursor } })).statusCode).toBe(200);
    expect((await api.call("GET", "/api/v1/executions", { tenant: "evil", query: { cursor } })).statusCode).toBe(400);
  });

  it.each(["%23", "%2F", "..", "%00", "X%23exec_0123456789", "%E0%A4%A"])("is not broken by an id of '%s'", async (id) => {
    const api = await furnished();
    expect((await api.call("GET", `/api/v1/executions/${id}`, { tenant: "evil" })).statusCode).toBe(404);
  });
});

describe("the OpenAPI document", () => {
  const document = OpenApi.parse(describeRoutes(ROUTES));
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));

  it("describes every route, each under an id of its own", () => {
    expect(operations.map(({ path, method }) => `${method} ${path}`).sort()).toEqual(ROUTES.map(({ method, path }) => `${method.toLowerCase()} ${path}`).sort());
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(ROUTES.length);
  });

  it.each(operations)("$method $path has a summary, its path's parameters and replies", ({ path, method, operation }) => {
    expect(operation.summary).not.toBe("");
    const inPath = operation.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(Object.keys(operation.responses)).toContain("default");
    if (["post", "put", "patch"].includes(method)) expect(operation.requestBody).toBeDefined();
  });

  it("leaves open exactly the probes and itself", () => {
    expect(operations.filter(({ operation }) => operation.security?.length === 0).map(({ path }) => path).sort()).toEqual(["/health", "/openapi.json", "/ready", "/startup"]);
  });

  it("is served with the stream, which another function answers", async () => {
    const { json } = await new MemoryApi().call("GET", "/openapi.json");
    expect(json["paths"]).toHaveProperty(["/api/v1/executions/{execution_id}/stream", "get"]);
  });
});
