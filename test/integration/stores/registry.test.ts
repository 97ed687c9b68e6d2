import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AgentStore, deleteAgent, findAgent, listAgents, moveAgent, newAgentEvent, saveAgent } from "../../../shared/agents/store/agent-store.ts";
import { listAgentEvents } from "../../../shared/agents/store/agent-events-store.ts";
import { moveBreaker, loadBreaker, stepBreaker } from "../../../shared/agents/store/breaker-store.ts";
import { learn, loadProfile } from "../../../shared/agents/store/profile-store.ts";
import { listReservations, releaseSlots, reserveSlots } from "../../../shared/agents/store/reservation-store.ts";
import { loadVitals, logChange, saveSigns } from "../../../shared/agents/store/vital-store.ts";
import { DEFAULT_BREAKER_POLICY, openBreaker } from "../../../shared/agents/routing/circuit-breaker.ts";
import { createAgentDirectory } from "../../../shared/agents/pool/agent-directory.ts";
import { type DefinitionStore, listDefinitions, listVersions, loadDefinition } from "../../../shared/workflow/store/definition-store.ts";
import { saveDefinition } from "../../../shared/workflow/store/save-definition.ts";
import { describeDefinition } from "../../../shared/workflow/plan/stored-definition.ts";
import { AGENT_LIMITS } from "../../../shared/agents/limits.ts";
import { chunksOf } from "../../../shared/aws/chunks.ts";
import { openTestDynamo, type TestDynamo } from "../../fixtures/runtime/dynamo-tables.ts";
import { agentOf, planOf, task } from "../../fixtures/runtime/memory-runtime.ts";

let dynamo: TestDynamo;
let definitions: DefinitionStore;
let agents: AgentStore;
const plan = planOf([task("a")]);
const AT = "2026-11-21T10:00:00.000Z";

beforeAll(async () => {
  dynamo = await openTestDynamo();
  definitions = { db: dynamo.db, table: "control" };
  agents = { db: dynamo.db, table: "agents" };
});
afterAll(() => dynamo.stop());

describe("definitions", () => {
  const stored = (more: object = {}) => ({
    ...describeDefinition(plan, { tenant: "acme", machineArn: "arn:m:1", createdAt: AT, createdBy: "ann" }),
    ...more,
  });

  it("keep a version as it was first deployed", async () => {
    expect(await saveDefinition(definitions, stored())).toBe("saved");
    expect(await saveDefinition(definitions, stored())).toBe("saved");
    expect(await saveDefinition(definitions, stored({ plan: "f".repeat(64) }))).toBe("exists");
    expect((await loadDefinition(definitions, { tenant: "acme", name: "drawn", version: "1.0" })).plan).toBe(plan.planHash);
  });

  it("give the newest version when none is named, and list each workflow once", async () => {
    await saveDefinition(definitions, stored({ version: "2.0", plan: "e".repeat(64) }));
    expect((await loadDefinition(definitions, { tenant: "acme", name: "drawn" })).version).toBe("2.0");
    expect((await listDefinitions(definitions, "acme", { limit: 10 })).rows.map(({ version }) => version)).toEqual(["2.0"]);
    expect((await listVersions(definitions, { tenant: "acme", name: "drawn" })).map(({ version }) => version)).toEqual(["1.0", "2.0"]);
    await expect(loadDefinition(definitions, { tenant: "other", name: "drawn" })).rejects.toMatchObject({ name: "NotFound" });
  });
});

