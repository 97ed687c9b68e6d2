import { saveUpload } from "../../../../shared/execution/store/upload-store.ts";
import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { ROUTES } from "../../../../functions/orchestrator-api/route-table.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveSource } from "../../../../shared/agents/store/source-store.ts";
import { saveTrial } from "../../../../shared/agents/store/trial-store.ts";
import type { TrialView } from "../../../../shared/agents/views/trials.ts";
import { skipped } from "../../../../shared/hooks/hook-run.ts";
import { saveHook } from "../../../../shared/hooks/store/hook-store.ts";
import { saveRun } from "../../../../shared/hooks/store/run-store.ts";
import { hookLike, orderOf } from "../../../fixtures/runtime/hook-kit.ts";
import { begin, SessionBody } from "../../../../shared/sessions/session.ts";
import { saveSession } from "../../../../shared/sessions/store/session-store.ts";
import { openIncident } from "../../../../shared/incidents/incident-moves.ts";
import { saveChannel } from "../../../../shared/incidents/store/channel-store.ts";
import { saveMove } from "../../../../shared/incidents/store/incident-store.ts";
import { bodyLike, channelLike } from "../../../fixtures/runtime/incident-kit.ts";
import { AgentSource } from "../../../../shared/agents/agent-source.ts";
import type { ScheduleTrigger } from "../../../../shared/workflow/definition/workflow-definition.ts";
import { scheduleIdOf } from "../../../../shared/workflow/schedules/schedule.ts";

