import { describe, expect, it } from "vitest";
import { deliverNotice } from "../../../../functions/notify/deliver-notice.ts";
import { spread } from "../../../../functions/notify/notify.ts";
import { IncidentWorld } from "../../../fixtures/runtime/incident-kit.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";

const BODY = { incident_type: "agent_failure", severity: "high", description: "agent-1 is slow", affected_components: ["agent_pool"] };
const CHANNEL = { name: "ops", type: "webhook", url: "http://hooks.test/in" };

const created = async (api: MemoryApi, body: object = BODY): Promise<string> => String((await api.call("POST", "/api/v1/incidents", { body })).json["incident_id"]);

/** An API whose notifications are delivered, over the same tables. */
function told() {
  const api = new MemoryApi();
  const world = new IncidentWorld();
  const deps = { ...world.notify, control: api.deps.definitions, hosts: new Set(["hooks.test"]), now: api.deps.now };
  api.onNotify = (order) => (order.kind === "tell" ? spread(deps, order) : deliverNotice(deps, order));
  return { api, world };
}

describe("incidents over the API", () => {
  it("takes the incident of the specification, with a context", async () => {
    const api = new MemoryApi();
    const context = { affected_workflows: ["exec_123"], error_patterns: [], metrics_snapshot: { p95_ms: 9000 } };
    const { statusCode, json, headers } = await api.call("POST", "/api/v1/incidents", { body: { ...BODY, auto_detected: true, detection_source: "sla_monitor", context } });
    expect(statusCode).toBe(201);
    expect(json).toMatchObject({ status: "open", created_by: "ann", occurrences: 1, context, escalation: { level: 0 }, flapping: false });
    expect(headers?.["location"]).toBe(`/api/v1/incidents/${String(json["incident_id"])}`);
    expect(api.notified).toMatchObject([{ kind: "tell", revision: 1 }]);
  });

  it.each([
    { flaw: "an unknown type", body: { ...BODY, incident_type: "fire" }, field: "body.incident_type" },
    { flaw: "an unknown severity", body: { ...BODY, severity: "huge" }, field: "body.severity" },
    { flaw: "no description", body: { ...BODY, description: "" }, field: "body.description" },
    { flaw: "a context too large", body: { ...BODY, context: { log: "x".repeat(50_000) } }, field: "body.context" },
    { flaw: "a field that nobody knows", body: { ...BODY, sverity: "low" }, field: "body" },
  ])("refuses $flaw and names the field", async ({ body, field }) => {
    const { statusCode, json } = await new MemoryApi().call("POST", "/api/v1/incidents", { body });
    expect(statusCode).toBe(400);
    expect(JSON.stringify(json["errors"])).toContain(`"field":"${field}"`);
  });

  it("is one incident however often it is reported under a key, and says no to other words under it", async () => {
    const api = new MemoryApi();
    const headers = { "idempotency-key": "k" };
    const replies = await Promise.all([1, 2, 3].map(() => api.call("POST", "/api/v1/incidents", { body: BODY, headers })));
    expect(Map.groupBy(replies, ({ statusCode }) => statusCode).get(201)).toHaveLength(1);
    expect(new Set(replies.map(({ json }) => json["incident_id"])).size).toBe(1);
    expect((await api.call("POST", "/api/v1/incidents", { body: { ...BODY, severity: "low" }, headers })).statusCode).toBe(409);
  });

  it("counts what a monitor reports again under a fingerprint, and opens it again after its end", async () => {
    const api = new MemoryApi();
    const body = { ...BODY, fingerprint: "disk of host 7" };
    const id = await created(api, body);
    const again = await api.call("POST", "/api/v1/incidents", { body });
    expect([again.statusCode, again.json]).toMatchObject([200, { incident_id: id, occurrences: 2 }]);
    await api.call("POST", `/api/v1/incidents/${id}/resolve`, { body: { resolution: "cleaned" } });
    const back = await api.call("POST", "/api/v1/incidents", { body });
    expect([back.statusCode, back.json]).toMatchObject([200, { incident_id: id, status: "open", occurrences: 3 }]);
  });

  it("keeps a timeline of what people did, and acts once", async () => {
    const api = new MemoryApi();
    const id = await created(api);
    const post = (what: string, body: object) => api.call("POST", `/api/v1/incidents/${id}/${what}`, { body });
    await post("escalate", { reason: "nobody is here", notify: ["boss"] });
    await post("acknowledge", { note: "on it" });
    await post("acknowledge", { note: "on it" });
    await post("notes", { text: "it was the disk" });
    await post("resolve", { resolution: "cleaned" });
    await post("resolve", { resolution: "cleaned again" });
    await post("notes", { text: "see the report" });
    const { json } = await api.call("GET", `/api/v1/incidents/${id}`);
    expect(json).toMatchObject({ status: "resolved", resolution: "cleaned", escalation: { level: 1, notify: ["boss"] } });
    expect(json["timeline"]).toMatchObject(
      ["opened", "escalated", "acknowledged", "noted", "resolved", "noted"].map((what, index) => ({ what, revision: index + 1, by: "ann" })),
    );
    const refused = await post("escalate", { reason: "late" });
    expect([refused.statusCode, refused.json]).toMatchObject([409, { incident_status: "resolved", possible: expect.arrayContaining(["noted"]) }]);
  });

  it("escalates to those whom the next rule names", async () => {
    const api = new MemoryApi();
    const id = await created(api, { ...BODY, severity: "critical" });
    const { json } = await api.call("POST", `/api/v1/incidents/${id}/escalate`, { body: { reason: "now" } });
    expect(json).toMatchObject({ escalation: { level: 1, notify: ["on_call_engineer"] } });
    const other = await created(api);
    expect((await api.call("POST", `/api/v1/incidents/${other}/escalate`, { body: { reason: "now" } })).json).toMatchObject({ escalation: { notify: [] } });
  });

  it("lists by status, severity, type and time, page by page", async () => {
    const api = new MemoryApi();
    for (let index = 0; index < 3; index += 1) {
      api.runtime.time += 60_000;
      await created(api, { ...BODY, severity: index === 0 ? "low" : "high", description: `n${index}` });
    }
    const list = async (query: Record<string, string>) => (await api.call("GET", "/api/v1/incidents", { query })).json;
    const names = ({ incidents }: Record<string, unknown>): unknown[] => (Array.isArray(incidents) ? incidents : []).map((each) => each.description);
    expect(names(await list({}))).toEqual(["n2", "n1", "n0"]);
    expect(names(await list({ severity: "low" }))).toEqual(["n0"]);
    expect(names(await list({ type: "sla_violation" }))).toEqual([]);
    expect(names(await list({ from: new Date(api.runtime.time - 60_000).toISOString() }))).toEqual(["n2", "n1"]);
    expect(names(await list({ to: new Date(api.runtime.time - 60_000).toISOString() }))).toEqual(["n1", "n0"]);
    const first = await list({ limit: "2" });
    expect(names(first)).toEqual(["n2", "n1"]);
    expect(names(await list({ limit: "2", cursor: String(first["next_cursor"]) }))).toEqual(["n0"]);
    expect(names((await api.call("GET", "/api/v1/incidents/active")).json)).toHaveLength(3);
    expect(names(await list({ status: "acknowledged" }))).toEqual([]);
    expect(names(await list({ status: "resolved" }))).toEqual([]);
  });

  it.each([
    { role: "operator", read: 200, change: 201 },
    { role: "workflow_designer", read: 200, change: 403 },
    { role: "workflow_submitter", read: 403, change: 403 },
    { role: "agent", read: 403, change: 403 },
  ])("lets $role read and change as its permissions say", async ({ role, read, change }) => {
    const api = new MemoryApi();
    expect((await api.call("GET", "/api/v1/incidents", { roles: role })).statusCode).toBe(read);
    expect((await api.call("GET", "/api/v1/channels", { roles: role })).statusCode).toBe(read);
    expect((await api.call("POST", "/api/v1/incidents", { roles: role, body: BODY })).statusCode).toBe(change);
    expect((await api.call("POST", "/api/v1/channels", { roles: role, body: CHANNEL })).statusCode).toBe(change);
  });
});