describe("agents", () => {
  const ref = (agentId: string, tenant = "acme") => ({ tenant, agentId });
  const gone = newAgentEvent("agent.deregistered", { id: "gone", at: AT, facts: { reason: "", deregistered_by: "ann" } });

  it("have signs of life, history and an end, inside their tenant", async () => {
    await saveAgent(agents, agentOf("agent-a"), [newAgentEvent("agent.registered", { id: "1", at: AT, facts: { endpoint: "", capabilities: [], registered_by: "ann" } })]);
    await saveAgent(agents, agentOf("agent-b"));
    await saveSigns(agents, "acme", { kind: "B", signs: [{ agentId: "agent-a", sign: { at: AT, metrics: { cpu_usage: 0.5 } } }] });
    expect(await findAgent(agents, "acme", "agent-a")).toMatchObject({ last_heartbeat_at: AT, metrics: { cpu_usage: 0.5 }, sends_heartbeats: true });
    expect(await findAgent(agents, "other", "agent-a")).toBeUndefined();
    expect((await listAgents(agents, "acme")).map(({ agent_id: id }) => id)).toEqual(["agent-a", "agent-b"]);
    expect(await listAgents(agents, "other")).toEqual([]);
    await deleteAgent(agents, ref("agent-a"), gone);
    await expect(deleteAgent(agents, ref("agent-a"), { ...gone, id: "again" })).rejects.toMatchObject({ name: "NotFound" });
    await expect(deleteAgent(agents, ref("agent-b", "other"), gone)).rejects.toMatchObject({ name: "NotFound" });
    expect((await loadVitals(agents, "acme")).rows.filter(({ agentId }) => agentId === "agent-a")).toEqual([]);
    expect((await listAgentEvents(agents, ref("agent-a"), 10)).map(({ type }) => type).sort()).toEqual(["agent.deregistered", "agent.registered"]);
    await deleteAgent(agents, ref("agent-b"), gone);
  });

  it("change their status only from where they are", async () => {
    await saveAgent(agents, agentOf("agent-c"));
    const facts = { previous_status: "ACTIVE" as const, new_status: "DEGRADED" as const, reason: "", health_score: 0.5 };
    const move = { expected: { status: "ACTIVE" as const }, set: { status: "DEGRADED" as const }, event: newAgentEvent("agent.status_changed", { id: "m", at: AT, facts }) };
    expect(await moveAgent(agents, ref("agent-c"), move)).toBe("written");
    expect(await moveAgent(agents, ref("agent-c"), move)).toBe("stale");
    expect((await findAgent(agents, "acme", "agent-c"))?.status).toBe("DEGRADED");
  });

  it("take 500 heartbeats in one request's worth of writes", async () => {
    const signs = Array.from({ length: 500 }, (_, index) => ({ agentId: `agent-beat-${index}`, sign: { at: AT, metrics: { queue_size: index } } }));
    await saveSigns(agents, "beats", { kind: "B", signs });
    expect((await loadVitals(agents, "beats")).rows).toHaveLength(500);
  });

  it("are followed by a warm view through the log of changes", async () => {
    let now = Date.parse(AT);
    const directory = createAgentDirectory(agents, () => new Date(now));
    await saveAgent(agents, agentOf("agent-w1", { tenant: "warm" }));
    expect([...(await directory.of("warm")).agents.keys()]).toEqual(["agent-w1"]);
    await saveAgent(agents, agentOf("agent-w2", { tenant: "warm", tags: ["x"] }));
    await deleteAgent(agents, ref("agent-w1", "warm"), gone);
    now += 5000;
    expect([...(await directory.of("warm")).agents.keys()]).toEqual(["agent-w2"]);
  });
});

describe("the log of a registry", () => {
  it("numbers and names every change, with many writers at once, and forgets the oldest in their turn", async () => {
    const changes = Array.from({ length: 600 }, (_, index) => `agent-${index}`);
    for (const part of chunksOf(changes, 20)) await Promise.all(part.map((id) => logChange(agents, "logged", [id, "agent-too"])));
    const { log } = await loadVitals(agents, "logged");
    expect(log.version).toBe(600);
    const numbers = [...log.changes.keys()];
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 600 - numbers.length + 1 + index));
    expect(numbers.length).toBeGreaterThanOrEqual(AGENT_LIMITS.changesKept);
    expect(numbers.length).toBeLessThan(3 * AGENT_LIMITS.changesKept);
    const named = [...log.changes.values()];
    expect(new Set(named.map(([id]) => id)).size).toBe(named.length);
    expect(named.at(-1)?.[1]).toBe("agent-too");
  });
});

