import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { settleAttempt } from "../../../../shared/execution/attempt/settle-attempt.ts";
import type { RunRef } from "../../../../shared/execution/messages.ts";
import { loadAttempt } from "../../../../shared/execution/runtime/load-attempt.ts";
import { agentOf, MemoryRuntime, N_SHAPE, planOf, startedRuntime, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

async function settle(runtime: MemoryRuntime, id: string, kind: "completed" | "failed"): Promise<void> {
  runtime.onSend = () => ({ kind: "working", agentTaskId: `remote-${id}` });
  await dispatchTask(runtime, runtime.message(id));
  const attempt = await loadAttempt(runtime, runtime.dispatch(id));
  if (attempt === undefined) throw new Error("no attempt");
  const outcome = kind === "completed"
    ? { kind, output: 1 } as const
    : { kind, failure: { code: "AgentFailed", message: "no" }, retryable: false } as const;
  await settleAttempt(runtime, attempt, outcome);
}

describe("dispatchTask", () => {
  it("has the attempt on record before the agent hears of it, and settles what the agent answers at once", async () => {
    const runtime = await startedRuntime();
    const seen: unknown[] = [];
    runtime.onSend = ({ messageId }) => {
      seen.push({ state: runtime.record("a")?.state, same: runtime.record("a")?.messageId === messageId });
      return { kind: "completed", output: { total: 3 } };
    };
    await dispatchTask(runtime, runtime.message("a"));
    expect(seen).toEqual([{ state: "dispatched", same: true }]);
    expect(runtime.record("a")).toMatchObject({ state: "completed", attempt: 1, output: { json: '{"total":3}' } });
    expect(runtime.answers).toEqual([{ token: "token-a" }]);
    expect(runtime.events()).toEqual(expect.arrayContaining(["agent.task_assigned", "task.completed"]));
  });

  it("leaves no trace of an attempt whose inputs cannot be read, so that the message simply comes again", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await runtime.submit({ input: { key: "T/acme/X/gone.json", bytes: 60_000, sha256: "" } });
    await expect(dispatchTask(runtime, runtime.message("a"))).rejects.toThrow();
    expect(runtime.record("a")).toBeUndefined();
    expect(runtime.sent).toEqual([]);
  });

  it("calls the agent once when the message comes twice, and has the attempt looked at instead", async () => {
    const runtime = await startedRuntime();
    runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
    await dispatchTask(runtime, runtime.message("a"));
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.sent).toHaveLength(1);
    expect(runtime.watches.at(-1)).toEqual({ message: { dispatch: runtime.dispatch("a"), looks: 0 }, delay: 0 });
  });

  it("calls the agent once when two workers get the message at the same moment", async () => {
    const runtime = await startedRuntime();
    runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
    await Promise.all([1, 2, 3, 4].map(() => dispatchTask(runtime, runtime.message("a"))));
    expect(runtime.sent).toHaveLength(1);
  });

  it("answers a newer run's token at once for a task that is settled, even when no agent is left", async () => {
    const runtime = await startedRuntime();
    await dispatchTask(runtime, runtime.message("a"));
    runtime.registry = [];
    await dispatchTask(runtime, runtime.message("a", { token: "token-of-run-2", runNumber: 2 }));
    expect(runtime.answers.at(-1)).toEqual({ token: "token-of-run-2" });
    expect(runtime.tasks).toEqual([]);
  });

  it("binds a newer run's token to an attempt under way", async () => {
    const runtime = await startedRuntime();
    runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
    await dispatchTask(runtime, runtime.message("a"));
    await dispatchTask(runtime, runtime.message("a", { token: "token-of-run-2", runNumber: 2 }));
    expect(runtime.record("a")).toMatchObject({ state: "running", token: "token-of-run-2" });
  });

  it.each(["queued", "parked", "running", "completed"] as const)(
    "leaves a row to the newer run that owns it, although its own head has not heard of that run: %s",
    async (state) => {
      const runtime = await startedRuntime();
      const row = taskRow({ task: "a", state, run: 2, token: "token-of-run-2" });
      await saveRow(runtime.executions, runtime.head(), { row });
      const before = structuredClone([...runtime.tables.rows]);
      await dispatchTask(runtime, runtime.message("a"));
      expect([...runtime.tables.rows]).toEqual(before);
      expect([...runtime.sent, ...runtime.tasks, ...runtime.watches, ...runtime.answers]).toEqual([]);
    },
  );

  it("drops messages of an execution that is over, and of an older run", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await runtime.submit({ run: 2 });
    await dispatchTask(runtime, runtime.message("a", { runNumber: 1 }));
    const over = new MemoryRuntime(planOf([task("a")]));
    await over.submit({ status: "failed" });
    await dispatchTask(over, over.message("a"));
    expect([...runtime.sent, ...over.sent]).toEqual([]);
  });

  it("fails the token of a task that its plan does not have, rather than letting the machine wait for a year", async () => {
    const runtime = await startedRuntime();
    await dispatchTask(runtime, runtime.message("ghost"));
    expect(runtime.answers).toMatchObject([{ token: "token-ghost", error: "TaskFailed" }]);
  });

  it("waits for an agent without asking twice, and goes on when one registers", async () => {
    const runtime = await startedRuntime();
    runtime.registry = [];
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.record("a")).toMatchObject({ state: "queued", attempt: 0 });
    expect(runtime.tasks).toEqual([{ message: { ...runtime.message("a"), seen: 0 }, delay: 5 }]);
    runtime.registry = [agentOf("agent-late")];
    await dispatchTask(runtime, runtime.tasks[0]?.message ?? runtime.message("a"));
    expect(runtime.record("a")).toMatchObject({ state: "completed", attempt: 1, agentId: "agent-late" });
    expect(runtime.events().filter((type) => type === "task.parked")).toHaveLength(1);
  });

  it("does not start a retry before its time", async () => {
    const runtime = await startedRuntime();
    runtime.onSend = () => ({ kind: "failed", failure: { code: "Busy", message: "later" }, retryable: true, retryAfterSeconds: 40 });
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.tasks).toMatchObject([{ delay: 40, message: { seen: 0 } }]);
    runtime.time += 10_000;
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.sent).toHaveLength(1);
    expect(runtime.tasks.at(-1)?.delay).toBe(30);
  });

  it("carries a large fan-in as links once the message is full, inline outputs included", async () => {
    const ids = Array.from({ length: 110 }, (_, index) => `s${index}`);
    const runtime = await startedRuntime([...ids.map((id) => task(id)), task("join", ids)]);
    const json = JSON.stringify("x".repeat(45_000));
    for (const id of ids) {
      runtime.settled.set(runtime.message(id).run, taskRow({ task: id, state: "completed", output: { json } }));
    }
    await dispatchTask(runtime, runtime.message("join"));
    const { data, files } = runtime.sent[0]?.message ?? { data: {}, files: [] };
    expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(4_100_000);
    // 4 000 000 − 20 of the input, by 45 002 each: 88 fit.
    expect(files).toHaveLength(110 - 88);
    expect(files[0]?.url).toMatch(/^https:.*dependencies\/s88-[0-9a-f]{16}\.json\?.*X-Amz-Signature=/);
  });
});

