import { describe, expect, it } from "vitest";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { RUN_END, RUN_START, type RunRef } from "../../../../shared/execution/messages.ts";
import { metaKey } from "../../../../shared/execution/store/keys.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const watch = (runtime: MemoryRuntime, name: string): Promise<void> => watchTask(runtime, { dispatch: runtime.dispatch(name), looks: 0 });

describe("messages about a row that settled in an earlier run", () => {
  /** `a` settled in run 1. In run 2 `b` was sent and nobody knows whether it arrived. */
  async function nextRun(): Promise<{ runtime: MemoryRuntime; runOf: (run: number) => RunRef; deliver: () => Promise<void> }> {
    const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"])]));
    const head = await runtime.submit({ runner: "graph" });
    const runOf = (run: number): RunRef => ({ ...runtime.message("a").run, run, runner: "graph", timeoutSeconds: 60 });
    const deliver = async (): Promise<void> => {
      for (const { message } of runtime.tasks.splice(0)) await dispatchTask(runtime, message);
    };
    await dispatchTask(runtime, { run: runOf(1), task: RUN_START, token: "token-1" });
    await deliver();
    runtime.tasks.length = 0;
    const key = metaKey(head.tenant, head.executionId);
    runtime.tables.rows.set(`${key.pk} ${key.sk}`, { ...runtime.tables.row(key.pk, key.sk), run: 2 });
    runtime.onSend = () => ({ kind: "in_doubt", reason: "no answer" });
    await dispatchTask(runtime, { run: runOf(2), task: RUN_START, token: "token-2" });
    await deliver();
    await deliver();
    expect(runtime.record("b")).toMatchObject({ state: "dispatched", run: 2 });
    return { runtime, runOf, deliver };
  }

  it("leave the newer run the token that its machine waits on", async () => {
    const { runtime, deliver } = await nextRun();
    await watch(runtime, "a");
    await deliver();
    runtime.onFind = () => ({ kind: "completed", output: 1 });
    await watch(runtime, "b");
    await deliver();
    expect(runtime.answers).toEqual([{ token: "token-2" }]);
  });

  it("reach the right machine whatever run's token name a message carries", async () => {
    const { runtime, runOf, deliver } = await nextRun();
    const { token = "" } = runtime.record("a") ?? {};
    await dispatchTask(runtime, { run: runOf(2), task: "b", token });
    expect(runtime.record("b")?.token).not.toBe(token);
    runtime.onFind = () => ({ kind: "completed", output: 1 });
    await watch(runtime, "b");
    runtime.tasks.length = 0;
    await dispatchTask(runtime, { run: runOf(2), task: RUN_END, token });
    await deliver();
    expect(runtime.answers).toEqual([{ token: "token-2" }]);
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