describe("reservations", () => {
  const one = (id: string, more: object = {}) => ({
    reservation_id: id,
    slots: 1,
    holder: "ann",
    created_at: AT,
    expires_at: "2026-11-21T10:05:00.000Z",
    ...more,
  });
  const now = Date.parse(AT);

  it("never pass the agent's capacity, with 200 reserving and releasing at once", async () => {
    const ref = { tenant: "acme", agentId: "agent-r" };
    const limits = { slots: 17, slotsPerHolder: 17 };
    const reserve = (id: string, slots: number) => reserveSlots(agents, ref, { reservation: one(id, { slots }), limits, now });
    const results = await Promise.all(Array.from({ length: 200 }, (_, index) => reserve(`rsv_${index}`, 1 + (index % 3))));
    const held = await listReservations(agents, ref, now);
    const sum = held.reduce((total, { slots }) => total + slots, 0);
    expect(results.filter(({ outcome }) => outcome === "reserved")).toHaveLength(held.length);
    expect(sum).toBeLessThanOrEqual(17);
    // Requests of one slot keep coming, so nothing stays free.
    expect(sum).toBe(17);
    const released = await Promise.all([...held, ...held].map(({ reservation_id: id }) => releaseSlots(agents, ref, id)));
    expect(released.filter((found) => found !== undefined)).toHaveLength(held.length);
    const again = await Promise.all(Array.from({ length: 200 }, (_, index) => reserve(`second_${index}`, 1)));
    expect(again.filter(({ outcome }) => outcome === "reserved")).toHaveLength(17);
  });

  it("make room once their time is over, once each, however many need it", async () => {
    const ref = { tenant: "acme", agentId: "agent-t" };
    const limits = { slots: 4, slotsPerHolder: 4 };
    for (let index = 0; index < 4; index += 1) await reserveSlots(agents, ref, { reservation: one(`old_${index}`), limits, now });
    const later = now + 300_000;
    const fresh = (index: number) => one(`new_${index}`, { expires_at: "2026-11-21T11:00:00.000Z" });
    const results = await Promise.all(Array.from({ length: 50 }, (_, index) => reserveSlots(agents, ref, { reservation: fresh(index), limits, now: later })));
    expect(results.filter(({ outcome }) => outcome === "reserved")).toHaveLength(4);
    expect(await listReservations(agents, ref, later)).toHaveLength(4);
  });

  it("keep one holder from taking what is meant for others", async () => {
    const ref = { tenant: "acme", agentId: "agent-h" };
    const limits = { slots: 5, slotsPerHolder: 2 };
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => reserveSlots(agents, ref, { reservation: one(`h_${index}`, { holder: index % 2 === 0 ? "ann" : "bob" }), limits, now })),
    );
    expect(results.filter(({ outcome }) => outcome === "reserved")).toHaveLength(4);
    expect(results.find(({ outcome }) => outcome === "full")).toMatchObject({ freeForHolder: 0 });
  });
});

describe("circuit breakers", () => {
  it("take one step at a time: of many who see the same state one moves it, and tells", async () => {
    const ref = { tenant: "acme", agentId: "agent-x" };
    const now = Date.parse(AT);
    const from = await loadBreaker(agents, ref);
    const step = { from, state: openBreaker(now), policy: DEFAULT_BREAKER_POLICY, by: "test", now };
    const steps = await Promise.all(Array.from({ length: 30 }, () => stepBreaker(agents, ref, step)));
    expect(steps.filter((next) => next !== undefined)).toHaveLength(1);
    expect((await loadBreaker(agents, ref)).state.state).toBe("open");
    expect((await listAgentEvents(agents, ref, 10)).map(({ type }) => type)).toEqual(["agent.circuit_opened"]);
    await moveBreaker(agents, ref, { to: "closed", by: "ann", now: now + 1 });
    expect((await loadBreaker(agents, ref)).state.state).toBe("closed");
  });
});

describe("profiles", () => {
  it("lose nothing and repeat nothing when many learn at once", async () => {
    const ref = { tenant: "acme", agentId: "agent-p" };
    const lesson = (eventId: string) => ({ eventId, apply: ({ profile, errorRate }: Awaited<ReturnType<typeof loadProfile>>) => ({ profile, errorRate: errorRate + 1 }) });
    await Promise.all(Array.from({ length: 10 }, (_, index) => learn(agents, ref, [lesson(`e${index}`), lesson("shared")])));
    expect((await loadProfile(agents, ref)).errorRate).toBe(11);
  });
});
