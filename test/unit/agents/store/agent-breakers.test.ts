import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { loadBreaker } from "../../../../shared/agents/store/breaker-store.ts";
import { reserveSlots } from "../../../../shared/agents/store/reservation-store.ts";
import { agentOf, START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { nameOf, PoolKit, report, request } from "../pool-kit.ts";

let kit: PoolKit;
beforeEach(() => {
  kit = new PoolKit();
});

describe("circuit breakers", () => {
  beforeEach(() => {
    kit.registry = [agentOf("agent-a")];
  });

  const events = () =>
    [...kit.tables.rows.values()]
      .filter(({ sk }) => String(sk).startsWith("EVT#"))
      .map(({ type }) => String(type))
      .sort();

  it("keep tasks from an agent that fails, say when to ask again, and let it back in after good probes", async () => {
    const pool = kit.pool();
    await pool.report(report("agent-a"));
    expect(await nameOf(pool)).toBe("agent-a");
    await pool.report(report("agent-a"));
    expect(await pool.assign(request())).toEqual({ reason: "breaker_open", retrySeconds: 30 });
    kit.now += 10_000;
    expect(await pool.assign(request())).toEqual({ reason: "breaker_open", retrySeconds: 20 });
    kit.now += 20_000;
    expect(await nameOf(pool)).toBe("agent-a");
    await pool.report(report("agent-a", { ok: true }));
    await pool.report(report("agent-a", { ok: true }));
    expect((await loadBreaker(kit.store, { tenant: TENANT, agentId: "agent-a" })).state.state).toBe("closed");
    expect(events()).toEqual(["agent.circuit_closed", "agent.circuit_half_opened", "agent.circuit_opened"]);
  });

  it("are shared: what one function learns, another knows within a second", async () => {
    const [dispatcher, settler] = [kit.pool(), kit.pool()];
    expect(await nameOf(dispatcher)).toBe("agent-a");
    await settler.report(report("agent-a"));
    await settler.report(report("agent-a"));
    kit.now += 1000;
    expect(await nameOf(dispatcher)).toBe("breaker_open");
  });

  it("let through no more probes than they may, however many functions ask", async () => {
    const settler = kit.pool();
    await settler.report(report("agent-a"));
    await settler.report(report("agent-a"));
    kit.now += 30_000;
    const asked = await Promise.all(Array.from({ length: 12 }, () => nameOf(kit.pool())));
    expect(asked.filter((name) => name === "agent-a")).toHaveLength(5);
    expect(asked.filter((name) => name === "breaker_open")).toHaveLength(7);
  });

  it.each([
    { what: "failures that are the task's own", more: { isAgentFault: false } },
    { what: "calls that were never made", more: { wasCalled: false } },
    { what: "tasks whose policy keeps it out", more: { circuitBreaker: false } },
    { what: "attempts that succeed", more: { ok: true } },
  ])("do not count $what", async ({ more }) => {
    const pool = kit.pool();
    for (let round = 0; round < 5; round += 1) await pool.report(report("agent-a", more));
    expect(await nameOf(pool)).toBe("agent-a");
    expect(kit.tables.rows.size).toBe(0);
  });

  it("drop results of attempts that began before the breaker changed", async () => {
    const pool = kit.pool();
    await pool.report(report("agent-a"));
    await pool.report(report("agent-a"));
    kit.now += 30_000;
    await nameOf(pool);
    kit.now += 100;
    await pool.report(report("agent-a", { startedAt: new Date(START).toISOString() }));
    expect(await nameOf(pool)).toBe("agent-a");
  });

  it("never make a report fail", async () => {
    const pool = kit.pool();
    kit.tables.onSend = () => {
      throw new Error("the table is away");
    };
    await expect(pool.report(report("agent-a"))).resolves.toBeUndefined();
  });

  it("cost one read per agent and second, and nothing in between", async () => {
    const pool = kit.pool();
    await nameOf(pool);
    const before = kit.tables.calls.length;
    for (let round = 0; round < 50; round += 1) {
      await nameOf(pool);
      await pool.report(report("agent-a", { ok: true }));
    }
    expect(kit.tables.calls.length - before).toBe(0);
    kit.now += 1001;
    await nameOf(pool);
    expect(kit.tables.calls.length - before).toBe(1);
  });
});

describe("capacity", () => {
  it("is what an agent may have at once, as far as this function knows", async () => {
    kit.registry = [agentOf("agent-a", { max_concurrent_tasks: 2 })];
    const pool = kit.pool();
    expect([await nameOf(pool), await nameOf(pool)]).toEqual(["agent-a", "agent-a"]);
    expect(await pool.assign(request())).toEqual({ reason: "no_capacity", retrySeconds: 1 });
    await pool.report(report("agent-a", { ok: true }));
    expect(await nameOf(pool)).toBe("agent-a");
    // Whoever is not seen to end is counted for as long as such tasks are expected to take: 30 s.
    kit.now += 30_001;
    expect([await nameOf(pool), await nameOf(pool)]).toEqual(["agent-a", "agent-a"]);
  });

  it("goes by the queue that the agent reports", async () => {
    kit.registry = [agentOf("agent-a", { max_concurrent_tasks: 5, metrics: { queue_size: 5 } }), agentOf("agent-b")];
    const pool = kit.pool();
    expect(new Set([await nameOf(pool), await nameOf(pool), await nameOf(pool)])).toEqual(new Set(["agent-b"]));
  });

  it("that is reserved for an execution is kept for it", async () => {
    kit.registry = [agentOf("agent-a", { max_concurrent_tasks: 1 })];
    const reservation = {
      reservation_id: "rsv_1",
      slots: 1,
      holder: "ann",
      execution_id: "exec_mine000000",
      created_at: new Date(kit.now).toISOString(),
      expires_at: new Date(kit.now + 60_000).toISOString(),
    };
    const limits = { slots: 1, slotsPerHolder: 1 };
    await reserveSlots(kit.store, { tenant: TENANT, agentId: "agent-a" }, { reservation, limits, now: kit.now });
    expect(await nameOf(kit.pool())).toBe("no_capacity");
    expect(await nameOf(kit.pool(), { execution: "exec_mine000000" })).toBe("agent-a");
    kit.now += 60_000;
    expect(await nameOf(kit.pool())).toBe("agent-a");
  });

  it("is never passed by one function, whatever the limits and the order of things", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.boolean(), { maxLength: 40 }),
        async (limits, steps) => {
          kit.registry = limits.map((slots, index) => agentOf(`agent-${index}`, { max_concurrent_tasks: slots }));
          const pool = kit.pool();
          const held = new Map<string, number>();
          for (const isAssign of steps) {
            const [busy] = [...held].find(([, count]) => count > 0) ?? [];
            if (isAssign) {
              const name = await nameOf(pool);
              if (name.startsWith("agent-")) held.set(name, (held.get(name) ?? 0) + 1);
              else
                expect([...held.values()].reduce((sum, count) => sum + count, 0)).toBe(
                  limits.reduce((sum, slots) => sum + slots, 0),
                );
            } else if (busy !== undefined) {
              await pool.report(report(busy, { ok: true }));
              held.set(busy, (held.get(busy) ?? 0) - 1);
            }
            for (const [name, count] of held)
              expect(count).toBeLessThanOrEqual(limits[Number(name.slice("agent-".length))] ?? 0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
