import { Logger } from "@aws-lambda-powertools/logger";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { loadBreaker } from "../../../shared/aws/breaker-store.ts";
import { reserveSlots } from "../../../shared/aws/reservation-store.ts";
import { type AgentPool, type AgentPoolDeps, type AgentRequest, type AttemptReport, createAgentPool } from "../../../shared/runtime/agent-pool.ts";
import type { Agent } from "../../../shared/schemas/agent.ts";
import { RoutingRule } from "../../../shared/schemas/routing.ts";
import { directoryOf } from "../../fixtures/runtime/memory-agents.ts";
import { agentOf, planOf, START, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../fixtures/runtime/memory-table.ts";

let tables: MemoryTables;
let now: number;
let registry: Agent[];
let rules: RoutingRule[];
const store = () => ({ db: tables.client, table: "agents" });

function poolOf(more: Partial<AgentPoolDeps> = {}): AgentPool {
  return createAgentPool({
    store: store(),
    directory: directoryOf(() => registry),
    rules: async () => rules,
    logger: new Logger({ logLevel: "SILENT" }),
    now: () => new Date(now),
    random: () => 0,
    ...more,
  });
}

beforeEach(() => {
  tables = new MemoryTables();
  now = START;
  registry = [agentOf("agent-a"), agentOf("agent-b"), agentOf("agent-c")];
  rules = [];
});

const [drawn] = planOf([task("a")]).tasks;
if (drawn?.kind !== "agent") throw new Error("no task");
const agentTask = drawn;
const role = { type: "worker", count: 1, capabilities: ["work"], resources: {} };

const request = (more: Partial<AgentRequest> = {}): AgentRequest => ({
  tenant: TENANT,
  execution: "exec_0123456789",
  role,
  task: agentTask,
  tried: [],
  priority: "medium",
  routingKey: "exec_0123456789",
  ...more,
});

const nameOf = async (pool: AgentPool, more: Partial<AgentRequest> = {}): Promise<string> => {
  const assigned = await pool.assign(request(more));
  return "agent" in assigned ? assigned.agent.agent_id : assigned.reason;
};

const report = (agentId: string, more: Partial<AttemptReport> = {}): AttemptReport => ({
  tenant: TENANT,
  agentId,
  skill: undefined,
  ok: false,
  isAgentFault: true,
  circuitBreaker: true,
  breaker: { failureThreshold: 2, timeoutSeconds: 30 },
  ...more,
});

const rule = (name: string, more: object): RoutingRule =>
  RoutingRule.parse({ name, updated_at: "2026-11-21T10:00:00.000Z", updated_by: "ann", targets: ["agent-a"], ...more });

describe("assigning an agent", () => {
  it("goes round among equals", async () => {
    const pool = poolOf();
    const names = [await nameOf(pool), await nameOf(pool), await nameOf(pool), await nameOf(pool)];
    expect(new Set(names.slice(0, 3)).size).toBe(3);
    expect(names[3]).toBe(names[0]);
  });

  it.each([
    { what: "the agent that the role names", role: { agentId: "agent-b", capabilities: ["anything"] }, gets: "agent-b" },
    { what: "the tags of the role", role: { tags: ["gold"] }, gets: "agent-c" },
    { what: "the version of the role", role: { agentVersion: ">=2.0.0" }, gets: "agent-b" },
    { what: "a version constraint that nobody can read", role: { agentVersion: "newest" }, gets: "no_capable_agent" },
    { what: "the health floor", role: { minHealthScore: 0.95, agentVersion: "=1.0.0" }, gets: "agent-c" },
    { what: "the trust floor, above which nobody is yet", role: { minTrustScore: 4 }, gets: "no_capable_agent" },
    { what: "the trust floor of a newcomer", role: { minTrustScore: 2.5, agentId: "agent-b" }, gets: "agent-b" },
    { what: "a capability that nobody has", role: { capabilities: ["fly"] }, gets: "no_capable_agent" },
  ])("respects $what", async ({ role: asked, gets }) => {
    registry = [
      agentOf("agent-a", { metrics: { error_rate: 0.1 } }),
      agentOf("agent-b", { version: "2.0.0" }),
      agentOf("agent-c", { tags: ["gold"] }),
    ];
    expect(await nameOf(poolOf(), { role: { ...role, ...asked } })).toBe(gets);
  });

  it("takes an agent that somebody vouched for above a trust floor", async () => {
    registry = [agentOf("agent-a"), agentOf("agent-b", { initial_trust_score: 4.5 })];
    expect(await nameOf(poolOf(), { role: { ...role, minTrustScore: 4 } })).toBe("agent-b");
  });

  it.each([
    { what: "untried", agents: [agentOf("agent-a"), agentOf("agent-b", { status: "DEGRADED", location: "us" })], tried: ["agent-a"], gets: "agent-b" },
    { what: "near", agents: [agentOf("agent-a", { location: "us" }), agentOf("agent-b", { location: "eu", status: "DEGRADED" })], tried: [], gets: "agent-b" },
    { what: "active", agents: [agentOf("agent-a", { location: "eu", status: "DEGRADED" }), agentOf("agent-b", { location: "eu" })], tried: [], gets: "agent-b" },
    { what: "tried, when no other is left,", agents: [agentOf("agent-a"), agentOf("agent-b", { status: "INACTIVE" })], tried: ["agent-a"], gets: "agent-a" },
  ])("prefers an agent that is $what", async ({ agents, tried, gets }) => {
    registry = agents;
    expect(await nameOf(poolOf(), { tried, role: { ...role, location: "eu" } })).toBe(gets);
  });

  it("leaves out who is in quarantine, inactive or gone", async () => {
    const quarantine = { reason: "leaks", by: "ann", at: "2026-11-21T09:00:00.000Z" };
    registry = [agentOf("agent-a", { quarantine }), agentOf("agent-b", { status: "INACTIVE" }), agentOf("agent-c", { status: "DECOMMISSIONED" })];
    expect(await poolOf().assign(request())).toEqual({ reason: "no_capable_agent", retrySeconds: 5 });
  });

  it("keeps a key with its agent, also in another function, and moves it when the agent is lost", async () => {
    const sticky = { role: { ...role, strategy: "consistent_hashing" as const } };
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    const placesIn = async (pool: AgentPool) => Promise.all(keys.map((routingKey) => nameOf(pool, { ...sticky, routingKey })));
    const before = await placesIn(poolOf());
    expect(await placesIn(poolOf({ random: () => 0.7 }))).toEqual(before);
    registry = registry.filter(({ agent_id: id }) => id !== "agent-b");
    const after = await placesIn(poolOf());
    expect(after.filter((place, index) => before[index] !== "agent-b" && place !== before[index])).toEqual([]);
    expect(after).not.toContain("agent-b");
  });
});

describe("routing rules", () => {
  it("come before the strategy, highest priority first", async () => {
    rules = [
      rule("all", { priority: 1, targets: ["agent-c"] }),
      rule("urgent", { priority: 9, condition: 'priority == "critical"', targets: ["agent-b"] }),
    ];
    const pool = poolOf();
    expect(await nameOf(pool, { priority: "critical" })).toBe("agent-b");
    expect(await nameOf(pool, { priority: "low" })).toBe("agent-c");
  });

  it("see skill, task, workflow and the task's own input", async () => {
    rules = [rule("carbon", { condition: 'payload.kind == "carbon" && workflow == "esg" && task == "a"', targets: ["agent-c"] })];
    const carbon = { ...agentTask, input: { kind: "carbon" } };
    expect(await nameOf(poolOf(), { task: carbon, workflow: "esg" })).toBe("agent-c");
    expect(await nameOf(poolOf(), { task: carbon, workflow: "other" })).toBe("agent-b");
  });

  it("are passed over when none of their targets can take the task", async () => {
    rules = [rule("elsewhere", { targets: ["agent-unknown", "agent-z"] })];
    expect(await nameOf(poolOf())).toMatch(/^agent-[abc]$/);
  });

  it("fail over along their targets", async () => {
    rules = [rule("chain", { targets: ["agent-c", "agent-a"], strategy: "failover" })];
    const pool = poolOf();
    expect(await nameOf(pool)).toBe("agent-c");
    await pool.report(report("agent-c"));
    await pool.report(report("agent-c"));
    expect(await nameOf(pool)).toBe("agent-a");
  });
});

describe("circuit breakers", () => {
  beforeEach(() => {
    registry = [agentOf("agent-a")];
  });

  const events = () =>
    [...tables.rows.values()].filter(({ sk }) => String(sk).startsWith("EVT#")).map(({ type }) => type).sort();

  it("keep tasks from an agent that fails, say when to ask again, and let it back in after good probes", async () => {
    const pool = poolOf();
    await pool.report(report("agent-a"));
    expect(await nameOf(pool)).toBe("agent-a");
    await pool.report(report("agent-a"));
    expect(await pool.assign(request())).toEqual({ reason: "breaker_open", retrySeconds: 30 });
    now += 10_000;
    expect(await pool.assign(request())).toEqual({ reason: "breaker_open", retrySeconds: 20 });
    now += 20_000;
    expect(await nameOf(pool)).toBe("agent-a");
    await pool.report(report("agent-a", { ok: true }));
    await pool.report(report("agent-a", { ok: true }));
    expect((await loadBreaker(store(), { tenant: TENANT, agentId: "agent-a" })).state.state).toBe("closed");
    expect(events()).toEqual(["agent.circuit_closed", "agent.circuit_half_opened", "agent.circuit_opened"]);
  });

  it("are shared: what one function learns, another knows within a second", async () => {
    const [dispatcher, settler] = [poolOf(), poolOf()];
    expect(await nameOf(dispatcher)).toBe("agent-a");
    await settler.report(report("agent-a"));
    await settler.report(report("agent-a"));
    now += 1000;
    expect(await nameOf(dispatcher)).toBe("breaker_open");
  });

  it("let through no more probes than they may, however many functions ask", async () => {
    const settler = poolOf();
    await settler.report(report("agent-a"));
    await settler.report(report("agent-a"));
    now += 30_000;
    const asked = await Promise.all(Array.from({ length: 12 }, () => nameOf(poolOf())));
    expect(asked.filter((name) => name === "agent-a")).toHaveLength(5);
    expect(asked.filter((name) => name === "breaker_open")).toHaveLength(7);
  });

  it.each([
    { what: "failures that are the task's own", more: { isAgentFault: false } },
    { what: "tasks whose policy keeps it out", more: { circuitBreaker: false } },
    { what: "attempts that succeed", more: { ok: true } },
  ])("do not count $what", async ({ more }) => {
    const pool = poolOf();
    for (let round = 0; round < 5; round += 1) await pool.report(report("agent-a", more));
    expect(await nameOf(pool)).toBe("agent-a");
    expect(tables.rows.size).toBe(0);
  });

  it("drop results of attempts that began before the breaker changed", async () => {
    const pool = poolOf();
    await pool.report(report("agent-a"));
    await pool.report(report("agent-a"));
    now += 30_000;
    await nameOf(pool);
    now += 100;
    await pool.report(report("agent-a", { startedAt: new Date(START).toISOString() }));
    expect(await nameOf(pool)).toBe("agent-a");
  });

  it("never make a report fail", async () => {
    const pool = poolOf();
    tables.onSend = () => {
      throw new Error("the table is away");
    };
    await expect(pool.report(report("agent-a"))).resolves.toBeUndefined();
  });

  it("cost one read per agent and second, and nothing in between", async () => {
    const pool = poolOf();
    await nameOf(pool);
    const before = tables.calls.length;
    for (let round = 0; round < 50; round += 1) {
      await nameOf(pool);
      await pool.report(report("agent-a", { ok: true }));
    }
    expect(tables.calls.length - before).toBe(0);
    now += 1001;
    await nameOf(pool);
    expect(tables.calls.length - before).toBe(1);
  });
});

describe("capacity", () => {
  it("is what an agent may have at once, as far as this function knows", async () => {
    registry = [agentOf("agent-a", { max_concurrent_tasks: 2 })];
    const pool = poolOf();
    expect([await nameOf(pool), await nameOf(pool)]).toEqual(["agent-a", "agent-a"]);
    expect(await pool.assign(request())).toEqual({ reason: "no_capacity", retrySeconds: 1 });
    await pool.report(report("agent-a", { ok: true }));
    expect(await nameOf(pool)).toBe("agent-a");
    // Whoever is not seen to end is counted for as long as such tasks are expected to take: 30 s.
    now += 30_001;
    expect([await nameOf(pool), await nameOf(pool)]).toEqual(["agent-a", "agent-a"]);
  });

  it("goes by the queue that the agent reports", async () => {
    registry = [agentOf("agent-a", { max_concurrent_tasks: 5, metrics: { queue_size: 5 } }), agentOf("agent-b")];
    const pool = poolOf();
    expect(new Set([await nameOf(pool), await nameOf(pool), await nameOf(pool)])).toEqual(new Set(["agent-b"]));
  });

  it("that is reserved for an execution is kept for it", async () => {
    registry = [agentOf("agent-a", { max_concurrent_tasks: 1 })];
    const reservation = {
      reservation_id: "rsv_1",
      slots: 1,
      holder: "ann",
      execution_id: "exec_mine000000",
      created_at: new Date(now).toISOString(),
      expires_at: new Date(now + 60_000).toISOString(),
    };
    const limits = { slots: 1, slotsPerHolder: 1 };
    await reserveSlots(store(), { tenant: TENANT, agentId: "agent-a" }, { reservation, limits, now });
    expect(await nameOf(poolOf())).toBe("no_capacity");
    expect(await nameOf(poolOf(), { execution: "exec_mine000000" })).toBe("agent-a");
    now += 60_000;
    expect(await nameOf(poolOf())).toBe("agent-a");
  });

  it("is never passed by one function, whatever the limits and the order of things", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), fc.array(fc.boolean(), { maxLength: 40 }), async (limits, steps) => {
        registry = limits.map((slots, index) => agentOf(`agent-${index}`, { max_concurrent_tasks: slots }));
        const pool = poolOf();
        const held = new Map<string, number>();
        for (const isAssign of steps) {
          const [busy] = [...held].find(([, count]) => count > 0) ?? [];
          if (isAssign) {
            const name = await nameOf(pool);
            if (name.startsWith("agent-")) held.set(name, (held.get(name) ?? 0) + 1);
            else expect([...held.values()].reduce((sum, count) => sum + count, 0)).toBe(limits.reduce((sum, slots) => sum + slots, 0));
          } else if (busy !== undefined) {
            await pool.report(report(busy, { ok: true }));
            held.set(busy, (held.get(busy) ?? 0) - 1);
          }
          for (const [name, count] of held) expect(count).toBeLessThanOrEqual(limits[Number(name.slice("agent-".length))] ?? 0);
        }
      }),
      { numRuns: 40 },
    );
  });
});
