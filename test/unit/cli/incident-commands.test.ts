import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { channelLike, incidentLike } from "../../fixtures/runtime/incident-kit.ts";
import { newNotice } from "../../../shared/incidents/notice.ts";
import { json, startFakeApi } from "./fake-api.ts";
import { openShell } from "./shell.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());
const envOf = ({ connection: { url, token } }: { connection: { url: string; token: string } }) => ({ A2A_URL: url, A2A_TOKEN: token });

/** A file with a value as JSON, beside the shell's own. */
function fileWith(value: unknown): string {
  const file = path.join(path.dirname(shell.small), "value.json");
  writeFileSync(file, JSON.stringify(value));
  return file;
}

const AT = "2026-11-21T10:00:00.000Z";
const INCIDENT = incidentLike({ rule: "agent_lost", runbook: { meaning: "it is gone", first_look: "try it", fix: "restart it" } });
const NOTICE = { ...newNotice({ kind: "notice", tenant: "acme", incident: "inc_1", revision: 1, channel: "chan_1" }, { event: "incident.opened", at: AT }), status: "delivered" as const, attempts: 1 };
const ONE = "/dev/api/v1/incidents/inc_1";
const CHANNELS = "/dev/api/v1/channels";

describe("a2a incidents", () => {
  it("lists those that are not over, and others on request", async () => {
    await using api = await startFakeApi({ "GET /dev/api/v1/incidents": json(200, { incidents: [INCIDENT, { ...INCIDENT, incident_id: "inc_2", flapping: true, rule: undefined }] }) });
    const { code, out } = await shell.run(["incidents", "--severity", "high"], { env: envOf(api) });
    expect(code).toBe(0);
    expect(out).toMatch(/^INCIDENT +SINCE +SEVERITY +STATUS +TIMES +RULE +DESCRIPTION/);
    expect(out).toContain("open, flapping");
    expect(api.seen[0]?.line).toBe("GET /dev/api/v1/incidents?severity=high&limit=50");
    expect(JSON.parse((await shell.run(["incidents", "--json"], { env: envOf(api) })).out)).toHaveLength(2);
    expect((await shell.run(["incidents", "--status", "lost"], { env: envOf(api) })).code).not.toBe(0);
  });

  it("shows one with what happened, who was told, and what to do", async () => {
    const timeline = [{ revision: 1, at: AT, by: "detector", what: "opened", status: "open", text: "agent-1 does not answer" }, { revision: 2, at: AT, by: "ann", what: "acknowledged", status: "acknowledged" }];
    await using api = await startFakeApi({ [`GET ${ONE}`]: json(200, { ...INCIDENT, timeline, notices: [NOTICE, { ...NOTICE, status: "failed", reason: "answered 500", ended_at: AT }] }) });
    const { out } = await shell.run(["incidents", "show", "inc_1"], { env: envOf(api) });
    for (const text of ["inc_1  high  open", "detector", "told: delivered", "incident.opened; answered 500", "First look: try it", "Fix: restart it"]) expect(out).toContain(text);
    expect(JSON.parse((await shell.run(["incidents", "show", "inc_1", "--json"], { env: envOf(api) })).out)).toMatchObject({ incident_id: "inc_1" });
  });

  it("is created, from words or from a file", async () => {
    await using api = await startFakeApi({ "POST /dev/api/v1/incidents": json(201, INCIDENT) });
    const { out } = await shell.run(["incidents", "create", "the disk is full", "--severity", "low", "--component", "disk", "--key", "k"], { env: envOf(api) });
    expect(out).toBe("inc_1\n");
    expect(api.seen[0]).toMatchObject({ headers: { "idempotency-key": "k" } });
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({ incident_type: "performance_degradation", severity: "low", description: "the disk is full", affected_components: ["disk"] });
    await shell.run(["incidents", "create", "x", "--file", fileWith({ description: "of a file" })], { env: envOf(api) });
    expect(api.seen).toHaveLength(2);
  });

  it.each([
    { words: ["ack", "inc_1", "--note", "on it"], path: "acknowledge", body: { note: "on it" } },
    { words: ["note", "inc_1", "a line"], path: "notes", body: { text: "a line" } },
    { words: ["resolve", "inc_1", "restarted"], path: "resolve", body: { resolution: "restarted" } },
    { words: ["escalate", "inc_1", "late", "--to", "boss"], path: "escalate", body: { reason: "late", notify: ["boss"] } },
  ])("does '$path'", async ({ words, path, body }) => {
    await using api = await startFakeApi({ [`POST ${ONE}/${path}`]: json(200, INCIDENT) });
    expect((await shell.run(["incidents", ...words], { env: envOf(api) })).err).toContain("inc_1 is open");
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual(body);
  });
});

