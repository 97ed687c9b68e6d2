import { beforeEach, describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { runOf } from "../../../../shared/execution/runtime/attempt.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { MemoryRuntime, planOf, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

let api: MemoryApi;
beforeEach(() => {
  api = new MemoryApi();
});

const created = async (body: object = {}): Promise<string> => {
  const { statusCode, json } = await api.call("POST", "/api/v1/sessions", { body });
  expect(statusCode).toBe(201);
  return String(json["session_id"]);
};
const act = (id: string, verb: string, body: object = {}) => api.call("POST", `/api/v1/sessions/${id}/${verb}`, { body });
const told = (): string[] => JSON.stringify(api.published).match(/"DetailType":"session\.\w+"/g)?.map((text) => text.slice(14, -1)) ?? [];

describe("sessions", () => {
  it("begin with variables, and every change of them is a version that stays", async () => {
    const id = await created({ name: "research", variables: { topic: "coal", depth: 1 } });
    expect((await act(id, "save", { variables: { depth: 2, topic: null, found: [1] }, summary: "one round" })).json).toMatchObject({
      version: 2,
      status: "saved",
      variables: { depth: 2, found: [1] },
      summary: "one round",
    });
    expect((await act(id, "restore", { version: 1 })).json).toMatchObject({ version: 3, status: "active", variables: { topic: "coal", depth: 1 } });
    expect((await api.call("GET", `/api/v1/sessions/${id}`, { query: { version: "2" } })).json).toMatchObject({ version: 2, variables: { depth: 2 } });
    expect((await api.call("GET", "/api/v1/sessions")).json["sessions"]).toMatchObject([{ session_id: id, name: "research", version: 3 }]);
  });

  it("tell the bus, and pull the hooks that the specification names for it", async () => {
    const heard: string[] = [];
    api.onAnnounce = async (events) => void heard.push(...events.map(({ type }) => type));
    const id = await created();
    await act(id, "save");
    await act(id, "resume");
    await act(id, "restore", { version: 1 });
    await api.call("DELETE", `/api/v1/sessions/${id}`);
    const all = ["session.created", "session.saved", "session.resumed", "session.restored", "session.saved"];
    expect(told()).toEqual(all);
    expect(heard).toEqual(all);
  });

  it("take nothing in once they have ended, until they are resumed", async () => {
    await api.deploy();
    const id = await created();
    await api.call("DELETE", `/api/v1/sessions/${id}`);
    const run = () => api.call("POST", "/api/v1/workflows/drawn/execute", { body: { execution_context: { session_id: id } } });
    expect((await run()).statusCode).toBe(409);
    expect((await act(id, "save")).statusCode).toBe(409);
    await act(id, "resume");
    expect((await run()).statusCode).toBe(202);
  });

  it("know their executions, mark where they stand when saved, and have them stand still and go on", async () => {
    await api.deploy();
    const id = await created();
    const { json } = await api.call("POST", "/api/v1/workflows/drawn/execute", { body: { execution_context: { session_id: id } } });
    const execution = String(json["execution_id"]);
    expect((await act(id, "save", { pause: true })).json["executions"]).toMatchObject([{ execution_id: execution, workflow_id: "drawn", status: "paused" }]);
    await act(id, "resume");
    expect((await loadExecution(api.runtime.executions, TENANT, execution)).status).toBe("running");
  });

  it.each([
    { flaw: "a session that there is not", id: "session_0123456789", status: 404 },
    { flaw: "what is no id", id: "x", status: 400 },
  ])("refuse to run in $flaw", async ({ id, status }) => {
    await api.deploy();
    expect((await api.call("POST", "/api/v1/workflows/drawn/execute", { body: { execution_context: { session_id: id } } })).statusCode).toBe(status);
  });

  it("refuse variables that are too large", async () => {
    const { statusCode, json } = await api.call("POST", "/api/v1/sessions", { body: { variables: { text: "x".repeat(210_000) } } });
    expect([statusCode, JSON.stringify(json["errors"])]).toEqual([400, expect.stringContaining("body.variables")]);
  });
});

describe("an execution in a session", () => {
  const session = { id: "session_0123456789", version: 3, variables: { json: '{"topic":"coal"}' } };

  const sentIn = async (more: object, tasks = [task("a", [], { input_from: { about: "session.topic" } })]) => {
    const runtime = new MemoryRuntime(planOf(tasks));
    const execution = await runtime.submit({ executionId: "exec_0123456789", ...more });
    await dispatchTask(runtime, { run: { ...runOf(execution, runtime.queues), run: 1 }, task: "a", token: "t" });
    return runtime.sent.map(({ message: { contextId, data } }) => ({ contextId, input: data["input"] }));
  };

  it("reads its variables, as they were when it was submitted", async () => {
    expect(await sentIn({ session })).toMatchObject([{ input: { about: "coal" } }]);
  });

  it("speaks to an agent in one A2A context with the session's other executions", async () => {
    const [first] = await sentIn({ session });
    const [second] = await sentIn({ session: { ...session, version: 4 }, traceId: "trace_2" });
    const [other] = await sentIn({ session: { ...session, id: "session_9999999999" } });
    const [without] = await sentIn({}, [task("a")]);
    expect(second?.contextId).toBe(first?.contextId);
    expect(new Set([first?.contextId, other?.contextId, without?.contextId]).size).toBe(3);
  });
});
