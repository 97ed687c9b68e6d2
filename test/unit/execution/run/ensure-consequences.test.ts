import { describe, expect, it } from "vitest";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { RUN_END, type RunRef } from "../../../../shared/execution/messages.ts";
import { metaKey } from "../../../../shared/execution/store/keys.ts";
import { startOf } from "../../../../shared/execution/run/start-run.ts";
import { type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const watch = (runtime: MemoryRuntime, name: string): Promise<void> => watchTask(runtime, { dispatch: runtime.dispatch(name), looks: 0 });

describe("messages about a row that settled in an earlier run", () => {
  /** `a` settled in run 1. In run 2 `b` was sent and nobody knows whether it arrived. */
  async function nextRun(): Promise<{ runtime: MemoryRuntime; runOf: (run: number) => RunRef; deliver: () => Promise<void> }> {
    const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"])]));
    const head = await runtime.submit({ runner: "graph" });
    const runOf = (run: number): RunRef => ({ ...runtime.message("a").run, run, runner: "graph" });
    const deliver = async (): Promise<void> => {
      for (const { message } of runtime.tasks.splice(0)) await dispatchTask(runtime, message);
    };
    await dispatchTask(runtime, startOf(runOf(1)));
    await deliver();
    runtime.tasks.length = 0;
    const key = metaKey(head.tenant, head.executionId);
    runtime.tables.rows.set(`${key.pk} ${key.sk}`, { ...runtime.tables.row(key.pk, key.sk), run: 2 });
    runtime.onSend = () => ({ kind: "in_doubt", reason: "no answer" });
    await dispatchTask(runtime, startOf(runOf(2)));
    await deliver();
    await deliver();
    expect(runtime.record("b")).toMatchObject({ state: "dispatched", run: 2 });
    return { runtime, runOf, deliver };
  }

  it("leave the newer run its own end", async () => {
    const { runtime, deliver } = await nextRun();
    await watch(runtime, "a");
    await deliver();
    runtime.onFind = () => ({ kind: "completed", output: 1 });
    await watch(runtime, "b");
    await deliver();
    expect(runtime.head()).toMatchObject({ status: "completed", run: 2 });
  });

  it("end the right run whatever run's name a message carries", async () => {
    const { runtime, runOf, deliver } = await nextRun();
    const { token = "" } = runtime.record("a") ?? {};
    await dispatchTask(runtime, { run: runOf(2), task: "b", token });
    expect(runtime.record("b")?.token).not.toBe(token);
    runtime.onFind = () => ({ kind: "completed", output: 1 });
    await watch(runtime, "b");
    runtime.tasks.length = 0;
    await dispatchTask(runtime, { run: runOf(2), task: RUN_END, token });
    await deliver();
    expect(runtime.head()).toMatchObject({ status: "completed", run: 2 });
  });

  it("send a task on its way in that run, where the message is dropped, and not with its token in the newer one", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    const head = await runtime.submit();
    runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
    await dispatchTask(runtime, runtime.message("a", { token: "token-1" }));
    const key = metaKey(head.tenant, head.executionId);
    runtime.tables.rows.set(`${key.pk} ${key.sk}`, { ...runtime.tables.row(key.pk, key.sk), run: 2 });
    runtime.onGet = () => ({ kind: "failed", failure: { code: "AgentFailed", message: "again" }, retryable: true });
    await watch(runtime, "a");
    expect(runtime.tasks.map(({ message: { run, token } }) => [run.run, token])).toEqual([[1, "token-1"]]);
    runtime.time += 10_000;
    for (const { message } of runtime.tasks.splice(0)) await dispatchTask(runtime, message);
    expect(runtime.record("a")).toMatchObject({ state: "queued", run: 1 });
    await dispatchTask(runtime, runtime.message("a", { token: "token-2", runNumber: 2, seen: 0 }));
    expect(runtime.record("a")).toMatchObject({ state: "running", run: 2, token: "token-2", attempt: 2 });
  });
});

describe("a look at a task that has settled", () => {
  /** \`a\` has settled; \`b\`, which follows it, stands so. */
  async function followed(row: RowFields | undefined): Promise<MemoryRuntime> {
    const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"]), task("c", ["b"])]));
    const execution = await runtime.submit({ runner: "graph" });
    const rows = [taskRow({ task: "a", state: "completed" }), ...(row === undefined ? [] : [taskRow({ task: "b", state: "queued", ...row })])];
    for (const record of rows) await saveRow(runtime.executions, execution, { row: record });
    await watch(runtime, "a");
    return runtime;
  }

  it.each([
    { what: "has no row", row: undefined, again: true },
    { what: "is queued", row: { state: "queued" }, again: true },
    { what: "was sent, and nobody knows of it", row: { state: "dispatched", deadlineAt: "2026-11-21T10:05:00.000Z" }, again: true },
    { what: "waits for an event", row: { state: "parked", reason: "event" }, again: true },
    { what: "waits for an input that has no message", row: { state: "parked" }, again: true },
    { what: "waits for a decision", row: { state: "parked", reason: "approval" }, again: false },
    { what: "is at its agent", row: { state: "running", agentId: "agent-one", agentTaskId: "t" }, again: false },
    { what: "has settled by its agent's work", row: { state: "completed", agentTaskId: "t" }, again: false },
  ] as const)("sends what follows it on its way when that $what: $again", async ({ row, again }) => {
    expect((await followed(row)).tasks.map(({ message }) => message.task)).toEqual(again ? ["b"] : []);
  });

  it("goes on behind a follower that settled without an agent", async () => {
    expect((await followed({ state: "skipped" })).tasks.map(({ message }) => message.task)).toEqual(["c"]);
  });

  it("has nothing to do for one that is parked, nor before a retry is due", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    const execution = await runtime.submit();
    await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", state: "parked", reason: "operator" }) });
    await watch(runtime, "a");
    expect([runtime.tasks, runtime.watches]).toEqual([[], []]);
  });

  it.each([
    { seconds: 30, watched: [], sent: ["a"] },
    { seconds: 5, watched: [], sent: ["a"] },
    { seconds: 2, watched: [3], sent: [] },
    { seconds: -10_000, watched: [900], sent: [] },
  ])("looks after the message of a retry that was due $seconds s ago", async ({ seconds, watched, sent }) => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    const execution = await runtime.submit();
    const notBefore = new Date(runtime.time - seconds * 1000).toISOString();
    await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", state: "queued", notBefore }) });
    await watch(runtime, "a");
    expect(runtime.watches.map(({ delay }) => delay)).toEqual(watched);
    expect(runtime.tasks.map(({ message }) => message.task)).toEqual(sent);
  });
});
