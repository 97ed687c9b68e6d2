import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../../../functions/orchestrator-api/operations.ts";
import { METHODS } from "../../../../functions/orchestrator-api/rpc/method-table.ts";
import type { RpcReply } from "../../../../functions/orchestrator-api/rpc/answer-rpc.ts";
import { callRpc, sendRpc } from "../../../fixtures/api/call-rpc.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";

const list = (id?: unknown): object => ({ jsonrpc: "2.0", method: "workflow.list", ...(id === undefined ? {} : { id }) });
const EMPTY = { workflows: [] };

describe("the envelope of /rpc", () => {
  it.each([
    { what: "a text", id: "a" },
    { what: "an empty text", id: "" },
    { what: "a number", id: 7 },
    { what: "a fraction", id: -1.5 },
    { what: "null", id: null },
  ])("answers an id that is $what with the same", async ({ id }) => {
    expect(await sendRpc(new MemoryApi(), list(id))).toEqual({ jsonrpc: "2.0", id, result: EMPTY });
  });

  it.each([
    { what: "an id that is an object", body: list({}), id: null, code: -32_600 },
    { what: "an id that is true", body: list(true), id: null, code: -32_600 },
    { what: "no version", body: { method: "workflow.list", id: 1 }, id: 1, code: -32_600 },
    { what: "another version", body: { ...list(1), jsonrpc: "1.0" }, id: 1, code: -32_600 },
    { what: "no method", body: { jsonrpc: "2.0", id: 1 }, id: 1, code: -32_600 },
    { what: "a method that is a number", body: { ...list(1), method: 1 }, id: 1, code: -32_600 },
    { what: "parameters that are a text", body: { ...list(1), params: "x" }, id: 1, code: -32_600 },
    { what: "parameters by position", body: { ...list(1), params: [1] }, id: 1, code: -32_602 },
    { what: "an unknown method", body: { ...list(1), method: "hooks.explode" }, id: 1, code: -32_601 },
    { what: "a name of Object's own", body: { ...list(1), method: "constructor" }, id: 1, code: -32_601 },
    { what: "an unknown parameter", body: { ...list(1), params: { limti: 1 } }, id: 1, code: -32_602 },
    { what: "an id that is altered on its way", body: '{"jsonrpc":"2.0","method":"workflow.list","id":12345678901234567890}', id: null, code: -32_602 },
    { what: "a number that is altered on its way", body: '{"jsonrpc":"2.0","method":"workflow.list","id":3,"params":{"limit":1e999}}', id: 3, code: -32_602 },
    { what: "what is no JSON", body: '{"jsonrpc":', id: null, code: -32_700 },
    { what: "an empty body", body: "", id: null, code: -32_700 },
    { what: "a text", body: '"x"', id: null, code: -32_600 },
    { what: "an empty batch", body: "[]", id: null, code: -32_600 },
    { what: "a batch of 51 calls", body: JSON.stringify(Array.from({ length: 51 }, () => list(1))), id: null, code: -32_600 },
    { what: "lists nested 100 000 deep", body: `${"[".repeat(100_000)}${"]".repeat(100_000)}`, id: null, code: -32_600 },
    { what: "more than 5 MB", body: JSON.stringify({ ...list(1), params: { x: "x".repeat(5_000_000) } }), id: null, code: -32_022 },
  ])("refuses $what with $code", async ({ body, id, code }) => {
    expect(await sendRpc(new MemoryApi(), body)).toMatchObject({ jsonrpc: "2.0", id, error: { code } });
  });

  it("answers a batch in its order, each call for itself, and nothing to what asks for no reply", async () => {
    const batch = [list("a"), list(), { ...list(1), method: "no.such" }, 7, list("b")];
    expect(await sendRpc(new MemoryApi(), batch)).toMatchObject([
      { id: "a", result: EMPTY },
      { id: 1, error: { code: -32_601 } },
      { id: null, error: { code: -32_600 } },
      { id: "b", result: EMPTY },
    ]);
  });

  it.each([{ of: "one call", body: list() }, { of: "a batch", body: [list(), { ...list(), method: "no.such" }] }])("answers nothing where $of asks for no reply", async ({ body }) => {
    expect(await sendRpc(new MemoryApi(), body)).toBeUndefined();
  });

  it("does what a call without a reply asks for", async () => {
    const api = new MemoryApi();
    await api.deploy();
    await sendRpc(api, { jsonrpc: "2.0", method: "workflow.execute", params: { workflow_id: "drawn", input_data: {} } });
    expect(api.started).toHaveLength(1);
  });

  it("hides what went wrong inside, and gives a number to quote", async () => {
    const api = new MemoryApi();
    api.runtime.tables.onSend = () => {
      throw new Error("secret detail");
    };
    const reply = await sendRpc(api, list(1));
    expect(JSON.stringify(reply)).not.toContain("secret detail");
    expect(reply).toMatchObject({ error: { code: -32_603, data: { status: 500, detail: expect.stringContaining("request-1") } } });
  });
});

