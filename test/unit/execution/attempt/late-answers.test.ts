import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { loadAttempt } from "../../../../shared/execution/runtime/load-attempt.ts";
import { settleAttempt } from "../../../../shared/execution/attempt/settle-attempt.ts";
import { cancelOpenTasks } from "../../../../shared/execution/attempt/cancel-open-tasks.ts";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { moveElsewhere, type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { EXECUTION, MemoryRuntime, planOf, startedRuntime, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { drain, startGraphRun } from "../../functions/memory-run.ts";

const PK = `T#${TENANT}#X#${EXECUTION}`;
const DONE = { kind: "completed", output: 1 } as const;

async function running(more: object = {}): Promise<MemoryRuntime> {
  const runtime = await startedRuntime([task("a", [], more)]);
  runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
  await dispatchTask(runtime, runtime.message("a"));
  return runtime;
}

/** The agent's answer, on whose way the row changes. */
async function answered(change: RowFields, outcome: Awaited<ReturnType<MemoryRuntime["onGet"]>> = DONE): Promise<MemoryRuntime> {
  const runtime = await running();
  runtime.onGet = () => (moveElsewhere(runtime, "a", change), outcome);
  await settleTask(runtime, { dispatch: runtime.dispatch("a"), agentTaskId: "remote-1" });
  return runtime;
}

describe("an answer that comes late", () => {
  it("to another attempt than the one that is under way changes nothing", async () => {
    const runtime = await running();
    runtime.onGet = () => DONE;
    await settleTask(runtime, { dispatch: runtime.dispatch("a", 2) });
    await watchTask(runtime, { dispatch: runtime.dispatch("a", 2), looks: 0 });
    expect(runtime.record("a")).toMatchObject({ state: "running", attempt: 1 });
  });

  it("does not end the next attempt, which began on its way", async () => {
    const runtime = await answered({ attempt: 2, token: "token-2" });
    expect(runtime.record("a")).toMatchObject({ state: "running", attempt: 2 });
    expect(runtime.answers).toEqual([]);
  });

  it("does not conclude a task that waits for its next attempt by then", async () => {
    const runtime = await answered({ state: "queued" });
    expect(runtime.record("a")?.state).toBe("queued");
    expect(runtime.answers).toEqual([]);
    expect(runtime.events()).not.toContain("task.result_ignored");
  });

  it("says what everybody knows: nothing is ignored, and what follows is carried out", async () => {
    const runtime = await answered({ state: "completed", output: { json: "1" } });
    expect(runtime.events()).not.toContain("task.result_ignored");
    expect(runtime.answers).toEqual([{ token: "token-a" }]);
  });

  it("is ignored on record when the task ended otherwise", async () => {
    const runtime = await answered({ state: "failed" });
    expect(runtime.events()).toContain("task.result_ignored");
    expect(runtime.record("a")?.state).toBe("failed");
  });

  it("is believed for what it says when it is a failure of the agent's own, though its time is up", async () => {
    const runtime = await running();
    runtime.time += 60_000;
    runtime.onGet = () => ({ kind: "failed", failure: { code: "AgentFailed", message: "no" }, retryable: false });
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 });
    expect(runtime.record("a")).toMatchObject({ state: "failed", failure: { code: "AgentFailed" } });
  });

  it("ends a task that waited for an answer of ours", async () => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "input_required", agentTaskId: "remote-1", question: "?" });
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 });
    runtime.onGet = () => DONE;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 1 });
    expect(runtime.record("a")).toMatchObject({ state: "completed", output: { json: "1" } });
    expect(runtime.record("a")?.question).toBeUndefined();
  });

  it.each([
    { state: "completed", isIgnored: false },
    { state: "failed", isIgnored: true },
    { state: "skipped", isIgnored: true },
  ] as const)("is recorded as ignored by a task that is $state: $isIgnored; what follows is carried out", async ({ state, isIgnored }) => {
    const runtime = await startedRuntime();
    await saveRow(runtime.executions, runtime.head(), { row: taskRow({ task: "a", state, token: "token-a", agentId: "agent-one" }) });
    const attempt = await loadAttempt(runtime, runtime.dispatch("a"));
    if (attempt !== undefined) await settleAttempt(runtime, attempt, DONE);
    expect(runtime.events().includes("task.result_ignored")).toBe(isIgnored);
    expect(runtime.answers).toHaveLength(1);
  });

  it("has the run go on that took the task over on its way", async () => {
    const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"])]));
    runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
    await startGraphRun(runtime);
    await drain(runtime);
    runtime.onGet = () => {
      moveElsewhere(runtime, "a", { run: 2, token: "token-of-run-2" });
      runtime.tables.rows.set(`${PK} META`, { ...runtime.tables.row(PK, "META"), run: 2 });
      return DONE;
    };
    await settleTask(runtime, { dispatch: runtime.dispatch("a") });
    expect(runtime.tasks.map(({ message }) => [message.task, message.run.run, message.token])).toContainEqual(["b", 2, "token-of-run-2"]);
  });
});

describe("many agents that are called back", () => {
  it("are called some at a time", async () => {
    const runtime = await startedRuntime();
    for (let index = 0; index < 70; index += 1) {
      const row = taskRow({ task: `t${index}`, state: "running", agentId: "agent-one", agentTaskId: `remote-${index}` });
      await saveRow(runtime.executions, runtime.head(), { row });
    }
    let [now, most] = [0, 0];
    const cancel = async (): Promise<undefined> => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return undefined;
    };
    const { executions, agent, now: clock } = runtime;
    await cancelOpenTasks({ executions, agent, now: clock, calls: { cancel } }, runtime.head());
    expect(most).toBe(32);
  });
});

describe("a task's input", () => {
  const inputOf = async (json: string, more: object = {}): Promise<unknown> => {
    const runtime = new MemoryRuntime(planOf([task("a", [], more)]));
    await runtime.submit({ input: { json } });
    await dispatchTask(runtime, runtime.message("a"));
    return runtime.sent[0]?.message.data["input"];
  };

  it.each(['{"x":1}', "[1,2]", '"text"', "7", "null"])("is the execution's when it has nothing of its own: %s", async (json) => {
    expect(await inputOf(json)).toEqual(JSON.parse(json));
  });

  it.each(["[1,2]", '"text"', "7", "null"])("takes the place of one that has no fields: %s", async (json) => {
    expect(await inputOf(json, { input: { y: 2 } })).toEqual({ y: 2 });
  });

  it("is laid over one that has", async () => {
    expect(await inputOf('{"x":1,"y":1}', { input: { y: 2 } })).toEqual({ x: 1, y: 2 });
  });
});