describe("a2a incidents respond", () => {
  const reply = (status: string) => ({
    incident_id: "inc_1",
    response_id: "resp_1",
    response_type: "agent_quarantine",
    status,
    target: "agent-a",
    at: AT,
    by: "ann",
    plan: [{ action: "quarantine", target: "agent-a", before: "not in quarantine", after: "in quarantine" }],
    guards: [{ guard: "not_the_last", passed: false, detail: "no other agent in service can sum" }, { guard: "few_quarantined", passed: true, detail: "few" }],
  });

  it("shows what is done, or would be, and undoes it", async () => {
    await using api = await startFakeApi({ [`POST ${ONE}/response`]: json(200, reply("planned")), [`POST ${ONE}/response/resp_1/revert`]: json(200, reply("reverted")) });
    const { out, err } = await shell.run(["incidents", "respond", "inc_1", "agent_quarantine", "--agent", "agent-a", "--dry-run", "--force"], { env: envOf(api) });
    expect(out).toBe("resp_1\n");
    for (const text of ["planned: quarantine agent-a, not in quarantine → in quarantine", "beware: no other agent", "fine: few"]) expect(err).toContain(text);
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({ response_type: "agent_quarantine", parameters: { agent_id: "agent-a", force: true }, dry_run: true });
    expect((await shell.run(["incidents", "revert", "inc_1", "resp_1"], { env: envOf(api) })).err).toContain("reverted: quarantine");
  });
});

describe("a2a channels", () => {
  it("lists and shows them, and says why one is off", async () => {
    const channels = [channelLike({ groups: ["oncall"] }), channelLike({ enabled: false }), channelLike({ enabled: false, disabled_reason: "it answered 410" })];
    await using api = await startFakeApi({ [`GET ${CHANNELS}`]: json(200, { channels }), [`GET ${CHANNELS}/chan_1`]: json(200, channels[0]) });
    const { out } = await shell.run(["channels"], { env: envOf(api) });
    expect(out).toContain("off: it answered 410");
    expect(JSON.parse((await shell.run(["channels", "--json"], { env: envOf(api) })).out)).toHaveLength(3);
    expect(JSON.parse((await shell.run(["channels", "show", "chan_1"], { env: envOf(api) })).out)).toMatchObject({ channel_id: "chan_1" });
  });

  it.each([
    { words: ["--webhook", "https://ops.test", "--quiet", "22:00-07:00", "--time-zone", "UTC"], body: { type: "webhook", url: "https://ops.test", quiet: { from: "22:00", to: "07:00", time_zone: "UTC" } } },
    { words: ["--slack", "--secret", "arn", "--min-severity", "high"], body: { type: "slack", secret_arn: "arn", min_severity: "high" } },
    { words: ["--pagerduty", "--secret", "arn", "--group", "oncall", "--only-escalations"], body: { type: "pagerduty", secret_arn: "arn", groups: ["oncall"], only_escalations: true } },
  ])("adds one with $words", async ({ words, body }) => {
    await using api = await startFakeApi({ [`POST ${CHANNELS}`]: json(201, channelLike()) });
    expect((await shell.run(["channels", "add", "ops", ...words], { env: envOf(api) })).out).toBe("chan_1\n");
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({ name: "ops", ...body });
  });

  it("asks where to tell, and takes one answer", async () => {
    expect((await shell.run(["channels", "add", "ops"])).err).toContain("one of --webhook, --slack and --pagerduty");
    expect((await shell.run(["channels", "add", "ops", "--slack", "--pagerduty"])).err).toContain("one of --webhook");
  });

  it("is tried, and says what came of it", async () => {
    const answers = [NOTICE, { ...NOTICE, status: "waiting", reason: "it answered 503" }, { ...NOTICE, status: "failed", reason: "it answered 404" }, { ...NOTICE, status: "failed" }];
    await using api = await startFakeApi({ [`POST ${CHANNELS}/chan_1/test`]: (response, request) => json(200, answers.shift())(response, request) });
    const test = () => shell.run(["channels", "test", "chan_1"], { env: envOf(api) });
    expect((await test()).err).toContain("delivered");
    expect((await test()).err).toContain("waiting: it answered 503");
    expect(await test()).toMatchObject({ code: 1, err: expect.stringContaining("it was not told: it answered 404") });
    expect((await test()).code).toBe(1);
  });

  it("is removed, and has a log", async () => {
    await using api = await startFakeApi({
      [`DELETE ${CHANNELS}/chan_1`]: json(200, { channel_id: "chan_1", status: "deleted" }),
      [`GET ${CHANNELS}/chan_1/notices`]: json(200, { notices: [NOTICE, { ...NOTICE, reason: "late" }] }),
    });
    expect((await shell.run(["channels", "remove", "chan_1"], { env: envOf(api) })).err).toContain("removed chan_1");
    expect((await shell.run(["channels", "log", "chan_1"], { env: envOf(api) })).out).toContain("incident.opened");
  });
});

describe("a2a hooks add", () => {
  it("takes options that the list has as well for its own", async () => {
    await using api = await startFakeApi({});
    await shell.run(["hooks", "add", "tell", "--trigger", "post_task", "--webhook", "https://ops.test"], { env: envOf(api) });
    expect(JSON.parse(api.seen[0]?.body ?? "")).toMatchObject({ name: "tell", trigger: "post_task" });
  });
});

describe("a2a escalation", () => {
  it("shows the rules and sets them", async () => {
    const rules = [{ condition: "severity >= high", escalate_after: "5m", notify: ["boss"] }];
    await using api = await startFakeApi({ "GET /dev/api/v1/escalation-rules": json(200, { rules, auto_response_enabled: false }), "PUT /dev/api/v1/escalation-rules": json(200, { rules, auto_response_enabled: false }) });
    expect(JSON.parse((await shell.run(["escalation"], { env: envOf(api) })).out)).toEqual({ rules, auto_response_enabled: false });
    expect((await shell.run(["escalation", "set", fileWith({ rules })], { env: envOf(api) })).err).toContain("1 rules");
  });
});
