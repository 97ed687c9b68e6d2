import { describe, expect, it } from "vitest";
import { deleteHold, findHold, holdReader, listHolds, saveHold } from "../../../../shared/execution/store/hold-store.ts";
import type { HoldPlace } from "../../../../shared/execution/control.ts";
import { MemoryTables } from "../../../fixtures/runtime/memory-table.ts";

const GLOBAL: HoldPlace = { scope: "global" };
const ACME: HoldPlace = { scope: "tenant", tenant: "acme" };
const BILLING: HoldPlace = { scope: "workflow", tenant: "acme", workflow: "billing" };
const by = { by: "ann", reason: "month end", at: "2026-11-21T10:00:00.000Z" };

function world() {
  const tables = new MemoryTables();
  return { tables, store: { db: tables.client, table: "control" } };
}

describe("a hold", () => {
  it.each([
    { what: "everything", place: GLOBAL, covers: ["acme billing", "acme shop", "acme-2 billing"] },
    { what: "a tenant, not one whose name begins alike", place: ACME, covers: ["acme billing", "acme shop"] },
    { what: "one workflow", place: BILLING, covers: ["acme billing"] },
  ])("covers $what", async ({ place, covers }) => {
    const { store } = world();
    await saveHold(store, place, by);
    const hold = holdReader(store);
    const places = [
      ["acme", "billing"],
      ["acme", "shop"],
      ["acme-2", "billing"],
    ] as const;
    const held = await Promise.all(
      places.map(async ([tenant, workflow]) =>
        (await hold(tenant, workflow)) === undefined ? [] : [`${tenant} ${workflow}`],
      ),
    );
    expect(held.flat()).toEqual(covers);
  });

  it("keeps its first reason when it is placed again", async () => {
    const { store } = world();
    await saveHold(store, ACME, by);
    expect(await saveHold(store, ACME, { ...by, by: "bob", reason: "other" })).toEqual({
      scope: "tenant",
      tenant: "acme",
      ...by,
    });
  });

  it("is gone once released, and releasing it again says so", async () => {
    const { store } = world();
    await saveHold(store, ACME, by);
    expect(await deleteHold(store, ACME)).toBe(true);
    expect(await deleteHold(store, ACME)).toBe(false);
    expect(await findHold(store, ACME)).toBeUndefined();
  });

  it("is listed to those who feel it, the widest first", async () => {
    const { store } = world();
    for (const place of [BILLING, ACME, GLOBAL, { scope: "tenant" as const, tenant: "other" }])
      await saveHold(store, place, by);
    expect((await listHolds(store, "acme")).map(({ scope, workflow }) => `${scope} ${workflow ?? ""}`.trim())).toEqual([
      "global",
      "tenant",
      "workflow billing",
    ]);
    expect((await listHolds(store, "other")).map(({ scope }) => scope)).toEqual(["global", "tenant"]);
  });
});

describe("a reader of holds", () => {
  it("reads a row once for many workflows, and the widest hold comes first", async () => {
    const { store, tables } = world();
    const hold = holdReader(store);
    await hold("acme", "billing");
    await hold("acme", "billing");
    expect(tables.calls).toEqual(["BatchGetCommand"]);
    await saveHold(store, BILLING, by);
    await saveHold(store, GLOBAL, by);
    expect(await hold("acme", "billing")).toBeUndefined();
    expect(await hold("acme", "billing", "fresh")).toMatchObject({ scope: "global" });
    expect(await hold("acme", "billing")).toMatchObject({ scope: "global" });
  });

  it("asks once for requests that come together", async () => {
    const { store, tables } = world();
    const hold = holdReader(store);
    await Promise.all([hold("acme", "billing"), hold("acme", "billing"), hold("acme", "billing")]);
    expect(tables.calls).toEqual(["BatchGetCommand"]);
  });

  it("asks again when asking failed", async () => {
    const { store, tables } = world();
    const hold = holdReader(store);
    tables.onSend = () => {
      throw new Error("throttled");
    };
    await expect(hold("acme", "billing")).rejects.toThrow("throttled");
    tables.onSend = () => {};
    expect(await hold("acme", "billing")).toBeUndefined();
  });
});