describe("channels over the API", () => {
  it("is made, changed, listed and deleted", async () => {
    const api = new MemoryApi();
    const { json } = await api.call("POST", "/api/v1/channels", { body: CHANNEL });
    expect(json).toMatchObject({ enabled: true, min_severity: "low", groups: [], created_by: "ann" });
    const path = `/api/v1/channels/${String(json["channel_id"])}`;
    expect((await api.call("PUT", path, { body: { ...CHANNEL, enabled: false, quiet: { from: "22:00", to: "06:00" } } })).json).toMatchObject({ enabled: false, quiet: { time_zone: "UTC" } });
    expect((await api.call("GET", path)).json).toMatchObject({ enabled: false });
    expect((await api.call("DELETE", path)).json).toMatchObject({ status: "deleted" });
    expect((await api.call("GET", path)).statusCode).toBe(404);
    expect((await api.call("GET", "/api/v1/channels")).json).toEqual({ channels: [] });
  });

  it.each([
    { flaw: "an address of our own network", body: { ...CHANNEL, url: "http://169.254.169.254/" }, field: "body.url" },
    { flaw: "another tenant's secret", body: { ...CHANNEL, secret_arn: "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/channels/evil/x" }, field: "body.secret_arn" },
    { flaw: "Slack without a secret", body: { name: "x", type: "slack" }, field: "body.secret_arn" },
    { flaw: "mail", body: { name: "x", type: "email", recipients: ["a@b.test"] }, field: "body.type" },
    { flaw: "a topic", body: { name: "x", type: "sns" }, field: "body.type" },
    { flaw: "a time of day that is none", body: { ...CHANNEL, quiet: { from: "24:00", to: "06:00" } }, field: "body.quiet.from" },
    { flaw: "a time zone that is none", body: { ...CHANNEL, quiet: { from: "22:00", to: "06:00", time_zone: "Mars/Olympus" } }, field: "body.quiet.time_zone" },
  ])("refuses $flaw and names the field", async ({ body, field }) => {
    const { statusCode, json } = await new MemoryApi().call("POST", "/api/v1/channels", { body });
    expect(statusCode).toBe(400);
    expect(JSON.stringify(json["errors"])).toContain(`"field":"${field}"`);
  });

  it("takes PagerDuty at its own address", async () => {
    const body = { name: "pd", type: "pagerduty", secret_arn: "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/channels/acme/pd" };
    expect((await new MemoryApi().call("POST", "/api/v1/channels", { body })).json).toMatchObject({ url: "https://events.pagerduty.com/v2/enqueue" });
  });

  it("takes fifty channels and no more", async () => {
    const api = new MemoryApi();
    for (let index = 0; index < 50; index += 1) await api.call("POST", "/api/v1/channels", { body: CHANNEL });
    expect((await api.call("POST", "/api/v1/channels", { body: CHANNEL })).statusCode).toBe(409);
  });

  it("is tried on request, and keeps a log", async () => {
    const { api, world } = told();
    const { json } = await api.call("POST", "/api/v1/channels", { body: CHANNEL });
    const path = `/api/v1/channels/${String(json["channel_id"])}`;
    expect(await api.call("POST", `${path}/test`, { body: {} })).toMatchObject({ statusCode: 200, json: { status: "delivered", event: "channel.tested" } });
    world.answer = () => ({ kind: "reply", status: 503, headers: {}, body: "" });
    expect(await api.call("POST", `${path}/test`, { body: {} })).toMatchObject({ statusCode: 202, json: { status: "waiting", reason: "http://hooks.test answered 503" } });
    api.onNotify = async () => {};
    expect(await api.call("POST", `${path}/test`, { body: {} })).toMatchObject({ statusCode: 202, json: { status: "waiting", attempts: 0 } });
    expect((await api.call("GET", `${path}/notices`, { query: { limit: "2" } })).json).toMatchObject({ notices: [{}, {}], next_cursor: expect.any(String) });
  });

  it("escalates by the rules of the specification, or by a tenant's own", async () => {
    const api = new MemoryApi();
    expect((await api.call("GET", "/api/v1/escalation-rules")).json).toMatchObject({ rules: [{ condition: "severity >= critical" }, { condition: "sla_violation_count > 5" }] });
    const rules = [{ condition: "severity >= high and sla_violation_count > 2", escalate_after: "90s", notify: ["boss"] }];
    expect((await api.call("PUT", "/api/v1/escalation-rules", { body: { rules } })).json).toEqual({ rules, auto_response_enabled: false });
    expect((await api.call("GET", "/api/v1/escalation-rules")).json).toEqual({ rules, auto_response_enabled: false });
    for (const flaw of [{ condition: "severity > huge" }, { escalate_after: "soon" }, { escalate_after: "25h" }, { notify: [] }]) {
      expect((await api.call("PUT", "/api/v1/escalation-rules", { body: { rules: [{ ...rules[0], ...flaw }] } })).statusCode).toBe(400);
    }
  });
});
