import { describe, expect, it } from "vitest";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import * as z from "zod";
import { awaitAgent } from "../../../../functions/await-agent/await-agent.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";

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

  it("names the numbers that would reach an agent as something else, and starts nothing", async () => {
    const api = new MemoryApi();
    await api.deploy();
    const refused = await api.call("POST", "/api/v1/workflows/drawn/execute", {
      body: '{"input_data":{"big":12345678901234567890,"e":[0,1e400],"fits":0.1}}',
    });
    expect(refused.statusCode).toBe(400);
    expect(refused.json["errors"]).toEqual([
      { field: "body.input_data.big", message: "is 12345678901234567890, a number that would be altered; send it as a text" },
      { field: "body.input_data.e.1", message: "is 1e400, a number that would be altered; send it as a text" },
    ]);
    expect(api.started).toEqual([]);
  });

  it.each([{ of: "lists", open: "[", close: "]" }, { of: "objects", open: '{"a":', close: "}" }])("refuses $of nested too deep to walk through", async ({ open, close }) => {
    const api = new MemoryApi();
    await api.deploy();
    const body = `{"input_data":${open.repeat(100_000)}1${close.repeat(100_000)}}`;
    expect((await api.call("POST", "/api/v1/workflows/drawn/execute", { body })).statusCode).toBe(400);
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

  it("keeps the deadline of the definition it runs", async () => {
    const api = new MemoryApi();
    await api.deploy({ executionTimeoutSeconds: 90 });
    const { json } = await execute(api, {});
    const execution = await loadExecution(api.deps.executions, "acme", String(json["execution_id"]));
    expect(execution.executionTimeoutSeconds).toBe(90);
  });

  it("takes a deadline of its own", async () => {
    const api = new MemoryApi();
    await api.deploy({ executionTimeoutSeconds: 90 });
    const { json } = await execute(api, { execution_options: { timeout: 30 } });
    const execution = await loadExecution(api.deps.executions, "acme", String(json["execution_id"]));
    expect(execution.executionTimeoutSeconds).toBe(30);
  });

  it("goes by its graph where the workflow was deployed without a machine, and is refused one", async () => {
    const api = new MemoryApi();
    await api.deploy({ machineArn: "" });
    const { json } = await execute(api, {});
    const { runner, machineArn } = await loadExecution(api.deps.executions, "acme", String(json["execution_id"]));
    expect([runner, machineArn, api.started]).toEqual(["graph", undefined, []]);
    const refused = await execute(api, { execution_options: { runner: "machine" } });
    expect([refused.statusCode, refused.json["errors"]]).toMatchObject([400, [{ field: "body.execution_options.runner", message: expect.stringContaining("deploy a version with runner: machine") }]]);
  });

  it.each([{ timeout: 0 }, { timeout: 1.5 }, { runner: "other" }, { tiemout: 5 }])("refuses the options %o", async (options) => {
    const api = new MemoryApi();
    await api.deploy();
    expect((await execute(api, { execution_options: options })).statusCode).toBe(400);
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
  const deliver = async ({ runtime }: MemoryApi): Promise<void> => {
    for (const message of runtime.awaits.splice(0)) await awaitAgent(runtime, message);
  };
  const answer = (api: MemoryApi, body: object) => api.call("POST", `/api/v1/executions/${EXECUTION}/tasks/a/input`, { body });

  it("goes to the agent under its own task and context, and restarts the deadline", async () => {
    const api = await asked();
    api.runtime.time += 3_600_000;
    expect((await answer(api, { input: { year: 2026 } })).statusCode).toBe(202);
    expect(api.runtime.awaits).toHaveLength(1);
    api.runtime.onGet = () => ({ kind: "input_required", agentTaskId: "remote-1", question: "which year?" });
    await deliver(api);
    expect(api.runtime.sent.at(-1)?.message).toMatchObject({ agentTaskId: "remote-1", contextId: "theirs", data: { task: "a", input: { year: 2026 } } });
    expect(api.runtime.record("a")).toMatchObject({ state: "running", deadlineAt: "2026-11-21T11:01:00.000Z" });
  });

  it("reaches the agent once when two answer at the same moment", async () => {
    const api = await asked();
    const replies = await Promise.all([answer(api, { input: 1 }), answer(api, { input: 2 })]);
    expect(replies.map(({ statusCode }) => statusCode).sort((a, b) => a - b)).toEqual([202, 409]);
    expect(api.runtime.awaits).toHaveLength(1);
  });

  it("takes what the agent replies for an outcome, a direct message too", async () => {
    const api = await asked();
    await answer(api, { input: 2026 });
    api.runtime.onGet = () => ({ kind: "input_required", agentTaskId: "remote-1", question: "which year?" });
    api.runtime.onSend = () => ({ kind: "completed", output: { text: "done" } });
    await deliver(api);
    expect(api.runtime.record("a")).toMatchObject({ state: "completed", output: { json: '{"text":"done"}' } });
  });

  it("is not given twice when its message comes again", async () => {
    const api = await asked();
    await answer(api, { input: 2026 });
    api.runtime.onGet = () => ({ kind: "working", agentTaskId: "remote-1" });
    const sent = api.runtime.sent.length;
    await deliver(api);
    expect(api.runtime.sent).toHaveLength(sent);
  });

  it("needs an input and a task that asks", async () => {
    const api = await asked();
    expect((await answer(api, {})).statusCode).toBe(400);
    await answer(api, { input: null });
    expect((await answer(api, { input: 1 })).statusCode).toBe(409);
  });
});
