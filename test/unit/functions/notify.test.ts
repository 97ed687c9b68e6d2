import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { deliverNotice } from "../../../functions/notify/deliver-notice.ts";
import { spread } from "../../../functions/notify/notify.ts";
import { AgentSecretError } from "../../../shared/agents/store/secrets.ts";
import { newNotice, TEST_EVENT } from "../../../shared/incidents/notice.ts";
import { actOnIncident, reportIncident } from "../../../shared/incidents/control/incident-control.ts";
import type { IncidentAct } from "../../../shared/incidents/incident-moves.ts";
import { deleteChannel, findChannel, listNotices, saveChannel, saveNotice } from "../../../shared/incidents/store/channel-store.ts";
import { loadNotices } from "../../../shared/incidents/store/incident-store.ts";
import { bodyLike, channelLike, IncidentWorld, lostAgent } from "../../fixtures/runtime/incident-kit.ts";

const SECRET = "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/channels/acme/ops-AbCdEf";
const reply = (status: number, headers = {}) => ({ kind: "reply" as const, status, headers, body: "" });

let world: IncidentWorld;
beforeEach(() => {
  world = new IncidentWorld();
});

const add = (...channels: readonly object[]): Promise<void[]> => Promise.all(channels.map((more) => saveChannel(world.control, "acme", channelLike(more))));
const report = async (more: object = {}, id = "inc_1"): Promise<void> =>
  void (await reportIncident(world.detect, { tenant: "acme", at: new Date(world.time).toISOString(), by: "ann", newId: id, body: bodyLike(more) }));
const act = (what: IncidentAct, id = "inc_1") => actOnIncident(world.detect, { tenant: "acme", id }, { act: what, at: new Date(world.time).toISOString(), by: "ann" });
const notices = () => loadNotices(world.control, "acme", "inc_1");

