import { describe, expect, it } from "vitest";
import { continuing, dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { moveElsewhere, type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { drain, graphRunRef, startGraphRun, states } from "../../functions/memory-run.ts";

const row = (more: RowFields): TaskRecord => taskRow({ task: "a", state: "queued", token: "token-a", ...more });

describe("a message for a task that somebody has", () => {
  it.each([
    { what: "another token", message: { token: "token-new" }, bound: { token: "token-new", run: 1 } },
    { what: "a newer run", message: { runNumber: 2 }, bound: { token: "token-a", run: 2 } },
  ])("binds it to $what", async ({ message, bound }) => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await saveRow(runtime.executions, await runtime.submit(), { row: row({ state: "running", agentId: "agent-one" }) });
    await dispatchTask(runtime, runtime.message("a", { seen: 0, ...message }));
    expect(runtime.record("a")).toMatchObject({ state: "running", ...bound });
    expect(runtime.watches).toHaveLength(1);
  });

  it("changes nothing when it is the same message, and has the attempt looked at", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await saveRow(runtime.executions, await runtime.submit(), { row: row({ state: "running", agentId: "agent-one" }) });
    await dispatchTask(runtime, runtime.message("a", { seen: 0 }));
    expect(runtime.record("a")?.move).toBe(1);
    expect(runtime.watches).toEqual([{ message: { dispatch: runtime.dispatch("a"), looks: 0 }, delay: 0 }]);
  });

  it("comes again when the row moves in that moment", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await saveRow(runtime.executions, await runtime.submit(), { row: row({ state: "running", agentId: "agent-one" }) });
    meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", { state: "input_required", agentTaskId: "remote-1" }));
    await dispatchTask(runtime, runtime.message("a", { seen: 0, token: "token-new" }));
    expect(runtime.tasks).toMatchObject([{ message: { token: "token-new" }, delay: 1 }]);
    expect(runtime.watches).toEqual([]);
  });

  it("is not bound to an older run than the one that took it over in that moment", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await saveRow(runtime.executions, await runtime.submit(), { row: row({ state: "running", agentId: "agent-one" }) });
    meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", { run: 3, token: "token-3" }));
    await dispatchTask(runtime, runtime.message("a", { seen: 0, runNumber: 2 }));
    expect(runtime.record("a")).toMatchObject({ run: 3, token: "token-3" });
  });
});

describe("what a task that only waits gives", () => {
  const event = { json: '{"order":7}' };
  const decision = { verdict: "approved" as const, by: "ann", at: "2026-11-21T10:00:00.000Z" };
  const approval = { approved_by: "ann", reason: null, at: "2026-11-21T10:00:00.000Z" };
  it.each([
    { what: "its event", record: { event }, output: { order: 7 } },
    { what: "its decision", record: { decision }, output: approval },
    { what: "both", record: { event, decision }, output: { event: { order: 7 }, approval } },
  ])("is $what", async ({ record, output }) => {
    const wait = { id: "a", wait_for_event: { pattern: { "detail-type": ["x"] } }, approval: { prompt: "?" } };
    const only = "event" in record ? ("decision" in record ? wait : { id: "a", wait_for_event: wait.wait_for_event }) : { id: "a", approval: wait.approval };
    const runtime = new MemoryRuntime(planOf([only]));
    await saveRow(runtime.executions, await runtime.submit(), { row: row({ attempt: 0, ...record }) });
    await dispatchTask(runtime, runtime.message("a", { seen: 0 }));
    const stored = runtime.record("a")?.output;
    expect(stored !== undefined && "json" in stored ? JSON.parse(stored.json) : undefined).toEqual(output);
  });
});

describe("what a settled task starts in the same transaction", () => {
  const chain = [task("a"), task("b", ["a"])];
  /** Whether `b` was on record at the latest with `a`'s end. */
  async function followsAtOnce(tasks: readonly object[], { head = {}, before = () => {} }: { head?: HeadFields; before?: (runtime: MemoryRuntime) => void } = {}) {
    const runtime = new MemoryRuntime(planOf(tasks));
    await startGraphRun(runtime, head);
    before(runtime);
    const together: boolean[] = [];
    runtime.tables.onSent = (name) => {
      if (/^(TransactWrite|Put)Command$/.test(name) && runtime.record("a")?.state === "completed") together.push(runtime.record("b") !== undefined);
    };
    await drain(runtime, { inPlace: true });
    return { together: together[0], states: states(runtime) };
  }

  it("is what needs nothing else", async () => {
    expect(await followsAtOnce(chain)).toEqual({ together: true, states: { a: "completed", b: "completed" } });
  });

  it.each([
    { what: "the run has a budget", tasks: chain, options: { head: { budgetRoot: EXECUTION } } },
    { what: "it needs something else as well", tasks: [task("a"), task("c"), task("b", ["a", "c"])], options: {} },
    { what: "it has a condition", tasks: [task("a"), task("b", ["a"], { when: "true" })], options: {} },
    { what: "it takes values of its inputs", tasks: [task("a"), task("b", ["a"], { input_from: { n: "outputs.a.ok" } })], options: {} },
  ])("is not what $what", async ({ tasks, options }) => {
    const { together, states: ended } = await followsAtOnce(tasks, options);
    expect(together).toBe(false);
    expect(ended).toMatchObject({ a: "completed", b: "completed" });
  });

  it("is nothing while a hold covers the run", async () => {
    const runtime = new MemoryRuntime(planOf(chain));
    await startGraphRun(runtime);
    runtime.onSend = () => ((runtime.holdReason = "month end"), { kind: "completed", output: 1 });
    await drain(runtime, { inPlace: true });
    expect(states(runtime)).toEqual({ a: "completed", b: "parked" });
  });

  it("is nothing once its time is over", async () => {
    const runtime = new MemoryRuntime(planOf(chain));
    await runtime.submit({ runner: "graph" });
    runtime.onSend = () => ((runtime.time += 60_000), { kind: "completed", output: 1 });
    await dispatchTask(continuing(runtime, START + 1000), { run: graphRunRef(runtime), task: "a", token: "token-of-run" });
    expect(states(runtime)).toEqual({ a: "completed" });
    expect(runtime.tasks).toMatchObject([{ message: { task: "b" } }]);
  });
});
