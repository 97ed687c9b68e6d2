import { describe, expect, it } from "vitest";
import { deleteRule, listRules, ruleReader, saveRule } from "../../../../shared/agents/store/route-store.ts";
import { TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../../fixtures/runtime/memory-table.ts";
import { rule } from "../pool-kit.ts";

async function stored(...rules: readonly ReturnType<typeof rule>[]) {
  const tables = new MemoryTables();
  const store = { db: tables.client, table: "agents" };
  for (const one of rules) await saveRule(store, TENANT, one);
  return { tables, store };
}

describe("the rules of a tenant", () => {
  it("are listed in the order in which they are asked: by priority, then by name", async () => {
    const { store } = await stored(rule("c", { priority: 1 }), rule("b", { priority: 5 }), rule("a", { priority: 1 }), rule("d", { priority: 9 }));
    expect((await listRules(store, TENANT)).map(({ name }) => name)).toEqual(["d", "b", "a", "c"]);
    expect(await listRules(store, "other")).toEqual([]);
  });

  it("are deleted once", async () => {
    const { store } = await stored(rule("a", {}));
    expect([await deleteRule(store, TENANT, "a"), await deleteRule(store, TENANT, "a")]).toEqual([true, false]);
  });
});

describe("a reader of rules", () => {
  it("asks once for those who ask at the same time, and remembers what it was told", async () => {
    const { store, tables } = await stored(rule("a", {}));
    const read = ruleReader(store);
    tables.calls.length = 0;
    const [first, second] = await Promise.all([read(TENANT), read(TENANT)]);
    expect(second).toBe(first);
    expect(await read(TENANT)).toBe(first);
    expect(tables.calls).toEqual(["QueryCommand"]);
  });

  it("asks again after it was told nothing", async () => {
    const { store, tables } = await stored(rule("a", {}));
    const read = ruleReader(store);
    tables.onSend = () => {
      throw new Error("throttled");
    };
    await expect(read(TENANT)).rejects.toThrow("throttled");
    tables.onSend = () => {};
    expect(await read(TENANT)).toHaveLength(1);
  });
});
