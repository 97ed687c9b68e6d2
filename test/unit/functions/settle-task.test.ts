import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { settleTask } from "../../../functions/settle-task/settle-task.ts";
import { TaskRecord } from "../../../shared/execution/task/task-record.ts";
import { isoNow } from "../../../shared/execution/runtime/clock.ts";
import { commitTransition } from "../../../shared/execution/store/execution-store.ts";
import { started } from "../../../shared/execution/task/attempt-transitions.ts";
import { cancelled } from "../../../shared/execution/task/steering-transitions.ts";
import { MemoryRuntime, planOf, startedRuntime, task } from "../../fixtures/runtime/memory-runtime.ts";

async function running(): Promise<MemoryRuntime> {
  const runtime = await startedRuntime();
  runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
  await dispatchTask(runtime, runtime.message("a"));
  runtime.watches.length = 0;
  return runtime;
}

async function inDoubt(): Promise<MemoryRuntime> {
  const runtime = await startedRuntime();
  runtime.onSend = () => ({ kind: "in_doubt", reason: "no answer" });
  await dispatchTask(runtime, runtime.message("a"));
  return runtime;
}

describe("settleTask", () => {
  it("settles by the task id a push names when the answer to the send was lost", async () => {
    const runtime = await inDoubt();
    const asked: string[] = [];
    runtime.onGet = (id) => (asked.push(id), { kind: "completed", output: 7 });
    await settleTask(runtime, { dispatch: runtime.dispatch("a"), agentTaskId: "remote-5" });
    expect(asked).toEqual(["remote-5"]);
    expect(runtime.record("a")?.state).toBe("completed");
  });

  it("looks a second later when a push names no task and the send is unanswered", async () => {
    const runtime = await inDoubt();
    runtime.watches.length = 0;
    await settleTask(runtime, { dispatch: runtime.dispatch("a") });
    expect(runtime.watches).toEqual([{ message: { dispatch: runtime.dispatch("a"), looks: 0 }, delay: 1 }]);
  });

  it("looks again soon when the news of a question met the answer to the send", async () => {
    const runtime = await startedRuntime();
    runtime.onSend = () => ({ kind: "in_doubt", reason: "not yet" });
    await dispatchTask(runtime, runtime.message("a"));
    runtime.watches.length = 0;
    runtime.onGet = async () => {
      // The send was answered while the agent was asked.
      const record = runtime.record("a");
      if (record?.state !== "dispatched") throw new Error("it is not with the agent");
      const heard = { heard: { agentTaskId: "remote-1" }, at: isoNow(runtime), deadlineAt: record.deadlineAt };
      await commitTransition(runtime.executions, { head: runtime.head(), transition: started(record, heard) });
      return { kind: "input_required", agentTaskId: "remote-1", question: "which?" };
    };
    await settleTask(runtime, { dispatch: runtime.dispatch("a"), agentTaskId: "remote-1" });
    expect(runtime.watches.at(-1)).toEqual({ message: { dispatch: runtime.dispatch("a"), looks: 0, once: true }, delay: 1 });
  });

  it("drops a push for an attempt that is over", async () => {
    const runtime = await running();
    await settleTask(runtime, { dispatch: runtime.dispatch("a", 2) });
    expect(runtime.record("a")).toMatchObject({ state: "running", attempt: 1 });
  });

  it("answers the token that a newer run bound while the result was on its way", async () => {
    const runtime = await running();
    runtime.onGet = async () => {
      await dispatchTask(runtime, runtime.message("a", { token: "token-of-run-2", runNumber: 2 }));
      return { kind: "completed", output: 1 };
    };
    await settleTask(runtime, { dispatch: runtime.dispatch("a") });
    expect(runtime.answers).toEqual([{ token: "token-of-run-2" }]);
  });

  it.each([
    { code: "AgentRejected", isAgentFault: false },
    { code: "AgentFailed", isAgentFault: false },
    { code: "AgentUnavailable", isAgentFault: true },
  ])("tells the agent's breaker that $code speaks of the agent: $isAgentFault", async ({ code, isAgentFault }) => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "failed", failure: { code, message: "no" }, retryable: false });
    await settleTask(runtime, { dispatch: runtime.dispatch("a") });
    expect(runtime.reports).toMatchObject([{ agentId: "agent-one", ok: false, isAgentFault }]);
  });

  it("tells the agent's breaker of a success, which is nobody's fault", async () => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "completed", output: 1 });
    await settleTask(runtime, { dispatch: runtime.dispatch("a") });
    expect(runtime.reports).toMatchObject([{ agentId: "agent-one", ok: true, isAgentFault: false }]);
  });

  it("keeps an agent's endless reason short enough for rows, events and causes", async () => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "failed", failure: { code: "AgentFailed", message: "\u0001".repeat(100_000) }, retryable: false });
    await settleTask(runtime, { dispatch: runtime.dispatch("a") });
    expect(runtime.record("a")?.failure?.message).toHaveLength(2000);
    expect(runtime.answers[0]?.cause?.length).toBeLessThan(32_768);
  });

  it("forgets the failure of an earlier attempt when a later one succeeds", async () => {
    const runtime = await startedRuntime();
    const outcomes = [
      { kind: "failed", failure: { code: "Busy", message: "later" }, retryable: true } as const,
      { kind: "completed", output: 1 } as const,
    ];
    runtime.onSend = () => outcomes.shift() ?? { kind: "in_doubt", reason: "" };
    await dispatchTask(runtime, runtime.message("a"));
    await dispatchTask(runtime, runtime.tasks[0]?.message ?? runtime.message("a"));
    expect(runtime.record("a")).toMatchObject({ state: "completed", attempt: 2 });
    expect(runtime.record("a")?.failure).toBeUndefined();
  });

  it("records a result that contradicts what the task already is, and applies nothing", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await runtime.submit();
    runtime.onSend = async () => {
      const row = runtime.tables.row("T#acme#X#exec_0123456789", "TASK#a");
      if (row !== undefined) runtime.tables.rows.set("T#acme#X#exec_0123456789 TASK#a", { ...row, ...cancelled(TaskRecord.parse(row), new Date(runtime.time).toISOString()).row });
      return { kind: "completed", output: 1 };
    };
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.record("a")?.state).toBe("cancelled");
    expect(runtime.answers).toEqual([]);
    expect(runtime.events()).toContain("task.result_ignored");
  });
});
