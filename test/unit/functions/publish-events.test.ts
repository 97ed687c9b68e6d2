import { pushTenants, savePushConfig } from "../../../shared/endpoint/store/push-config-store.ts";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { publishEvents } from "../../../functions/publish-events/publish-events.ts";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import type { StoredEvent } from "../../../shared/execution/new-event.ts";
import type { HookOrder } from "../../../shared/hooks/hook-order.ts";
import { hookReader } from "../../../shared/hooks/store/hook-reader.ts";
import { saveHook } from "../../../shared/hooks/store/hook-store.ts";
import { hookLike } from "../../fixtures/runtime/hook-kit.ts";
import { rememberedOrigins } from "../../../shared/execution/store/projection-store.ts";
import type { LiveBatch } from "../../../shared/execution/live/live-batch.ts";
import type { StreamRow } from "../../../shared/execution/store/stream-row.ts";
import { fakeEventBridge } from "../../fixtures/runtime/fake-client.ts";
import { startedRuntime } from "../../fixtures/runtime/memory-runtime.ts";
import { streamOf } from "../../fixtures/runtime/memory-stream.ts";

const Entries = z.object({ Entries: z.array(z.looseObject({ Detail: z.string() })) });
const AT = "2026-11-21T10:00:00.000Z";
const EVENT = { version: 1 as const, event_id: "e1", type: "task.completed", tenant: "acme", workflow_id: "w", execution_id: "exec_0123456789", trace_id: "t", timestamp: AT, facts: { task_id: "a" } };
const rowOf = (event: StoredEvent, sequence = "0"): StreamRow => ({
  kind: "event",
  sequence,
  tenant: "acme",
  execution: "exec_0123456789",
  at: AT,
  row: event,
  event,
});
const rows = Array.from({ length: 23 }, (_, index) => rowOf(EVENT, String(index)));

const ordered: HookOrder[] = [];
const order = async (orders: readonly HookOrder[]): Promise<void> => void ordered.push(...orders);

const told: LiveBatch[] = [];
const tellListeners = async (batch: LiveBatch): Promise<void> => void told.push(batch);
const hasListeners = async (tenant: string): Promise<boolean> => tenant === "acme";

async function world(reply: object = { FailedEntryCount: 0 }) {
  const runtime = await startedRuntime();
  const calls: z.infer<typeof Entries>[] = [];
  const bus = fakeEventBridge(async ({ input }) => {
    calls.push(Entries.parse(input));
    return reply;
  });
  return { runtime, calls, deps: { executions: runtime.executions, origins: rememberedOrigins(), bus, busName: "bus", hooks: hookReader({ db: runtime.tables.client, table: "control" }), order, hasListeners, tellListeners, hasCallers: pushTenants(runtime.executions) } };
}

describe("publishEvents", () => {
  it("puts events on the bus with their facts beside the head, ten to a call", async () => {
    const { calls, deps } = await world();
    await publishEvents(deps, rows);
    expect(calls.map(({ Entries: entries }) => entries.length)).toEqual([10, 10, 3]);
    expect(calls[0]?.Entries[0]).toMatchObject({ EventBusName: "bus", Source: "a2a.orchestrator", DetailType: "task.completed" });
    expect(JSON.parse(calls[0]?.Entries[0]?.Detail ?? "")).toMatchObject({ event_id: "e1", task_id: "a", tenant: "acme" });
  });

  it("tells what moves of tasks told, under the head of their execution, which it reads once", async () => {
    const { runtime, calls, deps } = await world();
    await dispatchTask(runtime, runtime.message("a"));
    const moves = streamOf(runtime.tables.changes).filter(({ kind }) => kind === "task");
    runtime.tables.calls.length = 0;
    for (const move of moves) await publishEvents(deps, [move]);
    const details = calls.flatMap(({ Entries: entries }) => entries.map(({ Detail }): unknown => JSON.parse(Detail)));
    const head = { tenant: "acme", execution_id: "exec_0123456789", workflow_id: "drawn", trace_id: "trace_1", task_id: "a", attempt: 1 };
    expect(details).toMatchObject([{ ...head, event_id: "a.1.assigned" }, { ...head, event_id: "a.2.settled" }]);
    // The head, and whether the tenant has hooks: once for all events of five seconds.
    expect(runtime.tables.calls).toEqual(["GetCommand", "GetCommand"]);
  });

  it("says of news for callers whether the tenant has any, and reads that no more once it has", async () => {
    const { runtime, calls, deps } = await world();
    const news = rowOf({ ...EVENT, type: "workflow.status_changed", facts: { previous_status: "running", new_status: "completed" } }, "n");
    const marks = async (): Promise<unknown[]> => {
      calls.length = 0;
      await publishEvents(deps, [news, rowOf(EVENT, "m")]);
      return calls.flatMap(({ Entries: entries }) => entries.map(({ Detail }) => JSON.parse(Detail).has_callers));
    };
    expect(await marks()).toEqual([undefined, undefined]);
    await savePushConfig(runtime.executions, { tenant: "acme", execution: "exec_0123456789" }, { id: "c", url: "https://caller.test/", dialect: "1.0" });
    expect(await marks()).toEqual([true, undefined]);
    runtime.tables.calls.length = 0;
    expect(await marks()).toEqual([true, undefined]);
    expect(runtime.tables.calls).toEqual([]);
  });

  it("has the hooks run that an event matches, and those only", async () => {
    const { runtime, deps } = await world();
    const control = { db: runtime.tables.client, table: "control" };
    await saveHook(control, "acme", { hook: hookLike({ hook_id: "hook_b", name: "b" }) });
    await saveHook(control, "acme", { hook: hookLike({ hook_id: "hook_a", name: "a", priority: 1 }) });
    await saveHook(control, "acme", { hook: hookLike({ hook_id: "hook_c", name: "c", event_pattern: "nothing like it" }) });
    await saveHook(control, "acme", { hook: hookLike({ hook_id: "hook_d", name: "d", enabled: false }) });
    await saveHook(control, "other", { hook: hookLike({ hook_id: "hook_e", name: "e" }) });
    ordered.length = 0;
    await publishEvents(deps, [{ ...rowOf({ ...EVENT, facts: { task_id: "a", status: "success" } }) }]);
    expect(ordered).toMatchObject([{ tenant: "acme", hooks: ["hook_a", "hook_b"], event: { event_id: "e1", type: "task.completed" } }]);
  });

  it("hands what happened to those who listen: a batch per execution, and nothing where nobody of the tenant does", async () => {
    const { deps } = await world();
    told.length = 0;
    const other = { ...EVENT, execution_id: "exec_9999999999", event_id: "x1" };
    await publishEvents(deps, [rowOf(EVENT), rowOf(other), rowOf({ ...EVENT, event_id: "e2" }), rowOf({ ...EVENT, tenant: "quiet" })]);
    expect(told.map(({ execution_id, events }) => [execution_id, events.map(({ event_id }) => event_id)])).toEqual([
      ["exec_0123456789", ["e1", "e2"]],
      ["exec_9999999999", ["x1"]],
    ]);
  });

  it("fails when the bus did not take every event, so that the batch comes again", async () => {
    const { deps } = await world({ FailedEntryCount: 1 });
    await expect(publishEvents(deps, rows.slice(0, 1))).rejects.toMatchObject({ name: "StoreUnavailable" });
  });
});
