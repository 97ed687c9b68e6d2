import { describe, expect, it } from "vitest";
import { runHooks } from "../../../../functions/run-hooks/run-hooks.ts";
import { runIdOf } from "../../../../shared/hooks/hook-run.ts";
import { HookWorld } from "../../../fixtures/runtime/hook-kit.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";

const WEBHOOK = { type: "webhook", url: "http://hooks.test/in" };
const BODY = { name: "tell", trigger: "post_task", action: WEBHOOK };

/** An API whose hooks run, over the same tables. */
function running() {
  const api = new MemoryApi();
  const world = new HookWorld();
  api.onOrder = (order) => runHooks({ ...world.deps, control: api.deps.definitions, executions: api.deps.executions, now: api.deps.now }, order);
  return { api, world };
}

const registered = async (api: MemoryApi, body: object = BODY): Promise<string> => {
  const { statusCode, json } = await api.call("POST", "/api/v1/hooks", { body });
  expect(statusCode).toBe(201);
  return String(json["hook_id"]);
};

describe("hooks over the API", () => {
  it("registers a hook with everything filled in", async () => {
    const { json, headers } = await new MemoryApi().call("POST", "/api/v1/hooks", { body: BODY });
    expect(json).toMatchObject({ status: "registered", priority: 100, enabled: true, timeout_seconds: 30, severity: "warning", always_run: false });
    expect(json["retry_policy"]).toEqual({ max_attempts: 3, backoff: "exponential", initial_delay_seconds: 1, max_delay_seconds: 60 });
    expect(headers?.["location"]).toBe(`/api/v1/hooks/${String(json["hook_id"])}`);
  });

  it("takes the flat form of the other document", async () => {
    const body = { name: "flat", trigger: "post-task", command: "lambda:audit-trail", args: ["x"], always_run: true, timeout_ms: 5000, enabled: true, priority: 7 };
    const { statusCode, json } = await new MemoryApi().call("POST", "/api/v1/hooks", { body });
    expect(statusCode).toBe(201);
    expect(json).toMatchObject({ trigger: "post_task", timeout_seconds: 5, priority: 7, action: { type: "function", function: "lambda:audit-trail", args: ["x"] } });
  });

  it.each([
    { flaw: "no action", body: { name: "x", trigger: "post_task" }, field: "body.action" },
    { flaw: "an unknown trigger", body: { ...BODY, trigger: "post_lunch" }, field: "body.trigger" },
    { flaw: "a command", body: { ...BODY, action: { type: "command", command: "ruff format" } }, field: "body.action.type" },
    { flaw: "a flat command", body: { name: "x", trigger: "post_task", command: "ruff format {file}" }, field: "body.action.type" },
    { flaw: "a function that is not allowed", body: { ...BODY, action: { type: "function", function: "lambda:other" } }, field: "body.action.function" },
    { flaw: "a function that is none of ours", body: { ...BODY, action: { type: "function", function: "builtin:dance" } }, field: "body.action.function" },
    { flaw: "an address of our own network", body: { ...BODY, action: { type: "webhook", url: "http://169.254.169.254/latest" } }, field: "body.action.url" },
    { flaw: "a secret of another tenant", body: { ...BODY, action: { ...WEBHOOK, secret_arn: "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/hooks/evil/x" } }, field: "body.action.secret_arn" },
    { flaw: "a pattern that is none", body: { ...BODY, event_pattern: "(" }, field: "body.event_pattern" },
    { flaw: "a pattern that looks back", body: { ...BODY, event_pattern: "(a)\\1" }, field: "body.event_pattern" },
    { flaw: "a pattern that explodes", body: { ...BODY, event_pattern: "((a{1,100}){1,10}b{1,20})" }, field: "body.event_pattern" },
    { flaw: "a filter that EventBridge refuses", body: { ...BODY, event_filter: { detail: {} } }, field: "body.event_filter" },
    { flaw: "a field that nobody knows", body: { ...BODY, tmeout: 3 }, field: "body" },
  ])("refuses $flaw and names the field", async ({ body, field }) => {
    const { statusCode, json } = await new MemoryApi().call("POST", "/api/v1/hooks", { body });
    expect(statusCode).toBe(400);
    expect(JSON.stringify(json["errors"])).toContain(`"field":"${field}"`);
  });

  it("takes a name once, also when both come at once, and gives it free with its hook", async () => {
    const api = new MemoryApi();
    const answers = await Promise.all([1, 2].map(() => api.call("POST", "/api/v1/hooks", { body: BODY })));
    expect(answers.map(({ statusCode }) => statusCode).sort((a, b) => a - b)).toEqual([201, 409]);
    const id = String(answers.find(({ statusCode }) => statusCode === 201)?.json["hook_id"]);
    expect((await api.call("DELETE", `/api/v1/hooks/${id}`)).json).toEqual({ hook_id: id, status: "deleted" });
    await registered(api);
    expect((await api.call("GET", `/api/v1/hooks/${id}`)).statusCode).toBe(404);
  });

  it("lists by trigger and state, in the order in which they run", async () => {
    const api = new MemoryApi();
    await registered(api, { ...BODY, name: "b", priority: 9 });
    await registered(api, { ...BODY, name: "a", priority: 1 });
    const off = await registered(api, { ...BODY, name: "c", trigger: "notification" });
    await api.call("POST", `/api/v1/hooks/${off}/enable`, { body: { enabled: false } });
    const names = async (query: Record<string, string>): Promise<unknown> => {
      const { json } = await api.call("GET", "/api/v1/hooks", { query });
      return JSON.stringify(json["hooks"]).match(/"name":"\w+"/g);
    };
    expect(await names({ trigger: "post_task" })).toEqual(['"name":"a"', '"name":"b"']);
    expect(await names({ enabled: "false" })).toEqual(['"name":"c"']);
  });

  it("says anew what a hook is, under its old id", async () => {
    const api = new MemoryApi();
    const id = await registered(api);
    const { json } = await api.call("PUT", `/api/v1/hooks/${id}`, { body: { ...BODY, name: "renamed", priority: 3 } });
    expect(json).toMatchObject({ hook_id: id, name: "renamed", priority: 3 });
    await registered(api);
  });

  it("runs a hook by hand with a made-up context and shows what it gave", async () => {
    const { api, world } = running();
    const id = await registered(api, { ...BODY, enabled: false });
    const { statusCode, json } = await api.call("POST", `/api/v1/hooks/${id}/execute`, { body: { context: { task_id: "fetch" } } });
    expect(statusCode).toBe(200);
    expect(json).toMatchObject({ status: "completed", output: { ok: true }, manual: true });
    expect(world.posted[0]?.body).toContain('"task_id":"fetch"');
    const log = await api.call("GET", `/api/v1/hooks/${id}/executions`);
    expect(log.json["executions"]).toMatchObject([{ run_id: json["run_id"], status: "completed" }]);
    expect((await api.call("GET", `/api/v1/hooks/${id}`)).json).toMatchObject({
      execution_stats: { total_executions: 1, successful_executions: 1, failed_executions: 0 },
      breaker: { state: "closed" },
    });
  });

  it("answers 202 with a run to follow when a hook takes longer than 20 s", async () => {
    const api = new MemoryApi();
    const id = await registered(api);
    const { statusCode, json, headers } = await api.call("POST", `/api/v1/hooks/${id}/execute`, { body: { context: {} } });
    expect([statusCode, json["status"]]).toEqual([202, "running"]);
    expect(headers?.["location"]).toBe(`/api/v1/hooks/${id}/executions/${String(json["run_id"])}`);
  });

  it("shows dead letters and has them begin anew", async () => {
    const { api, world } = running();
    const id = await registered(api, { ...BODY, retry_policy: { max_attempts: 1 } });
    world.answer = () => ({ kind: "reply", status: 500, headers: {}, body: "" });
    const event = { event_id: "e1", type: "task.completed", tenant: "acme", timestamp: new Date(api.runtime.time).toISOString(), facts: { status: "success" } };
    await api.onOrder({ tenant: "acme", event, hooks: [id] });
    const { json } = await api.call("GET", "/api/v1/hooks/dead-letters");
    expect(json["dead_letters"]).toMatchObject([{ hook_id: id, reason: "http://hooks.test answered 500", event: { event_id: "e1" } }]);
    const run = runIdOf(event, id);
    world.answer = () => ({ kind: "reply", status: 200, headers: {}, body: "" });
    expect((await api.call("POST", `/api/v1/hooks/dead-letters/${run}/redrive`)).statusCode).toBe(202);
    expect((await api.call("GET", "/api/v1/hooks/dead-letters")).json["dead_letters"]).toEqual([]);
    expect((await api.call("GET", `/api/v1/hooks/${id}/executions/${run}`)).json).toMatchObject({ status: "completed" });
  });

  it.each([
    { roles: "workflow_submitter", read: 403, write: 403 },
    { roles: "workflow_designer", read: 200, write: 403 },
    { roles: "operator", read: 200, write: 201 },
  ])("lets $roles read with $read and register with $write", async ({ roles, read, write }) => {
    const api = new MemoryApi();
    expect((await api.call("GET", "/api/v1/hooks", { roles })).statusCode).toBe(read);
    expect((await api.call("POST", "/api/v1/hooks", { roles, body: BODY })).statusCode).toBe(write);
  });
});