describe("telling of incidents", () => {
  it("puts each move on the bus once, and tells the channels", async () => {
    await add({});
    await report();
    await act({ edge: "acknowledged", text: "looking" });
    await act({ edge: "noted", text: "nothing yet" });
    await act({ edge: "resolved", text: "restarted" });
    world.queue.push(...world.queue);
    await world.drain();
    expect(world.published.map(({ type, event_id: id }) => `${type} ${id}`)).toEqual(["incident.opened inc_1.1", "incident.acknowledged inc_1.2", "incident.resolved inc_1.4"]);
    expect(world.published[0]).toMatchObject({ tenant: "acme", facts: { incident_id: "inc_1", severity: "high", status: "open", by: "ann" } });
    // It was over before anybody could be told that it began.
    expect((await notices()).map(({ event, status }) => `${event} ${status}`)).toEqual(["incident.opened overtaken", "incident.acknowledged overtaken", "incident.resolved delivered"]);
  });

  it("signs webhooks by Standard Webhooks, under one id for every try", async () => {
    await add({ secret_arn: SECRET });
    const answers = [reply(503), reply(200)];
    world.answer = () => answers.shift() ?? reply(200);
    await report();
    await world.drainAll();
    expect(world.posted).toHaveLength(2);
    const [id] = new Set(world.posted.map(({ headers }) => headers["webhook-id"]));
    for (const { headers, body = "" } of world.posted) {
      const signature = createHmac("sha256", Buffer.alloc(32, 7)).update(`${id}.${headers["webhook-timestamp"]}.${body}`).digest("base64");
      expect(headers).toMatchObject({ "webhook-id": id, "webhook-signature": `v1,${signature}` });
    }
    expect(JSON.parse(world.posted[0]?.body ?? "{}")).toMatchObject({ type: "incident.opened", data: { tenant: "acme", text: "agent-1 does not answer", incident: { incident_id: "inc_1", status: "open" } } });
    expect(await notices()).toMatchObject([{ status: "delivered", attempts: 2 }]);
  });

  it.each([
    { what: "503 for ever", answer: reply(503), status: "failed", tries: 6, reason: "http://ops.test answered 503" },
    { what: "never anything", answer: { kind: "lost" as const, reason: "no whole reply within 5000 ms", timedOut: true }, status: "failed", tries: 6, reason: "http://ops.test did not answer: no whole reply within 5000 ms" },
    { what: "404", answer: reply(404), status: "failed", tries: 1, reason: "http://ops.test answered 404" },
    { what: "64 MB", answer: { kind: "too-large" as const, maxBytes: 65_536 }, status: "failed", tries: 1, reason: "http://ops.test answered more than 65536 bytes" },
    { what: "410", answer: reply(410), status: "failed", tries: 1, reason: "http://ops.test answered 410: it wants no more" },
  ])("says so of a channel that answers $what", async ({ answer, status, tries, reason }) => {
    await add({});
    world.answer = () => answer;
    const began = world.time;
    await report();
    await world.drainAll();
    expect(await notices()).toMatchObject([{ status, attempts: tries, reason }]);
    if (tries > 1) expect(world.time - began).toBe((30 + 120 + 600 + 1800 + 7200) * 1000);
  });

  it("switches a channel off that wants no more, and tells it nothing until it is on again", async () => {
    await add({});
    world.answer = () => reply(410);
    await report();
    await world.drain();
    expect(await findChannel(world.control, "acme", "chan_1")).toMatchObject({ enabled: false, disabled_reason: "http://ops.test answered 410: it wants no more", updated_by: "notify" });
    await act({ edge: "resolved", text: "over" });
    await world.drain();
    expect(world.posted).toHaveLength(1);
  });

  it("waits as long as the receiver asks", async () => {
    await add({});
    world.answer = () => reply(429, { "retry-after": "400" });
    await report();
    await world.drain();
    expect(world.putOff).toMatchObject([{ seconds: 400 }]);
  });

  it.each([
    { what: "another tenant's secret", channel: { secret_arn: SECRET.replace("acme", "other") }, reason: /is not this tenant's/ },
    { what: "a secret without a key", channel: { secret_arn: SECRET }, secret: {}, reason: /holds no signing_secret/ },
    { what: "a key that is none", channel: { secret_arn: SECRET }, secret: { signing_secret: "x" }, reason: /holds no signing_secret/ },
    { what: "Slack without a URL", channel: { type: "slack", secret_arn: SECRET }, secret: {}, reason: /holds no url/ },
    { what: "PagerDuty without a key", channel: { type: "pagerduty", secret_arn: SECRET }, secret: {}, reason: /holds no routing_key/ },
    { what: "a URL that leads inside", channel: { url: "http://169.254.169.254/" }, reason: /only https is allowed/ },
  ])("posts nothing with $what", async ({ channel, secret = {}, reason }) => {
    await add(channel);
    world.secret = secret;
    await report();
    await world.drain();
    expect(world.posted).toEqual([]);
    expect((await notices())[0]?.reason).toMatch(reason);
  });

  it("speaks to Slack in blocks, and shows what people wrote as they wrote it", async () => {
    await add({ type: "slack", secret_arn: SECRET });
    world.secret = { url: "http://ops.test/services/T/B/x" };
    await report({ description: "<!channel> & co" });
    await world.drain();
    expect(world.posted[0]?.target.url.pathname).toBe("/services/T/B/x");
    const body = JSON.parse(world.posted[0]?.body ?? "{}");
    expect(body.text).toBe("[HIGH] opened: &lt;!channel&gt; &amp; co");
    expect(JSON.stringify(body.blocks)).toContain("*Incident* inc_1");
    await act({ edge: "acknowledged", text: "on it" });
    await world.drain();
    expect(world.posted[1]?.body).toContain('"text":"on it"');
  });

  it("opens, acknowledges and resolves one alert in PagerDuty", async () => {
    await add({ type: "pagerduty", url: "http://ops.test/v2/enqueue", secret_arn: SECRET });
    world.secret = { routing_key: "R" };
    await report({ severity: "critical", affected_components: ["agent_pool"] });
    await world.drain();
    await act({ edge: "acknowledged" });
    await world.drain();
    await act({ edge: "resolved", text: "over" });
    await world.drain();
    const bodies = world.posted.map(({ body = "{}" }) => JSON.parse(body));
    expect(bodies.map(({ event_action, dedup_key }) => `${event_action} ${dedup_key}`)).toEqual(["trigger inc_1", "acknowledge inc_1", "resolve inc_1"]);
    expect(bodies[0]).toMatchObject({ routing_key: "R", payload: { severity: "critical", class: "agent_failure", component: "agent_pool", source: "a2a acme" } });
  });

  it("tells those who asked for this: severity, type, groups of an escalation", async () => {
    await add(
      { channel_id: "all" },
      { channel_id: "critical", min_severity: "critical" },
      { channel_id: "sla", incident_types: ["sla_violation"] },
      { channel_id: "off", enabled: false },
      { channel_id: "oncall", groups: ["on_call_engineer"], only_escalations: true },
    );
    const who = async () => (await notices()).map(({ event, channel_id }) => `${event.slice(9)} ${channel_id}`);
    await report();
    await world.drain();
    expect(await who()).toEqual(["opened all"]);
    await act({ edge: "escalated", text: "slow", notify: ["on_call_engineer"] });
    await world.drain();
    await act({ edge: "resolved", text: "over" });
    await world.drain();
    expect(await who()).toEqual(["opened all", "escalated oncall", "resolved all", "resolved oncall"]);
  });

  it("tells all of an escalation that reaches nobody by name", async () => {
    await add({ channel_id: "all" });
    await report();
    await act({ edge: "escalated", text: "slow", notify: ["nobody"] });
    await world.drain();
    expect(world.told()).toEqual(["incident.opened", "incident.escalated"]);
  });

  it("keeps quiet at night but for what is critical, and tells the rest in the morning", async () => {
    await add({ quiet: { from: "22:00", to: "07:00", time_zone: "Europe/Berlin" } });
    world.time = Date.parse("2026-11-21T23:30:00.000Z");
    await report();
    await report({ severity: "critical" }, "inc_2");
    await world.drain();
    expect(world.posted).toHaveLength(1);
    expect(await notices()).toMatchObject([{ status: "waiting", attempts: 0, reason: "quiet until 07:00", not_before: "2026-11-22T06:00:00.000Z" }]);
    await world.drainAll();
    expect(new Date(world.time).toISOString()).toBe("2026-11-22T06:00:00.000Z");
    expect(await notices()).toMatchObject([{ status: "delivered", attempts: 1 }]);
  });

  it("tells a channel no more than twenty things a minute, and the others later", async () => {
    await add({});
    for (let index = 0; index < 25; index += 1) await report({}, `inc_${index}`);
    await world.drain();
    expect(world.posted).toHaveLength(20);
    await world.drainAll();
    expect(world.posted).toHaveLength(25);
  });

  it("does not tell that what flaps came back again", async () => {
    await add({});
    world.agents = [lostAgent()];
    await world.pass();
    for (let round = 0; round < 5; round += 1) {
      world.agents = [];
      for (let pass = 0; pass < 130 && (await world.incidents()).length > 0; pass += 1) await world.pass();
      world.agents = [lostAgent()];
      await world.pass();
      await world.drain();
    }
    const told = world.told();
    expect(told.length).toBeLessThan(12);
    expect(told.filter((type) => type === "incident.reopened").length).toBeGreaterThan(0);
  });

  it("drops what a channel is yet to be told that is gone", async () => {
    await add({});
    await report();
    await world.take(world.queue.shift() ?? fail());
    await deleteChannel(world.control, "acme", "chan_1");
    await world.drain();
    expect(await notices()).toMatchObject([{ status: "dropped", reason: "the channel is gone or off" }]);
  });

  it("tries a channel on request, also one that is off", async () => {
    await add({ enabled: false });
    const order = { kind: "notice" as const, tenant: "acme", incident: "test_1", revision: 1, channel: "chan_1" };
    await saveNotice(world.control, "acme", newNotice(order, { event: TEST_EVENT, at: new Date(world.time).toISOString() }));
    await world.take(order);
    await world.take(order);
    expect(world.posted).toHaveLength(1);
    expect((await listNotices(world.control, { tenant: "acme", channel: "chan_1" }, { limit: 5 })).rows).toMatchObject([{ event: TEST_EVENT, status: "delivered" }]);
  });

  it.each([
    { type: "slack", secret: { url: "http://ops.test/x" }, says: { text: "Channel 'ops' works" } },
    { type: "pagerduty", secret: { routing_key: "R" }, says: { event_action: "resolve", payload: { severity: "info", summary: "Channel 'ops' works" } } },
  ])("tries $type without waking anybody", async ({ type, secret, says }) => {
    await add({ type, url: "http://ops.test/v2", secret_arn: SECRET });
    world.secret = secret;
    const order = { kind: "notice" as const, tenant: "acme", incident: "test_1", revision: 1, channel: "chan_1" };
    await saveNotice(world.control, "acme", newNotice(order, { event: TEST_EVENT, at: new Date(world.time).toISOString() }));
    await world.take(order);
    expect(JSON.parse(world.posted[0]?.body ?? "{}")).toMatchObject(says);
  });

  it("tries again when a secret cannot be read, and says what for", async () => {
    await add({ secret_arn: SECRET });
    const deps = { ...world.notify, readSecret: () => Promise.reject(new AgentSecretError(SECRET, "AccessDenied")) };
    await report();
    await spread(deps, { kind: "tell", tenant: "acme", incident: "inc_1", revision: 1 });
    await deliverNotice(deps, { kind: "notice", tenant: "acme", incident: "inc_1", revision: 1, channel: "chan_1" });
    expect(await notices()).toMatchObject([{ status: "waiting", attempts: 1, reason: expect.stringContaining("AccessDenied") }]);
  });

  it("speaks of incidents without agents and contexts as well", async () => {
    await add({ type: "pagerduty", url: "http://ops.test/v2", secret_arn: SECRET }, { channel_id: "chan_2", type: "slack", secret_arn: SECRET });
    world.secret = { routing_key: "R", url: "http://ops.test/x" };
    await report({ context: { disk: 7 }, affected_components: ["a", "b"] });
    await world.drain();
    expect(world.posted.map(({ body }) => body).join()).toContain('"custom_details":{"disk":7}');
    expect(world.posted.map(({ body }) => body).join()).toContain("*Components* a, b");
  });

  it("goes on where it died, whichever call that was: the receiver hears of it, under one id", async () => {
    await add({});
    await report();
    const before = world.tables.calls.length;
    await world.drain();
    const calls = world.tables.calls.length - before;
    expect(calls).toBeGreaterThan(8);
    for (let fatal = 0; fatal < calls; fatal += 1) {
      world = new IncidentWorld();
      await add({});
      await report();
      let count = 0;
      world.tables.onSend = () => {
        if (count++ === fatal) throw new Error("the process died");
      };
      await deliverAll(world);
      expect(new Set(world.posted.map(({ headers }) => headers["webhook-id"])).size, `call ${fatal}`).toBe(1);
      expect(world.posted.length, `call ${fatal}`).toBeLessThanOrEqual(2);
      expect(new Set(world.published.map(({ event_id: id }) => id)).size, `call ${fatal}`).toBe(1);
      expect((await notices()).map(({ status }) => status), `call ${fatal}`).toEqual(["delivered"]);
    }
  });

  it("leaves a notice to the invocation that is at work on it, and follows one up that died", async () => {
    await add({});
    await report();
    await world.take(world.queue.shift() ?? fail());
    const order = world.queue.shift() ?? fail();
    world.answer = () => {
      throw new Error("the process died");
    };
    await expect(world.take(order)).rejects.toThrow("the process died");
    world.answer = () => reply(200);
    await world.take(order);
    expect(world.putOff).toMatchObject([{ seconds: 30 }]);
    await world.drainAll();
    expect(await notices()).toMatchObject([{ status: "delivered", attempts: 2 }]);
  });
});

/** Delivers everything; what a process died with comes again, as SQS has it. */
async function deliverAll(world: IncidentWorld): Promise<void> {
  for (let rounds = 0; world.queue.length + world.putOff.length > 0; rounds += 1) {
    if (rounds > 50) throw new Error("it never ends");
    for (const { order, seconds } of world.putOff.splice(0)) {
      world.time += seconds * 1000;
      world.queue.push(order);
    }
    const order = world.queue.shift();
    if (order === undefined) continue;
    try {
      await world.take(order);
    } catch {
      world.queue.push(order);
      world.time += 60_000;
    }
  }
}

function fail(): never {
  throw new Error("there is no such order");
}