describe("a method", () => {
  const codeOf = ({ error }: RpcReply): number | undefined => error?.code;

  it("asks for the permission of the operation behind it", async () => {
    const api = new MemoryApi();
    await api.deploy();
    const params = { workflow_id: "drawn", input_data: {} };
    const refused = await callRpc(api, "workflow.execute", params, { roles: "agent" });
    expect(refused).toMatchObject({ error: { code: -32_021, data: { status: 403 } } });
    expect(api.started).toEqual([]);
    expect(codeOf(await callRpc(api, "workflow.execute", params, { roles: "workflow_submitter" }))).toBeUndefined();
  });

  it("sees nothing of another tenant", async () => {
    const api = new MemoryApi();
    await api.runtime.submit({});
    expect(codeOf(await callRpc(api, "workflow.status", { execution_id: EXECUTION }))).toBeUndefined();
    expect(codeOf(await callRpc(api, "workflow.status", { execution_id: EXECUTION }, { tenant: "other" }))).toBe(-32_003);
  });

  it.each([
    { key: "in its parameters", first: { idempotency_key: "k" }, call: {} },
    { key: "in the header", first: {}, call: { headers: { "Idempotency-Key": "k" } } },
  ])("finds the first execution by a key $key, and refuses another input under it", async ({ first, call }) => {
    const api = new MemoryApi();
    await api.deploy();
    const execute = (input_data: object): Promise<RpcReply> => callRpc(api, "workflow.execute", { workflow_id: "drawn", input_data, ...first }, call);
    const one = await execute({ n: 1 });
    expect((await execute({ n: 1 })).result).toEqual(one.result);
    expect(codeOf(await execute({ n: 2 }))).toBe(-32_004);
  });

  it("takes the header's key for no call of a batch", async () => {
    const api = new MemoryApi();
    await api.deploy();
    const call = (id: number): object => ({ jsonrpc: "2.0", id, method: "workflow.execute", params: { workflow_id: "drawn", input_data: {} } });
    await sendRpc(api, [call(1), call(2)], { headers: { "Idempotency-Key": "k" } });
    expect(new Set(api.started.map(({ name }) => name)).size).toBe(2);
  });

  it.each([
    { flaws: [{ code: "InvalidValue", path: "orchestration_pattern" }], code: -32_000 },
    { flaws: [{ code: "CapabilityMissing", path: "agents.a" }], code: -32_001 },
    { flaws: [{ code: "ResourceUnsatisfiable", path: "resource_constraints" }], code: -32_002 },
    { flaws: [{ code: "Cycle", path: "tasks" }], code: -32_602 },
    { flaws: [{ code: "Cycle", path: "tasks" }, { code: "CapabilityMissing", path: "agents.a" }], code: -32_602 },
  ])("refuses a definition by the kind of its flaws: $code", async ({ flaws, code }) => {
    const api = new MemoryApi();
    const errors = flaws.map((flaw) => ({ ...flaw, severity: "error", message: "m", remedy: "r", file: "definition.json", line: 3, column: 4 }));
    api.planReply = { outcome: "invalid", report: { errors, warnings: [], optimizations: [] } };
    const { error } = await callRpc(api, "workflow.create", { name: "w", version: "1", orchestration_pattern: "swarm", agents: {}, tasks: [], coordination: { type: "hybrid" } });
    expect(error?.code).toBe(code);
    expect(error?.data).toMatchObject({ errors: flaws.map((flaw) => ({ ...flaw, severity: "error", message: "m", remedy: "r" })) });
    expect(JSON.stringify(error?.data)).not.toContain("line");
  });

  it("names its parameters where the operation names parts of a request", async () => {
    const { error } = await callRpc(new MemoryApi(), "execution.list", { status: "asleep" });
    expect(error?.data).toMatchObject({ errors: [{ field: "params.status" }] });
  });

  it("says each parameter that is missing", async () => {
    const { error } = await callRpc(new MemoryApi(), "workflow.create", { name: "w" });
    expect(error?.data?.["errors"]).toEqual(
      ["version", "orchestration_pattern", "agents", "tasks", "coordination"].map((name) => ({ field: `params.${name}`, message: "is missing" })),
    );
  });

  it("takes numbers and texts of a query as JSON has them", async () => {
    const api = new MemoryApi();
    await api.runtime.submit({ status: "running" });
    expect((await callRpc(api, "execution.list", { limit: 1, status: "running" })).result).toMatchObject({ executions: [{ execution_id: EXECUTION }] });
  });

  it("that knows no execution, checkpoint or state says so by the specification's codes", async () => {
    const api = new MemoryApi();
    await api.runtime.submit({ status: "completed" });
    const [none, at] = [{ execution_id: "exec_99999999" }, { execution_id: EXECUTION }];
    expect(codeOf(await callRpc(api, "workflow.pause", none))).toBe(-32_003);
    expect(codeOf(await callRpc(api, "workflow.execute", { workflow_id: "nothing", input_data: {} }))).toBe(-32_003);
    expect(codeOf(await callRpc(api, "workflow.pause", at))).toBe(-32_007);
    expect(codeOf(await callRpc(api, "workflow.resume", { ...at, checkpoint_id: "after:nothing" }))).toBe(-32_008);
  });

  it("says what is wrong with a hook by the specification's codes", async () => {
    const api = new MemoryApi();
    const hook = { name: "tell", trigger: "post_task", action: { type: "webhook", url: "http://hooks.test/in" } };
    expect((await callRpc(api, "hooks.register", hook)).result).toMatchObject({ name: "tell", trigger: "post_task", status: "registered" });
    expect(codeOf(await callRpc(api, "hooks.register", hook))).toBe(-32_011);
    expect(codeOf(await callRpc(api, "hooks.register", { ...hook, name: "b", trigger: "post_lunch" }))).toBe(-32_012);
    expect(codeOf(await callRpc(api, "hooks.register", { ...hook, name: "b", action: { type: "command", command: "rm" } }))).toBe(-32_013);
    expect(codeOf(await callRpc(api, "hooks.get", { hook_id: "hook_none" }))).toBe(-32_014);
  });

  it("exists for every operation of the REST API that a caller with a token has", () => {
    const covered = new Set(METHODS.map(({ route }) => route.operationId));
    const others = OPERATIONS.filter(({ operationId }) => !covered.has(operationId)).map(({ operationId }) => operationId);
    // Probes ask for no token, and Prometheus' text has readers of its own.
    expect(others).toEqual(["health", "ready", "startup", "getMetrics"]);
  });
});
