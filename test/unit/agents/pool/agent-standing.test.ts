import { describe, expect, it } from "vitest";
import { createAgents } from "../../../../shared/agents/pool/create-agents.ts";
import { ruleReader } from "../../../../shared/agents/store/route-store.ts";
import { saveRule } from "../../../../shared/agents/store/route-store.ts";
import { loadBreaker } from "../../../../shared/agents/store/breaker-store.ts";
import { saveAgent } from "../../../../shared/agents/store/agent-store.ts";
import { agentOf, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../../fixtures/runtime/memory-table.ts";
import { nameOf, PoolKit, report, rule } from "../pool-kit.ts";

/** Another function moves the agent's breaker just before each of so many writes. */
function contend(kit: PoolKit, times: number): { writes: number } {
  const seen = { writes: 0 };
  kit.tables.onSend = (name, input) => {
    if (!/Put|Transact/.test(name) || !JSON.stringify(input).includes('"breaker"')) return;
    seen.writes += 1;
    if (seen.writes > times) return;
    const found = [...kit.tables.rows].find(([, row]) => row["breaker"] !== undefined);
    if (found !== undefined) kit.tables.rows.set(found[0], { ...found[1], revision: Number(found[1]["revision"]) + 1 });
  };
  return seen;
}

describe("a breaker that another function moves in the same moment", () => {
  const failedOnce = async () => {
    const kit = new PoolKit();
    kit.registry = [agentOf("agent-a")];
    const pool = kit.pool();
    await pool.report(report("agent-a"));
    return { kit, pool };
  };

  it("counts the failure all the same", async () => {
    const { kit, pool } = await failedOnce();
    const seen = contend(kit, 1);
    await pool.report(report("agent-a"));
    expect(seen.writes).toBe(2);
    expect((await loadBreaker(kit.store, { tenant: TENANT, agentId: "agent-a" })).state.state).toBe("open");
  });

  it("lets a probe through once it could be claimed, and none while it never can", async () => {
    const probing = async (times: number) => {
      const { kit, pool } = await failedOnce();
      await pool.report(report("agent-a"));
      kit.now += 30_000;
      contend(kit, times);
      return nameOf(kit.pool());
    };
    expect(await probing(1)).toBe("agent-a");
    expect(await probing(Infinity)).toBe("breaker_open");
  });
});

describe("the registry of a warm worker", () => {
  const warm = async () => {
    const tables = new MemoryTables();
    const store = { db: tables.client, table: "agents" };
    await saveAgent(store, agentOf("agent-a"));
    return { store, agents: createAgents(store, { warn: () => {} }) };
  };

  it("finds an agent that it has not heard of yet, and none without a name", async () => {
    const { store, agents } = await warm();
    expect((await agents.agent(TENANT, "agent-a"))?.agent_id).toBe("agent-a");
    await saveAgent(store, agentOf("agent-b"));
    expect((await agents.agent(TENANT, "agent-b"))?.agent_id).toBe("agent-b");
    expect(await agents.agent(TENANT, "ghost")).toBeUndefined();
    expect(await agents.agent(TENANT, undefined)).toBeUndefined();
  });
});

describe("rules of a tenant", () => {
  it("that cannot be read by this release are left out, and the others count", async () => {
    const kit = new PoolKit();
    kit.rules = [rule("odd", { targets: ["agent-a"], condition: "1 +", priority: 9 }), rule("mine", { targets: ["agent-b"] })];
    expect(await nameOf(kit.pool())).toBe("agent-b");
  });

  it("are the same as before as long as nothing changed", async () => {
    const tables = new MemoryTables();
    const store = { db: tables.client, table: "agents" };
    await saveRule(store, TENANT, rule("a", {}));
    const [first, second] = [await ruleReader(store)(TENANT), await ruleReader(store)(TENANT)];
    expect(second).toEqual(first);
  });
});