describe("the parking lot", () => {
  it("parks a task until its input settles, then starts it", async () => {
    const runtime = await startedRuntime(N_SHAPE);
    await settle(runtime, "a", "completed");
    await dispatchTask(runtime, runtime.message("d"));
    expect(runtime.parked()).toEqual(["PARK#d on c"]);
    expect(runtime.record("d")).toMatchObject({ state: "parked", attempt: 0 });
    await settle(runtime, "c", "completed");
    expect(runtime.parked()).toEqual([]);
    expect(runtime.tasks).toMatchObject([{ message: { task: "d", seen: 0 }, delay: 0 }]);
    runtime.onSend = () => ({ kind: "completed", output: 1 });
    await dispatchTask(runtime, runtime.tasks[0]?.message ?? runtime.message("d"));
    expect(runtime.record("d")).toMatchObject({ state: "completed", attempt: 1 });
  });

  it("starts a task whose input settled between the look and the parking", async () => {
    const runtime = await startedRuntime(N_SHAPE);
    await settle(runtime, "a", "completed");
    await settle(runtime, "c", "completed");
    runtime.onSend = () => ({ kind: "completed", output: 1 });
    let looks = 0;
    const known = { ...runtime.settled };
    // The first look is a moment too early.
    Object.assign(runtime.settled, { get: (run: RunRef, id: string) => ((looks += 1) === 1 ? undefined : known.get(run, id)) });
    runtime.tables.onSend = (name) => {
      if (name === "BatchGetCommand" && looks === 1) runtime.tables.rows.delete("T#acme#X#exec_0123456789 TASK#c");
    };
    await dispatchTask(runtime, runtime.message("d"));
    expect(runtime.record("d")?.state).toBe("completed");
    expect(runtime.parked()).toEqual([]);
    expect(runtime.sent.map(({ message }) => message.data["task"])).toEqual(["a", "c", "d"]);
  });

  it("neither releases nor starts a task whose input ended the run", async () => {
    const runtime = await startedRuntime(N_SHAPE);
    await settle(runtime, "a", "completed");
    await dispatchTask(runtime, runtime.message("d"));
    await settle(runtime, "c", "failed");
    expect(runtime.answers.at(-1)).toMatchObject({ token: "token-c", error: "TaskFailed" });
    expect(runtime.tasks).toEqual([]);
    await dispatchTask(runtime, runtime.message("d"));
    expect(runtime.sent.map(({ message }) => message.data["task"])).toEqual(["a", "c"]);
  });

  it("does not start a task whose input was recalled", async () => {
    const runtime = await startedRuntime(N_SHAPE);
    await settle(runtime, "a", "completed");
    runtime.settled.set(runtime.message("c").run, taskRow({ task: "c", state: "cancelled" }));
    await dispatchTask(runtime, runtime.message("d"));
    expect(runtime.record("d")).toBeUndefined();
  });

  it("starts a task whose input failed tolerably, with nothing in its place", async () => {
    const runtime = await startedRuntime([task("a"), task("c", [], { on_failure: "continue" }), task("b", ["a"]), task("d", ["a", "c"])]);
    await settle(runtime, "a", "completed");
    await settle(runtime, "c", "failed");
    expect(runtime.answers.at(-1)).toEqual({ token: "token-c" });
    await dispatchTask(runtime, runtime.message("d"));
    expect(runtime.sent.at(-1)?.message.data).toMatchObject({ dependencies: { a: 1, c: null } });
  });
});
