import { beforeEach, describe, expect, it } from "vitest";
import { learnOutcomes, Outcome } from "../../../functions/learn-outcomes/learn-outcomes.ts";
import { loadAgent, saveAgent } from "../../../shared/agents/store/agent-store.ts";
import { loadProfile } from "../../../shared/agents/store/profile-store.ts";
import { healthOf, recentErrorRate } from "../../../shared/agents/agent-health.ts";
import { trustOf } from "../../../shared/agents/agent-trust.ts";
import { viewProfile } from "../../../shared/agents/registry/profile-view.ts";
import { createAgentDirectory } from "../../../shared/agents/pool/agent-directory.ts";
import { agentOf, START, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../fixtures/runtime/memory-table.ts";

let tables: MemoryTables;
let now: number;
const store = () => ({ db: tables.client, table: "agents" });
const depsOf = () => ({
  agents: store(),
  directory: createAgentDirectory(store(), () => new Date(now)),
  now: () => new Date(now),
});

beforeEach(async () => {
  tables = new MemoryTables();
  now = START;
  await saveAgent(store(), agentOf("agent-a"));
});

const outcome = (id: string, more: object = {}): Outcome =>
  Outcome.parse({
    event_id: id,
    tenant: TENANT,
    execution_id: "exec_0123456789",
    timestamp: new Date(now).toISOString(),
    agent_id: "agent-a",
    skill: "work",
    status: "success",
    duration_seconds: 2,
    usage: { cost: 0.5 },
    ...more,
  });

const learnt = () => loadAgent(store(), TENANT, "agent-a");

describe("learning from outcomes", () => {
  it("keeps a profile and hands the figures that choosing needs to the registry", async () => {
    await learnOutcomes(depsOf(), [
      outcome("1"),
      outcome("2"),
      outcome("3", { status: "failed", error: { code: "TaskTimedOut" } }),
    ]);
    const agent = await learnt();
    expect(agent.learned).toMatchObject({ tasks: 3, error_rate: 0.1, cost_per_task: 0.5, success_rate: 2 / 3 });
    // 5 × (2 + 5) ÷ (2 + 4 + 10), as `trust.ts` says.
    expect(trustOf(agent, now)).toBeCloseTo(35 / 16, 10);
    const { profile } = await loadProfile(store(), { tenant: TENANT, agentId: "agent-a" });
    const view = viewProfile(profile, agent, now);
    expect(view.performance_profile.reliability_metrics).toMatchObject({
      success_rate_30d: 0.6667,
      average_response_time_ms: 2000,
    });
    expect(view.performance_profile.specialization_scoring.performance_by_task_type).toMatchObject({
      work: { tasks: 3 },
    });
    expect(view.behavioral_patterns.failure_patterns).toMatchObject([{ error_code: "TaskTimedOut", count: 1 }]);
  });

  it("learns each event once, in one batch or in many", async () => {
    await learnOutcomes(depsOf(), [outcome("1"), outcome("1")]);
    await learnOutcomes(depsOf(), [outcome("1"), outcome("2")]);
    await learnOutcomes(depsOf(), [outcome("1"), outcome("2")]);
    expect((await learnt()).learned?.tasks).toBe(2);
    await learnOutcomes(depsOf(), [outcome("1", { execution_id: "exec_9999999999" })]);
    expect((await learnt()).learned?.tasks).toBe(3);
  });

  it("learns nothing from a call that a fault of ours kept from being made", async () => {
    const before = tables.rows.size;
    await learnOutcomes(depsOf(), [outcome("1", { status: "failed", error: { code: "AgentSecretUnusable" } })]);
    expect(tables.rows.size).toBe(before);
  });

  it("counts a refused content against trust and not against health", async () => {
    await learnOutcomes(depsOf(), [outcome("1", { status: "failed", error: { code: "AgentRefusedContent" } })]);
    expect((await learnt()).learned).toMatchObject({ tasks: 1, error_rate: 0, trust: { failed: 1 } });
  });

  it("writes one profile per agent and batch", async () => {
    const before = tables.calls.length;
    await learnOutcomes(
      depsOf(),
      Array.from({ length: 50 }, (_, index) => outcome(String(index))),
    );
    expect(tables.calls.slice(before).filter((name) => name === "PutCommand")).toHaveLength(1);
    expect((await learnt()).learned?.tasks).toBe(50);
  });

  it.each([
    { what: "skipped tasks", more: { status: "skipped" } },
    { what: "cancelled tasks", more: { status: "cancelled" } },
    { what: "tasks without an agent", more: { agent_id: undefined } },
    { what: "agents that are in no registry", more: { agent_id: "agent-gone" } },
    { what: "another tenant's tasks", more: { tenant: "evil" } },
  ])("learns nothing from $what", async ({ more }) => {
    await learnOutcomes(depsOf(), [outcome("1", more)]);
    expect((await learnt()).learned).toBeUndefined();
    expect([...tables.rows.values()].filter(({ sk }) => sk === "PROFILE")).toEqual([]);
  });

  it("lets the error rate fade, and keeps tasks out of it that failed for their own sake", async () => {
    await learnOutcomes(depsOf(), [
      outcome("1", { status: "failed", error: { code: "AgentUnavailable" } }),
      outcome("2", { status: "failed", error: { code: "AgentRejected" } }),
    ]);
    const agent = await learnt();
    expect(agent.learned?.error_rate).toBeCloseTo(0.09, 10);
    expect(recentErrorRate(agent, now + 600_000)).toBeCloseTo(0.045, 10);
  });

  it("degrades an agent whose tasks fail, never more than that, and forgets it when it is registered again", async () => {
    const fail = (id: number) => outcome(String(id), { status: "failed", error: { code: "AgentUnavailable" } });
    await learnOutcomes(
      depsOf(),
      Array.from({ length: 60 }, (_, id) => fail(id)),
    );
    const agent = await learnt();
    expect(agent.learned?.error_rate).toBeGreaterThan(0.99);
    expect(healthOf(agent, now)).toBe(0.5);
    now += 1000;
    await saveAgent(store(), { ...agent, enrolled_at: new Date(now).toISOString() });
    expect(healthOf(await learnt(), now)).toBe(1);
    now += 1000;
    await learnOutcomes(depsOf(), [fail(100)]);
    expect((await learnt()).learned?.error_rate).toBe(0.1);
  });

  it("loses nothing when functions learn about the same agent at once", async () => {
    const batches = Array.from({ length: 8 }, (_, batch) =>
      Array.from({ length: 5 }, (__, index) => outcome(`${batch}.${index}`)),
    );
    const failed = await Promise.all(batches.map((batch) => learnOutcomes(depsOf(), batch)));
    expect(failed.map(({ size }) => size)).toEqual(batches.map(() => 0));
    const { profile } = await loadProfile(store(), { tenant: TENANT, agentId: "agent-a" });
    expect(profile.days.map(({ completed }) => completed)).toEqual([40]);
  });

  it("gives back what could not be learnt, and only that", async () => {
    await saveAgent(store(), agentOf("agent-b"));
    tables.onSend = (name, input) => {
      if (name === "PutCommand" && JSON.stringify(input).includes("agent-b")) throw new Error("the table is away");
    };
    const [one, two] = [outcome("1"), outcome("2", { agent_id: "agent-b" })];
    const failed = await learnOutcomes(depsOf(), [one, two]);
    expect([...failed.keys()]).toEqual([two]);
    expect((await learnt()).learned?.tasks).toBe(1);
  });

  it("reads events of the bus of either kind, with fields that it does not know", () => {
    expect(Outcome.parse({ ...outcome("1"), status: undefined, delay_seconds: 1 }).status).toBe("failed");
  });
});