const CARD = { name: "evil", supportedInterfaces: [{ url: "https://evil.test/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }] };
const SOURCE = AgentSource.parse({
  registry_id: "far-registry",
  url: "https://far.test/list",
  kind: "card-list",
  created_at: "2026-11-21T09:00:00.000Z",
  created_by: "ann",
  next_sync_at: "2026-11-21T09:00:00.000Z",
});

const TRIAL: TrialView = {
  trial_id: "trial_1",
  agent_id: "agent-one",
  status: "completed",
  output: { text: "of acme" },
  started_at: "2026-11-21T10:00:00.000Z",
  exchanges: [],
  exchanges_left_out: 0,
};

const HOOK_RUN = skipped({ hook: hookLike(), event: orderOf("hook_1").event }, "2026-11-21T10:00:00.000Z");

const UPLOAD = { uploadId: "upload_0123456789", tenant: TENANT, bytes: 2, partsId: "parts", createdAt: "2026-11-21T10:00:00.000Z", createdBy: "ann" };

const SESSION = begin("session_0123456789", SessionBody.parse({ variables: { secret: "acme" } }), { at: "2026-11-21T10:00:00.000Z", by: "ann" });

const SCHEDULE: ScheduleTrigger = { schedule: "rate(1 day)", timezone: "UTC", overlap: "skip", catchUp: "last", jitterSeconds: 0, inputFrom: {} };

describe("tenant isolation", () => {
  /** Everything that acme has, by the parameters of the routes. */
  const PARAMS: Readonly<Record<string, string>> = {
    execution_id: EXECUTION,
    workflow_id: "drawn",
    task_id: "a",
    agent_id: "agent-one",
    rule: "first-rule",
    registry_id: "far-registry",
    reservation_id: "rsv_1",
    trial_id: "trial_1",
    attempt: "1",
    limit_group: "provider",
    hook_id: "hook_1",
    run_id: HOOK_RUN.run_id,
    session_id: SESSION.session_id,
    upload_id: UPLOAD.uploadId,
    incident_id: "inc_1",
    channel_id: "chan_1",
    response_id: "resp_1",
    pattern: "supervisor",
    schedule_id: scheduleIdOf(TENANT, "drawn", SCHEDULE),
  };
  /** Bodies that are right for routes that want one, so that only the tenant stands in the way. */
  const BODIES: readonly (readonly [RegExp, object])[] = [
    [/\/input$/, { input: 1 }],
    [/\/(quarantine|release|reset)$/, { reason: "curious" }],
    [/\/control$/, { action: "pause" }],
    [/\/try$/, { text: "hello" }],
    [/\/hooks\/[^/]+\/execute$/, { context: {} }],
    [/\/restore$/, { version: 1 }],
    [/\/incidents\/[^/]+\/response$/, { response_type: "agent_quarantine", parameters: { agent_id: "agent-one" } }],
    [/\/notes$/, { text: "mine" }],
    [/\/resolve$/, { resolution: "mine" }],
    [/\/escalate$/, { reason: "mine" }],
    [/\/complete$/, { parts: [{ part_number: 1, etag: "x" }] }],
  ];
  const bodyFor = (path: string): object => BODIES.find(([pattern]) => pattern.test(path))?.[1] ?? {};
  /** Operations on the deployment itself, which are its owner's. */
  const ofDeployment = ROUTES.filter(({ permission }) => permission.startsWith("system:"));
  const ofTenants = ROUTES.filter((route) => !ofDeployment.includes(route));
  const guarded = ofTenants.filter(({ method, permission }) => method === "GET" && permission !== "public");

  it.each(ofDeployment.map(({ method, path }) => ({ method, path })))("$method $path is refused to another tenant's admin", async ({ method, path }) => {
    const api = new MemoryApi();
    const filled = path.replaceAll(/\{(\w+)\}/g, "any");
    expect((await api.call(method, filled, { tenant: "evil", body: {} })).statusCode).toBe(403);
  });

  async function furnished() {
    const api = new MemoryApi();
    await api.deploy({ triggers: [SCHEDULE] });
    await api.register("agent-one");
    await api.call("POST", "/api/v1/agents/agent-one/quarantine", { body: { reason: "test" } });
    await api.call("POST", "/api/v1/agents/agent-one/release", { body: { reason: "test" } });
    await api.call("PUT", "/api/v1/limit-groups/provider", { body: { requests_per_minute: 60 } });
    await api.call("PUT", "/api/v1/routing/rules/first-rule", { body: { targets: ["agent-one"] } });
    await saveSource(api.deps.agents, TENANT, SOURCE);
    await saveTrial(api.deps.agents, TENANT, TRIAL);
    await saveUpload(api.deps.definitions, UPLOAD);
    await saveSession(api.deps.definitions, TENANT, SESSION);
    await saveHook(api.deps.definitions, TENANT, { hook: hookLike() });
    await saveRun(api.deps.definitions, TENANT, { row: { run: HOOK_RUN, revision: 0 }, also: [] });
    await saveMove(api.deps.definitions, TENANT, openIncident(bodyLike(), { incidentId: "inc_1", at: "2026-11-21T10:00:00.000Z", by: "ann" }));
    await saveChannel(api.deps.definitions, TENANT, channelLike());
    await api.runtime.submit();
    await dispatchTask(api.runtime, api.runtime.message("a"));
    return api;
  }

  it.each(guarded.map((route) => ({ operation: route.operationId, path: route.path })))("$operation shows another tenant nothing", async ({ path, operation }) => {
    const api = await furnished();
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PARAMS[name] ?? "");
    const query = operation === "whoCan" ? { skill: "echo" } : {};
    const mine = await api.call("GET", filled, { query });
    // The execution is under way: it has no output yet.
    expect(mine.statusCode).toBe(operation === "getExecutionOutput" ? 409 : 200);
    const theirs = await api.call("GET", filled, { tenant: "evil", query });
    // Built-in patterns are everybody's.
    expect(theirs.statusCode).toBe(path.includes("{") && operation !== "getPattern" ? 404 : 200);
    for (const mark of [EXECUTION, "agent-one", "drawn", "acme"].filter((word) => !filled.includes(word))) expect(theirs.body).not.toContain(mark);
  });

  const changing = ofTenants.filter(({ method, path }) => method !== "GET" && path.includes("{"));

  it.each(changing.filter(({ method }) => method !== "PUT").map(({ method, path }) => ({ method, path })))(
    "$method $path does not reach another tenant's things",
    async ({ method, path }) => {
      const api = await furnished();
      const before = structuredClone([...api.runtime.tables.rows]);
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PARAMS[name] ?? "");
      const reply = await api.call(method, filled, { tenant: "evil", body: bodyFor(path) });
      expect(reply.statusCode).toBe(404);
      expect([...api.runtime.tables.rows]).toEqual(before);
    },
  );

  it.each([
    { path: "/api/v1/agents/agent-one", body: { endpoint: "https://evil.test", card: CARD } },
    { path: "/api/v1/routing/rules/first-rule", body: { targets: ["agent-evil"] } },
  ])("PUT $path makes a thing of one's own, and leaves the other's as it is", async ({ path, body }) => {
    const api = await furnished();
    const ofAcme = () => structuredClone([...api.runtime.tables.rows].filter(([key]) => key.includes("acme")));
    const before = ofAcme();
    expect((await api.call("PUT", path, { tenant: "evil", body })).statusCode).toBeLessThan(300);
    expect(ofAcme()).toEqual(before);
  });

  it("neither finds, matches, routes to nor counts another tenant's agents", async () => {
    const api = await furnished();
    const ask = async (tenant: string) => {
      const call = async (method: string, path: string, body: object) => (await api.call(method, path, { tenant, body })).json;
      return {
        discover: (await call("POST", "/api/v1/agents/discover", { capabilities: ["work"] }))["total"],
        match: (await call("POST", "/api/v1/agents/match", { workflow_requirements: { skills: ["work"] } }))["total_matches"],
        route: (await call("POST", "/api/v1/routing/decide", { skill: "work" }))["agent_id"],
        beats: (await call("POST", "/api/v1/agents/heartbeats", { heartbeats: [{ agent_id: "agent-one" }] }))["accepted"],
      };
    };
    expect(await ask(TENANT)).toEqual({ discover: 1, match: 1, route: "agent-one", beats: 1 });
    expect(await ask("evil")).toEqual({ discover: 0, match: 0, route: null, beats: 0 });
  });

  it("answers alike for an agent that another tenant has and for one that nobody has", async () => {
    const api = await furnished();
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["GET", "/profile", undefined],
      ["GET", "/events", undefined],
      ["GET", "/reservations", undefined],
      ["POST", "/reserve", {}],
      ["POST", "/heartbeat", {}],
      ["DELETE", "", undefined],
    ] as const) {
      const replyFor = async (id: string) => {
        const call = { tenant: "evil", ...(body === undefined ? {} : { body }) };
        const { statusCode, body: text } = await api.call(method, `/api/v1/agents/${id}${path}`, call);
        return { statusCode, text: text.replaceAll(id, "ID") };
      };
      expect(await replyFor("agent-one")).toEqual(await replyFor("agent-two"));
    }
  });

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
