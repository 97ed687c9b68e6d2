import { busEventsSince } from "../../../../shared/execution/store/event-log.ts";
import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { receiveBatch, type ReceiveEventDeps, receiveEvents } from "../../../../functions/receive-event/receive-event.ts";
import { commitTransition, loadTask } from "../../../../shared/execution/store/execution-store.ts";
import { decided } from "../../../../shared/execution/task/waiting-transitions.ts";
import { saveDefinition } from "../../../../shared/workflow/store/save-definition.ts";
import { parkedFor, loadParked, removeParked } from "../../../../shared/execution/store/parking-lot.ts";
import { describeDefinition } from "../../../../shared/workflow/plan/stored-definition.ts";
import type { EventSubmission } from "../../../../shared/execution/run/create-submitter.ts";
import type { Runtime } from "../../../../shared/execution/runtime/runtime.ts";
import type { BusEvent } from "../../../../shared/execution/bus-event.ts";
import type { Decision } from "../../../../shared/execution/task/task-record.ts";
import { MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { drain, startGraphRun, states } from "../../functions/memory-run.ts";

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const paid = (more: Partial<BusEvent> = {}): BusEvent => ({
  id: "e1",
  source: "shop",
  detailType: "order.paid",
  detail: { order: 7 },
  time: at(10),
  ...more,
});
const WAIT = { pattern: { "detail-type": ["order.paid"], detail: { order: [7] } } };

function receiving(runtime: MemoryRuntime): { deps: ReceiveEventDeps; started: EventSubmission[] } {
  const started: EventSubmission[] = [];
  const definitions = { db: runtime.tables.client, table: "control" };
  const base: Runtime = runtime;
  return { deps: { ...base, definitions, start: async (wish) => void started.push(wish) }, started };
}

async function waiting(more: object = {}): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([{ id: "wait", wait_for_event: { ...WAIT, ...more } }, task("b", ["wait"])]));
  await startGraphRun(runtime);
  await drain(runtime);
  return runtime;
}

const receiveEvent = (deps: ReceiveEventDeps, tenant: string, event: BusEvent): Promise<void> => receiveEvents(deps, [{ tenant, event }]);

describe("a task that waits for an event", () => {
  it("is parked until one matches, and gives the event's detail", async () => {
    const runtime = await waiting();
    expect(runtime.record("wait")).toMatchObject({ state: "parked", reason: "event" });
    const { deps } = receiving(runtime);
    runtime.time = START + 20_000;
    await receiveEvent(deps, TENANT, paid({ id: "e0", detail: { order: 8 } }));
    await drain(runtime);
    expect(runtime.sent).toEqual([]);
    await receiveEvent(deps, TENANT, paid());
    await drain(runtime);
    expect(runtime.sent[0]?.message.data["dependencies"]).toEqual({ wait: { order: 7 } });
    expect(runtime.parked()).toEqual([]);
    expect([...runtime.tables.rows.values()].filter(({ pk }) => pk === "T#acme#WAITS")).toEqual([]);
    expect(runtime.head().status).toBe("completed");
  });

  it("takes one event once, however often it comes", async () => {
    const runtime = await waiting();
    const { deps } = receiving(runtime);
    await receiveEvent(deps, TENANT, paid());
    await receiveEvent(deps, TENANT, paid());
    await receiveEvent(deps, TENANT, paid({ id: "e2", detail: { order: 7, again: true } }));
    await drain(runtime);
    expect(runtime.sent).toHaveLength(1);
    expect(runtime.events().filter((type) => type === "task.event_received")).toHaveLength(1);
  });

  it.each([
    { when: "before the wait, within the look-back", seconds: -200, look_back: 300, found: true },
    { when: "longer ago than the look-back", seconds: -400, look_back: 300, found: false },
  ])("looks back for an event that came $when", async ({ seconds, look_back, found }) => {
    const runtime = new MemoryRuntime(planOf([{ id: "wait", wait_for_event: { ...WAIT, look_back } }]));
    const { deps } = receiving(runtime);
    await receiveEvent(deps, TENANT, paid({ time: at(seconds) }));
    await startGraphRun(runtime, { submittedAt: at(-1000) });
    await drain(runtime);
    expect(states(runtime)).toEqual({ wait: found ? "completed" : "parked" });
  });

  it("never takes an event from before its execution", async () => {
    const runtime = new MemoryRuntime(planOf([{ id: "wait", wait_for_event: { ...WAIT, look_back: 300 } }]));
    await receiveEvent(receiving(runtime).deps, TENANT, paid({ time: at(-5) }));
    await startGraphRun(runtime);
    await drain(runtime);
    expect(states(runtime)).toEqual({ wait: "parked" });
  });

  it("takes an event of the second in which its execution was submitted: the bus knows no milliseconds", async () => {
    const runtime = new MemoryRuntime(planOf([{ id: "wait", wait_for_event: WAIT }]));
    await startGraphRun(runtime, { submittedAt: new Date(START + 700).toISOString() });
    await drain(runtime);
    await receiveEvent(receiving(runtime).deps, TENANT, paid({ time: at(0) }));
    await drain(runtime);
    expect(states(runtime)).toEqual({ wait: "completed" });
  });

  it("never takes another tenant's event", async () => {
    const runtime = await waiting();
    await receiveEvent(receiving(runtime).deps, "other", paid());
    await drain(runtime);
    expect(states(runtime)).toEqual({ wait: "parked" });
  });

  it("fails when none came in time", async () => {
    const runtime = await waiting({ timeout: 60 });
    const [later] = runtime.tasks;
    expect(later?.delay).toBe(60);
    runtime.time = START + 60_000;
    await dispatchTask(runtime, later?.message ?? runtime.message("wait"));
    expect(runtime.record("wait")).toMatchObject({ state: "failed", failure: { code: "EventTimedOut" } });
  });

  it("starts an agent's work with the event in its message", async () => {
    const runtime = new MemoryRuntime(planOf([task("ship", [], { wait_for_event: WAIT })]));
    await startGraphRun(runtime);
    await drain(runtime);
    expect(runtime.sent).toEqual([]);
    await receiveEvent(receiving(runtime).deps, TENANT, paid());
    await drain(runtime);
    expect(runtime.sent[0]?.message.data).toMatchObject({ task: "ship", event: { order: 7 } });
  });
});

