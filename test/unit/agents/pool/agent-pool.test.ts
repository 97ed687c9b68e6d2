import { beforeEach, describe, expect, it } from "vitest";
import type { AgentPool } from "../../../../shared/agents/pool/agent-pool.ts";
import { agentOf } from "../../../fixtures/runtime/memory-runtime.ts";
import { agentTask, nameOf, PoolKit, report, request, role, rule } from "../pool-kit.ts";

let kit: PoolKit;
beforeEach(() => {
  kit = new PoolKit();
});

describe("assigning an agent", () => {
  it("goes round among equals", async () => {
    const pool = kit.pool();
    const names = [await nameOf(pool), await nameOf(pool), await nameOf(pool), await nameOf(pool)];
    expect(new Set(names.slice(0, 3)).size).toBe(3);
    expect(names[3]).toBe(names[0]);
  });

  it.each([
    {
      what: "the agent that the role names",
      role: { agentId: "agent-b", capabilities: ["anything"] },
      gets: "agent-b",
    },
    { what: "the tags of the role", role: { tags: ["gold"] }, gets: "agent-c" },
    { what: "the version of the role", role: { agentVersion: ">=2.0.0" }, gets: "agent-b" },
    { what: "a version constraint that nobody can read", role: { agentVersion: "newest" }, gets: "no_capable_agent" },
    { what: "the health floor", role: { minHealthScore: 0.95, agentVersion: "=1.0.0" }, gets: "agent-c" },
    { what: "the trust floor, above which nobody is yet", role: { minTrustScore: 4 }, gets: "no_capable_agent" },
    { what: "the trust floor of a newcomer", role: { minTrustScore: 2.5, agentId: "agent-b" }, gets: "agent-b" },
    { what: "a capability that nobody has", role: { capabilities: ["fly"] }, gets: "no_capable_agent" },
  ])("respects $what", async ({ role: asked, gets }) => {
    kit.registry = [
      agentOf("agent-a", { metrics: { error_rate: 0.1 } }),
      agentOf("agent-b", { version: "2.0.0" }),
      agentOf("agent-c", { tags: ["gold"] }),
    ];
    expect(await nameOf(kit.pool(), { role: { ...role, ...asked } })).toBe(gets);
  });

  it("takes an agent that somebody vouched for above a trust floor", async () => {
    kit.registry = [agentOf("agent-a"), agentOf("agent-b", { initial_trust_score: 4.5 })];
    expect(await nameOf(kit.pool(), { role: { ...role, minTrustScore: 4 } })).toBe("agent-b");
  });

  it.each([
    {
      what: "untried",
      agents: [agentOf("agent-a"), agentOf("agent-b", { status: "DEGRADED", location: "us" })],
      tried: ["agent-a"],
      gets: "agent-b",
    },
    {
      what: "near",
      agents: [agentOf("agent-a", { location: "us" }), agentOf("agent-b", { location: "eu", status: "DEGRADED" })],
      tried: [],
      gets: "agent-b",
    },
    {
      what: "active",
      agents: [agentOf("agent-a", { location: "eu", status: "DEGRADED" }), agentOf("agent-b", { location: "eu" })],
      tried: [],
      gets: "agent-b",
    },
    {
      what: "tried, when no other is left,",
      agents: [agentOf("agent-a"), agentOf("agent-b", { status: "INACTIVE" })],
      tried: ["agent-a"],
      gets: "agent-a",
    },
  ])("prefers an agent that is $what", async ({ agents, tried, gets }) => {
    kit.registry = agents;
    expect(await nameOf(kit.pool(), { tried, role: { ...role, location: "eu" } })).toBe(gets);
  });

  it("leaves out who is in quarantine, inactive or gone", async () => {
    const quarantine = { reason: "leaks", by: "ann", at: "2026-11-21T09:00:00.000Z" };
    kit.registry = [
      agentOf("agent-a", { quarantine }),
      agentOf("agent-b", { status: "INACTIVE" }),
      agentOf("agent-c", { status: "DECOMMISSIONED" }),
    ];
    expect(await kit.pool().assign(request())).toEqual({ reason: "no_capable_agent", retrySeconds: 5 });
  });

  it("asks several agents, one after another, when each is told whom to leave out", async () => {
    const pool = kit.pool();
    const names: string[] = [];
    for (let round = 0; round < 4; round += 1) names.push(await nameOf(pool, { exclude: [...names] }));
    expect(new Set(names.slice(0, 3)).size).toBe(3);
    expect(names[3]).toBe("no_capable_agent");
  });

  it("keeps a key with its agent, also in another function, and moves it when the agent is lost", async () => {
    const sticky = { role: { ...role, strategy: "consistent_hashing" as const } };
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    const placesIn = async (pool: AgentPool) =>
      Promise.all(keys.map((routingKey) => nameOf(pool, { ...sticky, routingKey })));
    const before = await placesIn(kit.pool());
    expect(await placesIn(kit.pool({ random: () => 0.7 }))).toEqual(before);
    kit.registry = kit.registry.filter(({ agent_id: id }) => id !== "agent-b");
    const after = await placesIn(kit.pool());
    expect(after.filter((place, index) => before[index] !== "agent-b" && place !== before[index])).toEqual([]);
    expect(after).not.toContain("agent-b");
  });
});

describe("routing kit.rules", () => {
  it("come before the strategy, highest priority first", async () => {
    kit.rules = [
      rule("all", { priority: 1, targets: ["agent-c"] }),
      rule("urgent", { priority: 9, condition: 'priority == "critical"', targets: ["agent-b"] }),
    ];
    const pool = kit.pool();
    expect(await nameOf(pool, { priority: "critical" })).toBe("agent-b");
    expect(await nameOf(pool, { priority: "low" })).toBe("agent-c");
  });

  it("see skill, task, workflow and the task's own input", async () => {
    kit.rules = [
      rule("carbon", {
        condition: 'payload.kind == "carbon" && workflow == "esg" && task == "a"',
        targets: ["agent-c"],
      }),
    ];
    const carbon = { ...agentTask, input: { kind: "carbon" } };
    expect(await nameOf(kit.pool(), { task: carbon, workflow: "esg" })).toBe("agent-c");
    expect(await nameOf(kit.pool(), { task: carbon, workflow: "other" })).toBe("agent-b");
  });

  it("are passed over when none of their targets can take the task", async () => {
    kit.rules = [rule("elsewhere", { targets: ["agent-unknown", "agent-z"] })];
    expect(await nameOf(kit.pool())).toMatch(/^agent-[abc]$/);
  });

  it("mean their targets, also those that a strategy would leave for later", async () => {
    kit.registry = [agentOf("agent-a"), agentOf("agent-b", { status: "DEGRADED", location: "us" })];
    kit.rules = [rule("there", { targets: ["agent-b"] })];
    expect(await nameOf(kit.pool(), { role: { ...role, location: "eu" } })).toBe("agent-b");
    expect(await nameOf(kit.pool(), { tried: ["agent-b"] })).toBe("agent-a");
  });

  it("fail over along their targets", async () => {
    kit.rules = [rule("chain", { targets: ["agent-c", "agent-a"], strategy: "failover" })];
    const pool = kit.pool();
    expect(await nameOf(pool)).toBe("agent-c");
    await pool.report(report("agent-c"));
    await pool.report(report("agent-c"));
    expect(await nameOf(pool)).toBe("agent-a");
  });
});
