import { describe, expect, it } from "vitest";
import type { BusEvent } from "../../../../shared/execution/bus-event.ts";
import { deliverEvent, lookBack } from "../../../../shared/execution/attempt/deliver-event.ts";
import { present } from "../../../../shared/core/present.ts";
import { usageWrites } from "../../../../shared/execution/run/budget.ts";
import { loadAttempt } from "../../../../shared/execution/runtime/load-attempt.ts";
import { eventWaits, saveBusEvents, waitWrite } from "../../../../shared/execution/store/event-log.ts";
import { continuing, dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { graphRunRef } from "../../functions/memory-run.ts";

const at = (second: number): string => new Date(START + second * 1000).toISOString();
const WAIT = { tenant: TENANT, execution: EXECUTION, task: "a", pattern: { "detail-type": ["order.paid"] }, since: at(0) };
const event = (id: string, more: Partial<BusEvent> = {}): BusEvent => ({ id, source: "shop", detailType: "order.paid", detail: { id }, time: at(10), ...more });

/** A task that waits for an event; `row`: as it stands when one comes. */
async function waiting(row: RowFields | undefined, head: HeadFields = {}): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("a", [], { wait_for_event: { pattern: WAIT.pattern } })]));
  const execution = await runtime.submit(head);
  if (row !== undefined) await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", state: "parked", attempt: 0, reason: "event", ...row }) });
  await runtime.executions.committer.commit([waitWrite(runtime.executions, WAIT)]);
  return runtime;
}

async function waits(runtime: MemoryRuntime): Promise<number> {
  let count = 0;
  for await (const _ of eventWaits(runtime.executions, TENANT)) count += 1;
  return count;
}

describe("an event that comes for a wait", () => {
  it("is handed over, and the wait forgotten", async () => {
    const runtime = await waiting({});
    await deliverEvent(runtime, WAIT, event("e1"));
    expect(runtime.record("a")).toMatchObject({ state: "queued", event: { json: '{"id":"e1"}' } });
    expect(await waits(runtime)).toBe(0);
  });

  it.each([
    { what: "whose task has no row", row: undefined, head: {} },
    { what: "whose execution is over", row: {}, head: { status: "failed" } as const },
  ])("$what only has the wait forgotten", async ({ row, head }) => {
    const runtime = await waiting(row, head);
    await deliverEvent(runtime, WAIT, event("e1"));
    expect(runtime.record("a")?.state).toBe(row === undefined ? undefined : "parked");
    expect([await waits(runtime), runtime.tasks]).toEqual([0, []]);
  });
});

describe("a look at events that came before the wait", () => {
  it("takes the first that fits, and passes over the others", async () => {
    const runtime = await waiting({});
    runtime.time += 60_000;
    await saveBusEvents(runtime.executions, TENANT, [event("e0", { detailType: "order.sent", time: at(5) }), event("e1"), event("e2", { time: at(20) })]);
    await lookBack(runtime, WAIT);
    expect(runtime.record("a")).toMatchObject({ event: { json: '{"id":"e1"}' } });
  });

  it("leaves the task waiting when none fits", async () => {
    const runtime = await waiting({});
    runtime.time += 60_000;
    await saveBusEvents(runtime.executions, TENANT, [event("e0", { detailType: "order.sent" })]);
    await lookBack(runtime, WAIT);
    expect([runtime.record("a")?.state, await waits(runtime)]).toEqual(["parked", 1]);
  });
});

describe("what a call used up", () => {
  const counted = async (usage: object | undefined, head: HeadFields = { budgetRoot: EXECUTION }) => {
    const runtime = new MemoryRuntime(planOf([task("a", [], { estimate: { cost: 2 } })]));
    const execution = await runtime.submit(head);
    return usageWrites(runtime, execution, { usage, task: present(runtime.view.tasks.get("a")) });
  };

  it("is counted only where there is a budget, and something was said", async () => {
    expect(await counted(undefined)).toEqual([]);
    expect(await counted({ cost: 3 }, {})).toEqual([]);
    expect(await counted({ cost: 3 })).toHaveLength(1);
  });

  it("adds to the cost what was not estimated, and nothing where no cost is told", async () => {
    expect(JSON.stringify(await counted({ cost: 3, tokens: 5 }))).toContain('":cost":1');
    expect(JSON.stringify(await counted({ tokens: 5 }))).toContain('":cost":0');
  });
});

describe("an attempt of a task that the plan no longer has", () => {
  it("is none, nor is one that is not the row's", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    const execution = await runtime.submit();
    for (const name of ["a", "ghost"]) await saveRow(runtime.executions, execution, { row: taskRow({ task: name, state: "running" }) });
    expect(await loadAttempt(runtime, runtime.dispatch("ghost"))).toBeUndefined();
    expect(await loadAttempt(runtime, runtime.dispatch("a", 2))).toBeUndefined();
    expect((await loadAttempt(runtime, runtime.dispatch("a")))?.task.id).toBe("a");
  });
});

describe("a task that is followed in place", () => {
  /** `a` has an answer; `b` follows it. How many transactions wrote the row of `a`, and what was sent. */
  async function followed(prepare: (runtime: MemoryRuntime) => void = () => {}) {
    const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"])]));
    await runtime.submit({ runner: "graph" });
    prepare(runtime);
    await dispatchTask(continuing(runtime, START + 60_000), { run: graphRunRef(runtime), task: "a", token: "token-of-run" });
    return runtime.tasks.map(({ message }) => message.task);
  }

  it("needs no message of its own", async () => {
    expect(await followed()).not.toContain("b");
  });

  it("comes by message where hooks come before tasks", async () => {
    let asked = 0;
    await followed((runtime) => {
      const usual = runtime.hooks;
      runtime.hooks = async (tenant) => {
        asked += 1;
        return { ...(await usual(tenant)), has: () => true };
      };
    });
    expect(asked).toBeGreaterThan(0);
  });
});