describe("a workflow with a trigger", () => {
  it("starts once per event that matches, with the input that the trigger makes of it", async () => {
    const runtime = new MemoryRuntime(
      planOf([task("a")], { triggers: [{ pattern: WAIT.pattern, input_from: { order: "event.detail.order", at: "event.time" } }] }),
    );
    const { deps, started } = receiving(runtime);
    const origin = { tenant: TENANT, createdBy: "ann", createdAt: at(0), machineArn: "" };
    await saveDefinition(deps.definitions, describeDefinition(runtime.view.plan, origin));
    await receiveEvent(deps, TENANT, paid());
    await receiveEvent(deps, TENANT, paid({ id: "e9", detail: { order: 9 } }));
    await receiveEvent(deps, "other", paid());
    expect(started).toEqual([{ tenant: TENANT, workflow: "drawn", input: { order: 7, at: at(10) }, key: "event e1" }]);
  });
});

/** As the API's approve and reject do. */
async function decide(runtime: MemoryRuntime, id: string, verdict: Decision["verdict"]): Promise<void> {
  const decision = { verdict, by: "ann", reason: "because", at: at(5) };
  const record = await loadTask(runtime.executions, runtime.dispatch(id));
  if (record?.state !== "parked") throw new Error("not parked");
  await commitTransition(runtime.executions, { head: runtime.head(), transition: decided(record, decision) });
  const parked = await loadParked(runtime.executions, runtime.dispatch(id));
  if (parked?.on !== parkedFor("approval")) throw new Error("not parked");
  await runtime.mail.task(parked.message, 0);
  await removeParked(runtime.executions, parked);
}

describe("a task that needs a decision", () => {
  async function asking(): Promise<MemoryRuntime> {
    const runtime = new MemoryRuntime(planOf([{ id: "ok", approval: { prompt: "ship it?" } }, task("b", ["ok"])]));
    await startGraphRun(runtime);
    await drain(runtime);
    return runtime;
  }

  it("goes on once somebody approves, and says who and why", async () => {
    const runtime = await asking();
    expect(runtime.record("ok")).toMatchObject({ state: "parked", reason: "approval" });
    await decide(runtime, "ok", "approved");
    await drain(runtime);
    expect(runtime.sent[0]?.message.data["dependencies"]).toEqual({ ok: { approved_by: "ann", reason: "because", at: at(5) } });
  });

  it("fails when somebody rejects it", async () => {
    const runtime = await asking();
    await decide(runtime, "ok", "rejected");
    await drain(runtime);
    expect(runtime.record("ok")).toMatchObject({ state: "failed", failure: { code: "ApprovalRejected" } });
    expect(runtime.sent).toEqual([]);
  });

  it("starts for every event of a batch but the one that fails, which alone comes back", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")], { triggers: [{ pattern: WAIT.pattern, input_from: { order: "event.detail.order" } }] }));
    const { deps, started } = receiving(runtime);
    const origin = { tenant: TENANT, createdBy: "ann", createdAt: at(0), machineArn: "" };
    await saveDefinition(deps.definitions, describeDefinition(runtime.view.plan, origin));
    const start: typeof deps.start = (wish) => (wish.key === "event bad" ? Promise.reject(new TypeError("a bug")) : deps.start(wish));
    const batch = ["e1", "bad", "e2"].map((id) => ({ tenant: TENANT, event: paid({ id }) }));
    const failed = await receiveBatch({ ...deps, start }, batch);
    expect(failed.map((each) => [each.failed.event.id, String(each.error)])).toEqual([["bad", "TypeError: a bug"]]);
    expect(new Set(started.map((wish) => wish.key))).toEqual(new Set(["event e1", "event e2"]));
  });

  it("keeps what strangers say in events, whatever numbers and levels that has", async () => {
    const detail = { order: 1_790_000_000_000_000_000, n: 1e300, deep: JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`) };
    const runtime = await waiting();
    const { deps } = receiving(runtime);
    expect(await receiveBatch(deps, [{ tenant: TENANT, event: paid({ detail }) }])).toEqual([]);
    await drain(runtime);
    const kept: unknown[] = [];
    for await (const event of busEventsSince(runtime.executions, TENANT, { since: at(0), until: at(60) })) kept.push(event.detail);
    expect(kept).toEqual([detail]);
  });
});
