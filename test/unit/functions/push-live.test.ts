import { describe, expect, it } from "vitest";
import { pushLive } from "../../../functions/push-live/push-live.ts";
import type { StoredEvent } from "../../../shared/execution/new-event.ts";
import type { LiveTarget } from "../../../shared/execution/live/live-target.ts";
import { listSubscriptions, rememberedListeners, rememberedSubscriptions, saveSubscription } from "../../../shared/execution/store/subscription-store.ts";
import { MemoryTables } from "../../fixtures/runtime/memory-table.ts";
import { MemorySockets } from "../execution/live/memory-sockets.ts";

const NOW = Date.parse("2026-11-21T10:00:00.000Z");
const LATER = NOW / 1000 + 3600;
const EXECUTION: LiveTarget = { kind: "execution", id: "exec_0123456789" };
const event = (event_id: string, more: Partial<StoredEvent> = {}): StoredEvent => ({
  version: 1,
  event_id,
  type: "workflow.status_changed",
  tenant: "acme",
  workflow_id: "w",
  execution_id: "exec_0123456789",
  trace_id: "t",
  timestamp: "2026-11-21T10:00:00.000Z",
  facts: { previous_status: "submitted", new_status: "running" },
  ...more,
});
const started = event("s", { type: "agent.task_started", facts: { task_id: "a", attempt: 1, agent_id: "x", agent_task_id: "t" } });
const batchOf = (...events: StoredEvent[]) => ({ tenant: "acme", execution_id: "exec_0123456789", workflow_id: "w", events });

async function world(...subscriptions: readonly (readonly [string, LiveTarget, { tenant?: string; expires?: number }?])[]) {
  const tables = new MemoryTables();
  const store = { db: tables.client, table: "control" };
  const sockets = new MemorySockets();
  const slept: number[] = [];
  for (const [connection, target, { tenant = "acme", expires = LATER } = {}] of subscriptions) {
    await saveSubscription(store, { tenant, target, connection, expires }, new Date(NOW));
  }
  const sleep = async (ms: number): Promise<void> => void slept.push(ms);
  return { tables, store, sockets, slept, deps: { sockets, store, subscriptions: rememberedSubscriptions(store), now: () => new Date(NOW), sleep } };
}

describe("pushing what happens", () => {
  it("tells each connection what it asked to hear, in order, and once", async () => {
    const { sockets, deps } = await world(
      ["one", EXECUTION],
      ["flow", { kind: "workflow", id: "w" }],
      ["board", { kind: "dashboard" }],
      ["all", { kind: "dashboard" }],
      ["all", { kind: "workflow", id: "w" }],
      ["all", EXECUTION],
      ["other", { kind: "execution", id: "exec_9999999999" }],
      ["longer", { kind: "execution", id: "exec_01234567890" }],
    );
    await pushLive(deps, batchOf(event("e1"), started, event("e2")));
    const everything = ["workflow.status_changed", "task.progress_update", "workflow.status_changed"];
    expect(["one", "flow", "all"].map((name) => sockets.typesOf(name))).toEqual([everything, everything, everything]);
    expect(sockets.typesOf("board")).toEqual(["workflow.status_changed", "workflow.status_changed"]);
    expect(sockets.got.get("one")?.map(({ id }) => id)).toEqual(["e1", "s", "e2"]);
    expect([sockets.typesOf("other"), sockets.typesOf("longer")]).toEqual([[], []]);
  });

  it("tells another tenant nothing, though it asked for the same execution", async () => {
    const { sockets, deps } = await world(["theirs", EXECUTION, { tenant: "other" }], ["board", { kind: "dashboard" }, { tenant: "other" }]);
    await pushLive(deps, batchOf(event("e1")));
    expect(sockets.posts).toBe(0);
  });

  it("forgets connections that are gone", async () => {
    const { store, sockets, deps } = await world(["left", EXECUTION], ["here", EXECUTION]);
    sockets.gone.add("left");
    await pushLive(deps, batchOf(event("e1"), event("e2")));
    expect((await listSubscriptions(store, "acme", EXECUTION)).map(({ connection }) => connection)).toEqual(["here"]);
    expect(sockets.posts).toBe(3);
  });

  it("cuts whoever's token has ended, and says so", async () => {
    const { store, sockets, deps } = await world(["old", EXECUTION, { expires: NOW / 1000 }]);
    await pushLive(deps, batchOf(event("e1")));
    expect({ types: sockets.typesOf("old"), cuts: sockets.cuts }).toEqual({ types: ["token.expired"], cuts: ["old"] });
    expect(await listSubscriptions(store, "acme", EXECUTION)).toEqual([]);
  });

  it("waits for a slow reader, and goes on when it has caught up", async () => {
    const { sockets, slept, deps } = await world(["slow", EXECUTION]);
    sockets.full.set("slow", 2);
    await pushLive(deps, batchOf(event("e1"), event("e2")));
    expect({ types: sockets.typesOf("slow"), slept, cuts: sockets.cuts }).toEqual({
      types: ["workflow.status_changed", "workflow.status_changed"],
      slept: [200, 400],
      cuts: [],
    });
  });

  it("tells a reader that stays slow from where on it missed something, and cuts it; others miss nothing", async () => {
    const { store, sockets, deps } = await world(["slow", EXECUTION], ["quick", EXECUTION]);
    sockets.full.set("slow", 4);
    await pushLive(deps, batchOf(event("e1"), event("e2")));
    expect(sockets.got.get("slow")).toMatchObject([{ type: "stream.missed", data: { execution_id: "exec_0123456789", first_missed: "e1" } }]);
    expect(sockets.cuts).toEqual(["slow"]);
    expect(sockets.typesOf("quick")).toHaveLength(2);
    expect((await listSubscriptions(store, "acme", EXECUTION)).map(({ connection }) => connection)).toEqual(["quick"]);
  });

  it("reads no rows for events that tell nothing", async () => {
    const { tables, deps } = await world(["one", EXECUTION]);
    tables.calls.length = 0;
    await pushLive(deps, batchOf(event("e1", { type: "task.parked", facts: { task_id: "a", attempt: 1, reason: "inputs" } })));
    expect(tables.calls).toEqual([]);
  });

  it("reaches ten thousand connections on one execution, each once", async () => {
    const names = Array.from({ length: 10_000 }, (_, n) => `c${n}`);
    const { sockets, deps } = await world(...names.map((name) => [name, EXECUTION] as const));
    await pushLive(deps, batchOf(event("e1")));
    expect({ posts: sockets.posts, reached: sockets.got.size }).toEqual({ posts: 10_000, reached: 10_000 });
  });
});

describe("whether anybody listens", () => {
  it("is asked once a second per tenant", async () => {
    const { tables, store } = await world(["one", EXECUTION]);
    const hasListeners = rememberedListeners(store);
    tables.calls.length = 0;
    expect([await hasListeners("acme"), await hasListeners("acme"), await hasListeners("quiet")]).toEqual([true, true, false]);
    expect(tables.calls).toHaveLength(2);
  });
});
