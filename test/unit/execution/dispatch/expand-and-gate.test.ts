import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { moveElsewhere, type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { raiseBudget } from "../../../../shared/execution/store/budget-store.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const PK = `T#${TENANT}#X#${EXECUTION}`;
const row = (more: RowFields): TaskRecord => taskRow({ task: "a", state: "queued", token: "token-a", ...more });

async function world(shape: object, { record, head = {}, more = {} }: { record?: RowFields; head?: HeadFields; more?: object } = {}) {
  const runtime = new MemoryRuntime(planOf([shape], more));
  const execution = await runtime.submit(head);
  if (record !== undefined) await saveRow(runtime.executions, execution, { row: row(record) });
  return runtime;
}

describe("a list", () => {
  const EACH = task("a", [], { for_each: { items: "input.list", max_concurrency: 1 } });
  const input = { json: '{"list":[1,2,3]}' };

  it("begins with as many instances as may run, and so does a newer run that brings them along", async () => {
    const runtime = await world(EACH, { head: { input } });
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.tasks.splice(0).map(({ message }) => message.task)).toEqual(["a[0]"]);
    runtime.tables.rows.set(`${PK} META`, { ...runtime.tables.row(PK, "META"), run: 2 });
    await dispatchTask(runtime, runtime.message("a", { runNumber: 2 }));
    expect(runtime.tasks.map(({ message }) => `${message.task} of run ${message.run.run}`)).toEqual(["a[0] of run 2"]);
  });

  it("is looked at as it is when somebody makes its row in that moment", async () => {
    const runtime = await world(EACH, { head: { input } });
    meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", { state: "completed", output: { json: "1" } }));
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.record("a")).toMatchObject({ state: "completed" });
    expect(runtime.answers).toEqual([{ token: "token-a" }]);
    expect(runtime.tasks).toEqual([]);
  });

  it("is left to others when its row moves in that moment", async () => {
    const runtime = await world(EACH, { record: { attempt: 0 }, head: { input } });
    meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", { state: "running" }));
    await dispatchTask(runtime, runtime.message("a", { seen: 0 }));
    expect([...runtime.tasks, ...runtime.answers, ...runtime.watches]).toEqual([]);
  });

  it.each([
    { count: 10_000, state: "running" },
    { count: 10_001, state: "failed" },
  ])("of $count is $state", async ({ count, state }) => {
    const list = JSON.stringify({ list: Array.from({ length: count }, () => 0) });
    const runtime = await world(EACH, { head: { input: { json: list } } });
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.record("a")?.state).toBe(state);
  });
});

describe("a sub-workflow", () => {
  it("is looked at as it is when somebody makes its row in that moment", async () => {
    const runtime = await world({ id: "a", workflow: { name: "other" } });
    meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", { state: "completed", output: { json: "1" } }));
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.children).toEqual([]);
    expect(runtime.answers).toEqual([{ token: "token-a" }]);
  });
});

describe("a wait for a decision", () => {
  const at = (second: number): string => new Date(START + second * 1000).toISOString();

  it("is looked at when its time is over, and then has an end", async () => {
    const runtime = await world({ id: "a", approval: { prompt: "?", timeout: 60 } });
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.record("a")).toMatchObject({ state: "parked", reason: "approval", waitUntil: at(60) });
    expect(runtime.tasks).toMatchObject([{ message: { task: "a", seen: 0 }, delay: 60 }]);
    runtime.time = START + 60_000;
    await dispatchTask(runtime, runtime.message("a", { seen: 0 }));
    expect(runtime.record("a")).toMatchObject({ state: "failed", failure: { code: "ApprovalTimedOut" } });
  });

  it("has no end where the definition gives it none", async () => {
    const runtime = await world({ id: "a", approval: { prompt: "?" } });
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.record("a")).not.toHaveProperty("waitUntil");
    expect(runtime.tasks).toEqual([]);
  });

  it("comes after the event that it is about", async () => {
    const shape = { id: "a", approval: { prompt: "?" }, wait_for_event: { pattern: { "detail-type": ["x"] } } };
    const before = await world(shape);
    await dispatchTask(before, before.message("a"));
    expect(before.record("a")).toMatchObject({ state: "parked", reason: "event" });
    const after = await world(shape, { record: { attempt: 0, event: { json: "{}" } } });
    await dispatchTask(after, after.message("a", { seen: 0 }));
    expect(after.record("a")).toMatchObject({ state: "parked", reason: "approval" });
  });

  it("is looked at as it is when somebody makes its row in that moment", async () => {
    const runtime = await world({ id: "a", approval: { prompt: "?", timeout: 60 } });
    meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", { state: "completed", output: { json: "1" } }));
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.tasks).toEqual([]);
    expect(runtime.answers).toEqual([{ token: "token-a" }]);
  });
});

describe("the last call that a budget pays for", () => {
  const BUDGET = { budget: { max_agent_calls: 1 } };
  const head = { budgetRoot: EXECUTION, startedAt: new Date(START).toISOString() };
  const spend = (runtime: MemoryRuntime): void => {
    const key = `${PK} BUDGET`;
    let isFirst = true;
    runtime.tables.onSend = (name) => {
      if (name === "TransactWriteCommand" && isFirst) runtime.tables.rows.set(key, { pk: PK, sk: "BUDGET", calls: 1 });
      if (name === "TransactWriteCommand") isFirst = false;
    };
  };

  it.each([
    { what: "a first attempt", record: undefined },
    { what: "a further one", record: { attempt: 1 } },
  ])("is not made when another task spends the rest in that moment: $what", async ({ record }) => {
    const runtime = await world(task("a"), { head, more: BUDGET, ...(record === undefined ? {} : { record }) });
    spend(runtime);
    await dispatchTask(runtime, runtime.message("a", record === undefined ? {} : { seen: 0 }));
    expect(runtime.sent).toEqual([]);
    expect(String(runtime.answers[0]?.cause)).toContain("BudgetExceeded");
  });

  it("is made once more is allowed", async () => {
    const runtime = await world(task("a"), { head, more: BUDGET });
    runtime.tables.rows.set(`${PK} BUDGET`, { pk: PK, sk: "BUDGET", calls: 1 });
    await raiseBudget(runtime.executions, { tenant: TENANT, root: EXECUTION }, { maxAgentCalls: 2 });
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.sent).toHaveLength(1);
  });

  it("is left to others when the row moves in that moment", async () => {
    const runtime = await world(task("a"), { record: { attempt: 1 }, head, more: BUDGET });
    meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", { state: "running" }));
    await dispatchTask(runtime, runtime.message("a", { seen: 0 }));
    expect(runtime.sent).toEqual([]);
    expect(runtime.record("a")).toMatchObject({ state: "running", attempt: 1 });
  });
});
