import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { readAgentCard } from "../../../../shared/a2a/agent-card.ts";
import { updateAgent } from "../../../../shared/agents/onboarding/register-agent.ts";
import { AGENT_LIMITS } from "../../../../shared/agents/limits.ts";
import { observeTask } from "../../../../shared/agents/registry/profile.ts";
import { learn, type LearntProfile } from "../../../../shared/agents/store/profile-store.ts";
import { saveSigns } from "../../../../shared/agents/store/vital-store.ts";
import { START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { cardOf, registerOn } from "./registry-kit.ts";

const Parts = z.record(z.string(), z.record(z.string(), z.unknown()));
const Signed = z.object({ cards: Parts, keys: Parts });
const vectors = Signed.parse(JSON.parse(readFileSync(new URL("../../../fixtures/a2a/signed-cards/python-1.3.0.json", import.meta.url), "utf8")));
/** A card that the Python SDK has signed, and the public key. */
const SIGNED = { card: vectors.cards["ES256"] ?? {}, key: vectors.keys["ES256"] ?? {} };

let api: MemoryApi;
beforeEach(() => {
  api = new MemoryApi();
});

const read = readAgentCard(cardOf("one", "calc"));
if ("flaw" in read) throw new Error(read.flaw);
const FOUND = read;

const card = cardOf;
const register = (name: string, more: object = {}) => registerOn(api, name, more);

const events = (agent: string) =>
  [...api.runtime.tables.rows.values()]
    .filter(({ pk, sk }) => pk === `T#acme#A#${agent}` && String(sk).startsWith("EVT#"))
    .map(({ type }) => String(type));

type Json = Record<string, unknown>;
const EventTypes = z.array(z.object({ event_type: z.string() }).transform(({ event_type: type }) => type));
const Ids = z.array(z.object({ agent_id: z.string() }).transform(({ agent_id: id }) => id));
const idsIn = (json: Json): string[] => Ids.parse(json["agents"]);
const flawsOf = (json: Json) => z.array(z.object({ field: z.string(), message: z.string() })).parse(json["errors"]);

describe("registering an agent", () => {
  it("takes the descriptor of spec 003 §4 with its card inside", async () => {
    const reply = await register("carbon", {
      agent_id: "agent-carbon-calc-001",
      agent_type: "CarbonCalculatorAgent",
      version: "2.1.3",
      capabilities: ["carbon_calculation", "scope3_emissions"],
      service_types: ["COMPUTATION"],
      tags: ["production", "us-east-1"],
      sla: { max_latency_ms: 500, availability: 0.999 },
      metadata: { max_concurrent_requests: 7, supported_frameworks: ["GHG Protocol"] },
      location: "us-east-1",
    });
    expect(reply.statusCode).toBe(201);
    expect(reply.headers?.["location"]).toBe("/api/v1/agents/agent-carbon-calc-001");
    expect(reply.json).toMatchObject({
      agent_id: "agent-carbon-calc-001",
      version: "2.1.3",
      capabilities: ["calc", "carbon_calculation", "scope3_emissions"],
      max_concurrent_tasks: 7,
      status: "ACTIVE",
      health_score: 1,
      trust_score: 2.5,
      in_service: true,
      circuit_breaker: { state: "closed", failures: 0 },
      load: { queue_size: 0, reserved_slots: 0, max_concurrent_tasks: 7, utilization: 0 },
    });
    expect(events("agent-carbon-calc-001")).toEqual(["agent.registered"]);
  });

  it.each([
    { field: "body.agent_id", body: { agent_id: "carbon" }, says: "agent-" },
    { field: "body.version", body: { version: "1.2" }, says: "semantic version" },
    { field: "body.version", body: { version: "01.2.3" }, says: "semantic version" },
    { field: "body.endpoint", body: { endpoint: "tcp://10.0.1.50:5000" }, says: "http(s) URL" },
    { field: "body.sla.availability", body: { sla: { availability: 99.9 } }, says: "1" },
    { field: "body.service_types.0", body: { service_types: ["two words"] }, says: "one word" },
    { field: "body.tags.0", body: { tags: [""] }, says: "" },
    { field: "body.location", body: { location: "" }, says: "" },
    { field: "body.card", body: { card: { name: "nobody" } }, says: "is no agent card" },
    { field: "body", body: { endpiont: "x" }, says: "endpiont" },
  ])("says what is wrong with $body", async ({ field, body, says }) => {
    const reply = await register("flawed", body);
    expect(reply.statusCode).toBe(400);
    const flaw = flawsOf(reply.json).find((error) => error.field === field);
    expect(flaw?.message).toContain(says);
  });

  it("is refused while its card requires an extension that it does not name, with the way out", async () => {
    const required = { ...card("one", "calc"), capabilities: { extensions: [{ uri: "urn:pay", required: true }, { uri: "urn:more" }] } };
    const refused = await register("one", { card: required });
    expect([refused.statusCode, flawsOf(refused.json)]).toEqual([400, [{ field: "body.extensions", message: expect.stringContaining("'urn:pay': the card of https://one.test/ requires it of callers. Add {\"uri\": \"urn:pay\"}") }]]);
    const taken = await register("one", { card: required, extensions: [{ uri: "urn:pay", params: { account: 7 } }] });
    expect([taken.statusCode, taken.json["extensions"], taken.json["required_extensions"]]).toEqual([201, [{ uri: "urn:pay", params: { account: 7 } }], ["urn:pay"]]);
    const dropped = await api.call("PATCH", "/api/v1/agents/agent-one", { body: { extensions: null } });
    expect([dropped.statusCode, flawsOf(dropped.json)[0]?.field]).toEqual([400, "body.extensions"]);
    expect((await api.call("PATCH", "/api/v1/agents/agent-one", { body: { tags: ["new"] } })).statusCode).toBe(200);
  });

  it("keeps the authority that it pins, which must be one, and forgets it on demand", async () => {
    const ca = readFileSync(new URL("../../../fixtures/tls/authority.pem", import.meta.url), "utf8");
    const none = await register("one", { tls: { ca: "trust me" } });
    expect([none.statusCode, flawsOf(none.json)]).toEqual([400, [{ field: "body.tls.ca", message: "has no certificate in it; give PEM, with '-----BEGIN CERTIFICATE-----'" }]]);
    const taken = await register("one", { tls: { ca } });
    expect([taken.statusCode, taken.json["tls"]]).toEqual([201, { ca }]);
    const bad = await api.call("PATCH", "/api/v1/agents/agent-one", { body: { tls: { ca: "none" } } });
    expect([bad.statusCode, flawsOf(bad.json)[0]?.field]).toEqual([400, "body.tls.ca"]);
    const freed = await api.call("PATCH", "/api/v1/agents/agent-one", { body: { tls: null } });
    expect([freed.statusCode, freed.json["tls"]]).toEqual([200, undefined]);
  });

  it("is refused while its card is not signed as it asks, with the reason", async () => {
    const { card: signed, key } = SIGNED;
    const body = { card: signed, endpoint: "https://agents.test/" };
    const unsigned = await register("one", { card_signature: { key } });
    expect([unsigned.statusCode, flawsOf(unsigned.json)]).toEqual([400, [{ field: "body.card", message: expect.stringContaining("it is not signed, and card_signature of its registration asks for a signature") }]]);
    const changed = await register("one", { ...body, card: { ...signed, name: "another" }, card_signature: { key } });
    expect(flawsOf(changed.json)[0]?.message).toContain("its signature does not match its content");
    const taken = await register("one", { ...body, card_signature: { key } });
    expect([taken.statusCode, taken.json["name"], taken.json["card_signature"]]).toEqual([201, "Grüße, signed", { key }]);
  });

  it.each([
    { rule: {} },
    { rule: { key: SIGNED.key, jwks_url: "https://keys.test" } },
    { rule: { key: { kty: "oct", k: "c2VjcmV0" } } },
    { rule: { jwks_url: "ftp://keys.test" } },
  ])("says how a signature is asked for instead of $rule", async ({ rule }) => {
    const reply = await register("one", { card_signature: rule });
    expect([reply.statusCode, flawsOf(reply.json).map(({ message }) => message)]).toEqual([400, expect.arrayContaining([expect.stringContaining("one of the two")])]);
  });

  it.each([
    { field: "body.extensions.0.uri", extensions: [{ uri: "pay me" }] },
    { field: "body.extensions.0.uri", extensions: [{ uri: "urn:a,urn:b" }] },
    { field: "body.extensions", extensions: [{ uri: "urn:a" }, { uri: "urn:a" }] },
    { field: "body.extensions.0", extensions: [{ uri: "urn:a", parameters: {} }] },
  ])("refuses the extensions $extensions", async ({ field, extensions }) => {
    const reply = await register("one", { extensions });
    expect([reply.statusCode, flawsOf(reply.json)[0]?.field]).toEqual([400, field]);
  });

  it("again is an update that keeps when it began", async () => {
    await register("one");
    api.runtime.time += 60_000;
    const reply = await register("one", { tags: ["new"] });
    expect(reply.statusCode).toBe(200);
    expect(reply.json).toMatchObject({ tags: ["new"], registered_at: "2026-11-21T10:00:00.000Z" });
  });

  it("changes only what is said, and null takes a field away", async () => {
    await register("one", { location: "here", tags: ["a"], version: "3.0.0" });
    const changed = await api.call("PATCH", "/api/v1/agents/agent-one", {
      body: { location: null, version: null, capabilities: ["extra"] },
    });
    expect(changed.json).toMatchObject({ tags: ["a"], version: "1.0.0", capabilities: ["calc", "extra"] });
    expect(changed.json["location"]).toBeUndefined();
    expect((await api.call("PATCH", "/api/v1/agents/agent-none", { body: { tags: [] } })).statusCode).toBe(404);
  });

  it("replaces everything with PUT, under the id of the path", async () => {
    await register("one", { location: "here", tags: ["a"] });
    const body = { endpoint: "https://one.test/", card: card("another", "other") };
    const replaced = await api.call("PUT", "/api/v1/agents/agent-one", { body });
    expect(replaced.json).toMatchObject({ agent_id: "agent-one", name: "another", tags: [], capabilities: ["other"] });
    expect(replaced.json["location"]).toBeUndefined();
  });

  it("ends with deregistration, of which the history stays", async () => {
    await register("one");
    expect((await api.call("DELETE", "/api/v1/agents/agent-one")).statusCode).toBe(204);
    expect((await api.call("GET", "/api/v1/agents/agent-one")).statusCode).toBe(404);
    expect((await api.call("DELETE", "/api/v1/agents/agent-one")).statusCode).toBe(404);
    const { json } = await api.call("GET", "/api/v1/agents/agent-one/events");
    expect(EventTypes.parse(json["events"]).sort()).toEqual(["agent.deregistered", "agent.registered"]);
  });
});

describe("heartbeats", () => {
  it("keep the metrics, and lower the health that they speak of", async () => {
    await register("one");
    const metrics = { cpu_usage: 0.9, error_rate: 0.1, response_time_ms: 234, queue_size: 12 };
    expect((await api.call("POST", "/api/v1/agents/agent-one/heartbeat", { body: { metrics } })).statusCode).toBe(200);
    // 0.9 for the error rate, 0.8 for the busy CPU.
    expect((await api.call("GET", "/api/v1/agents/agent-one")).json).toMatchObject({
      health_score: 0.72,
      metrics,
      load: { queue_size: 12 },
    });
  });

  it("are owed only by those who promised or sent some", async () => {
    await register("quiet");
    await register("beating");
    await register("promised", { heartbeat_interval_seconds: 30 });
    await api.call("POST", "/api/v1/agents/agent-beating/heartbeat", { body: {} });
    api.runtime.time += 61_000;
    const health = async (id: string) => (await api.call("GET", `/api/v1/agents/${id}`)).json["health_score"];
    expect([await health("agent-quiet"), await health("agent-beating"), await health("agent-promised")]).toEqual([
      1, 0.5, 0.5,
    ]);
  });

  it("of many go in one request, and strangers are named", async () => {
    await register("one");
    await register("two");
    const heartbeats = ["agent-one", "agent-ghost", "agent-two"].map((agent_id) => ({
      agent_id,
      metrics: { queue_size: 1 },
    }));
    const reply = await api.call("POST", "/api/v1/agents/heartbeats", { body: { heartbeats } });
    expect(reply.json).toEqual({
      accepted: 2,
      unknown_agents: ["agent-ghost"],
      received_at: "2026-11-21T10:00:00.000Z",
    });
    expect((await api.call("POST", "/api/v1/agents/agent-ghost/heartbeat", { body: {} })).statusCode).toBe(404);
    expect((await api.call("POST", "/api/v1/agents/heartbeats", { body: { heartbeats: [] } })).statusCode).toBe(400);
  });
});

describe("quarantine", () => {
  it("keeps an agent out of discovery until it is released, and both are on record", async () => {
    await register("one");
    const found = async () =>
      (await api.call("POST", "/api/v1/agents/discover", { body: { capabilities: ["calc"] } })).json["total"];
    expect(await found()).toBe(1);
    const reply = await api.call("POST", "/api/v1/agents/agent-one/quarantine", { body: { reason: "leaks" } });
    expect(reply.json).toMatchObject({
      in_service: false,
      status: "ACTIVE",
      quarantine: { reason: "leaks", by: "ann" },
    });
    expect(await found()).toBe(0);
    expect((await api.call("POST", "/api/v1/agents/agent-one/reserve", { body: {} })).statusCode).toBe(409);
    await register("one");
    expect(await found()).toBe(0);
    await api.call("POST", "/api/v1/agents/agent-one/release", { body: { reason: "mended" } });
    expect(await found()).toBe(1);
    expect((await api.call("POST", "/api/v1/agents/agent-one/release", { body: { reason: "again" } })).statusCode).toBe(
      409,
    );
    expect(
      events("agent-one")
        .filter((type) => type !== "agent.registered")
        .sort(),
    ).toEqual(["agent.quarantined", "agent.released"]);
  });
});

describe("an endpoint that is registered again", () => {
  const standing = async (id: string) => (await api.call("GET", `/api/v1/agents/${id}`)).json;
  const fail = async (id: string, times: number): Promise<void> => {
    const { tables } = api.runtime;
    const deps = { store: { db: tables.client, table: "agents" } };
    const lessons = Array.from({ length: times }, (_, index) => ({
      eventId: `${id}.${index}`,
      apply: ({ profile, errorRate }: LearntProfile) => ({
        profile: observeTask(profile, { at: START, outcome: "failed", capability: "calc", latencyMs: 10 }),
        errorRate,
      }),
    }));
    const learnt = await learn(deps.store, { tenant: TENANT, agentId: id }, lessons);
    const sign = { at: new Date(START).toISOString(), trust: learnt?.profile.trust, tasks: times, error_rate: 1 };
    await saveSigns(deps.store, TENANT, { kind: "L", signs: [{ agentId: id, sign }] });
  };

  it.each([
    { again: "under its id", id: "agent-one", more: { endpoint: "https://one.test/" } },
    { again: "under another id", id: "agent-two", more: { agent_id: "agent-two", endpoint: "https://one.test/" } },
    { again: "spelt otherwise", id: "agent-two", more: { agent_id: "agent-two", endpoint: "https://ONE.test/.well-known/agent-card.json" } },
  ])("keeps its quarantine and its trust $again", async ({ id, more }) => {
    await register("one");
    await fail("agent-one", 5);
    const { trust_score: trust } = await standing("agent-one");
    await api.call("POST", "/api/v1/agents/agent-one/quarantine", { body: { reason: "leaks" } });
    expect((await api.call("DELETE", "/api/v1/agents/agent-one")).statusCode).toBe(204);
    const { statusCode, json } = await register("one", more);
    expect({ statusCode, json }).toMatchObject({ statusCode: 201, json: { trust_score: trust, quarantine: { reason: "leaks", by: "ann" }, tasks_learned: 5 } });
    expect(trust).toBeLessThan(2.5);
    expect(events(id)).toContain("agent.quarantined");
    // What is learnt next is learnt on top of it.
    await fail(id, 6);
    expect((await standing(id))["trust_score"]).toBeLessThan(Number(trust));
  });

  it("is in quarantine for a second agent while the first is", async () => {
    await register("one");
    await api.call("POST", "/api/v1/agents/agent-one/quarantine", { body: { reason: "leaks" } });
    expect((await register("one", { agent_id: "agent-two" })).json).toMatchObject({ quarantine: { reason: "leaks" } });
    await register("three");
    const deps = {
      agents: { db: api.runtime.tables.client, table: "agents" },
      a2a: {
        trustedCard: () => Promise.reject(new Error("no registration here asks for a signature")),
        fetchAgentCard: async () => ({ card: FOUND, raw: cardOf("one", "calc"), url: "https://one.test", signature: "unsigned" as const, maxAgeSeconds: 60 }),
        callTarget: (url: string) => new URL(url),
        getTask: async () => "not-found" as const,
      },
      now: () => new Date(START),
    };
    const change = { agentId: "agent-three", change: { endpoint: "https://one.test" } };
    expect(await updateAgent(deps, { tenant: TENANT, by: "ann" }, change)).toMatchObject({ quarantine: { reason: "leaks" } });
    expect(events("agent-three")).toContain("agent.quarantined");
  });

  it("is free once it was released, or was never in quarantine", async () => {
    await register("one");
    await api.call("POST", "/api/v1/agents/agent-one/quarantine", { body: { reason: "leaks" } });
    await api.call("POST", "/api/v1/agents/agent-one/release", { body: { reason: "mended" } });
    await api.call("DELETE", "/api/v1/agents/agent-one");
    expect((await register("one")).json).not.toHaveProperty("quarantine");
    await register("other");
    await api.call("DELETE", "/api/v1/agents/agent-other");
    expect((await register("other")).json).not.toHaveProperty("quarantine");
  });

  it("is free when its record has grown old", async () => {
    await register("one");
    await api.call("POST", "/api/v1/agents/agent-one/quarantine", { body: { reason: "leaks" } });
    await api.call("DELETE", "/api/v1/agents/agent-one");
    api.runtime.time += (AGENT_LIMITS.endpointSeconds + 1) * 1000;
    expect((await register("one")).json).not.toHaveProperty("quarantine");
  });
});

describe("discovery", () => {
  it("wants everything that is asked for, and says why an agent stands where it stands", async () => {
    await register("near", { tags: ["prod"], service_types: ["COMPUTATION"], location: "eu", version: "2.0.0" });
    await register("far", { tags: ["prod"], service_types: ["COMPUTATION"], location: "us", version: "2.1.0" });
    await register("old", { tags: ["prod"], service_types: ["COMPUTATION"], location: "eu", version: "1.9.0" });
    await register("other", { tags: ["test"], service_types: ["COMPUTATION"], location: "eu", version: "2.0.0" });
    const body = {
      capabilities: ["calc"],
      tags: ["prod"],
      service_types: ["COMPUTATION"],
      version: ">=2.0.0",
      location_preference: "eu",
      min_health_score: 0.8,
    };
    const { json } = await api.call("POST", "/api/v1/agents/discover", { body });
    expect(idsIn(json)).toEqual(["agent-near", "agent-far"]);
    expect(json["agents"]).toMatchObject([{ reasons: expect.arrayContaining(["in eu"]) }, {}]);
    expect((await api.call("POST", "/api/v1/agents/discover", { body: { version: "new" } })).statusCode).toBe(400);
  });

  it("matches with weights and constraints of spec 000, and says why others do not fit", async () => {
    await register("one", { tags: ["x"] });
    await register("two", { card: card("two", "else") });
    const body = { workflow_requirements: { skills: ["calc"] }, constraints: { min_trust_score: 4 } };
    expect((await api.call("POST", "/api/v1/agents/match", { body })).json).toMatchObject({
      matches: [],
      total_matches: 0,
      excluded: [
        { agent_id: "agent-one", reasons: ["has a trust score of 2.50 of 5, below 4"] },
        { agent_id: "agent-two" },
      ],
    });
    const loose = await api.call("POST", "/api/v1/agents/match", {
      body: { workflow_requirements: { skills: ["calc"] } },
    });
    expect(loose.json).toMatchObject({ matches: [{ agent_id: "agent-one", trust_score: 2.5 }], total_matches: 1 });
  });

  it("lists by capability, page by page", async () => {
    for (const name of ["a", "b", "c"]) await register(name);
    const first = await api.call("GET", "/api/v1/agents", { query: { capability: "calc", limit: "2" } });
    expect(idsIn(first.json)).toEqual(["agent-a", "agent-b"]);
    const second = await api.call("GET", "/api/v1/agents", {
      query: { capability: "calc", limit: "2", cursor: String(first.json["next_cursor"]) },
    });
    expect(idsIn(second.json)).toEqual(["agent-c"]);
    expect(second.json["next_cursor"]).toBeUndefined();
  });
});
