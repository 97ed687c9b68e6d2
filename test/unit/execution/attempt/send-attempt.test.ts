import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import type { AttemptOutcome } from "../../../../shared/agents/calls/agent-calls.ts";
import { applyOutcome } from "../../../../shared/execution/attempt/send-attempt.ts";
import { loadAttempt } from "../../../../shared/execution/runtime/load-attempt.ts";
import { type TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { isAtWork } from "../../../../shared/execution/task/task-rules.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { agentOf, MemoryRuntime, planOf, startedRuntime, task } from "../../../fixtures/runtime/memory-runtime.ts";

const row = (more: RowFields): TaskRecord => taskRow({ task: "a", state: "queued", token: "token-a", ...more });

/** What the agent is sent for a task whose role names no skill. */
async function sentOf(more: object, record?: RowFields): Promise<Record<string, unknown>> {
  const agents = { worker: { type: "worker", agent_id: "agent-one" } };
  const runtime = new MemoryRuntime(planOf([task("a", [], more)], { agents }));
  await runtime.submit();
  if (record !== undefined) await saveRow(runtime.executions, runtime.head(), { row: row(record) });
  await dispatchTask(runtime, runtime.message("a", record === undefined ? {} : { seen: 0 }));
  return { ...runtime.sent[0]?.message.data, metadata: runtime.sent[0]?.message.metadata };
}

describe("what an agent gets", () => {
  it("names skill and description where there are any", async () => {
    const bare = await sentOf({});
    for (const name of ["description", "skill", "previous", "approval", "event", "item", "index"]) expect(bare).not.toHaveProperty(name);
    expect(bare["metadata"]).toEqual({ workflow_id: "drawn", execution_id: "exec_0123456789", task_id: "a", attempt: 1, trace_id: "trace_1" });
    const full = await sentOf({ skill: "work", description: "does it" });
    expect(full).toMatchObject({ skill: "work", description: "does it", metadata: { skill: "work" } });
  });

  const failure = { code: "Busy", message: "later" };
  it("says what earlier attempts came to", async () => {
    const given = await sentOf({}, { attempt: 1, failure, triedAgents: ["agent-old"] });
    expect(given["previous"]).toEqual({ attempts: 1, agents: ["agent-old"], failure });
  });

  it.each([
    { what: "there was none", record: { attempt: 0, failure } },
    { what: "it is not known how it went", record: { attempt: 2 } },
  ])("says nothing of earlier attempts when $what", async ({ record }) => {
    expect(await sentOf({}, record)).not.toHaveProperty("previous");
  });

  it("has where to push only when its agent pushes and there is somewhere to push to", async () => {
    const pushOf = async (supports_push: boolean, base: string | undefined) => {
      const runtime = await startedRuntime();
      runtime.registry = [agentOf("agent-one", { supports_push })];
      runtime.pushBaseUrl = base;
      await dispatchTask(runtime, runtime.message("a"));
      return runtime.sent[0]?.message.push !== undefined;
    };
    expect([await pushOf(true, "https://api.test"), await pushOf(true, undefined), await pushOf(false, "https://api.test")]).toEqual([true, false, false]);
  });

  it("has an input that fits exactly inside the message", async () => {
    const fits = async (bytes: number) => {
      const runtime = new MemoryRuntime(planOf([task("a")]));
      const json = JSON.stringify("x".repeat(bytes - 2));
      runtime.bucket.objects.set("big", json);
      await runtime.submit({ input: { key: "big", bytes, sha256: "0" } });
      await dispatchTask(runtime, runtime.message("a"));
      return runtime.sent[0]?.message.files.length;
    };
    expect([await fits(4_000_000), await fits(4_000_001)]).toEqual([0, 1]);
  });
});

describe("the start of an agent's work", () => {
  const working = { kind: "working", agentTaskId: "remote-1" } as const;
  async function running(): Promise<MemoryRuntime> {
    const runtime = await startedRuntime();
    runtime.onSend = () => working;
    await dispatchTask(runtime, runtime.message("a"));
    runtime.time += 1000;
    return runtime;
  }
  /** The agent says so of the attempt as it is. */
  async function hear(runtime: MemoryRuntime, outcome: AttemptOutcome): Promise<void> {
    const attempt = await loadAttempt(runtime, runtime.dispatch("a"));
    if (attempt === undefined || !isAtWork(attempt.record)) throw new Error("no attempt at work");
    await applyOutcome(runtime, { ...attempt, record: attempt.record }, { agent: agentOf("agent-one"), outcome });
  }
  const starts = (runtime: MemoryRuntime) =>
    eventsIn(runtime.tables.changes).flatMap(({ type, event_id: id, facts }) => (type === "agent.task_started" ? [[id, facts]] : []));

  it("is told once, however often it is heard of", async () => {
    const runtime = await running();
    runtime.onGet = () => working;
    await settleTask(runtime, { dispatch: runtime.dispatch("a"), agentTaskId: "remote-1" });
    expect(starts(runtime)).toEqual([["a.2.started", { task_id: "a", attempt: 1, agent_id: "agent-one", agent_task_id: "remote-1" }]]);
    expect(runtime.record("a")?.move).toBe(2);
  });

  it("is told as going on after a question", async () => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "input_required", agentTaskId: "remote-1", question: "?" });
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 });
    runtime.time += 1000;
    runtime.onGet = () => working;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 1 });
    expect(starts(runtime).map(([id]) => id)).toEqual(["a.2.started", "a.4.started"]);
  });

  it("does not become a question twice", async () => {
    const runtime = await running();
    const ask = async (agentTaskId: string) => {
      runtime.time += 1000;
      runtime.onGet = () => ({ kind: "input_required", agentTaskId, question: agentTaskId });
      await settleTask(runtime, { dispatch: runtime.dispatch("a"), agentTaskId });
    };
    await ask("remote-1");
    await ask("remote-1");
    expect(runtime.events().filter((type) => type === "task.input_required")).toHaveLength(1);
  });

  it("is on record once, and anew when the agent works as another of its tasks, however it is heard", async () => {
    const runtime = await running();
    const work = async (agentTaskId: string): Promise<number | undefined> => {
      await hear(runtime, { kind: "working", agentTaskId });
      return runtime.record("a")?.move;
    };
    expect([await work("remote-1"), await work("remote-2")]).toEqual([2, 3]);
    expect(runtime.record("a")).toMatchObject({ state: "running", agentTaskId: "remote-2" });
  });

  it("becomes another question when the agent asks as another of its tasks, however it is heard", async () => {
    const runtime = await running();
    const ask = async (agentTaskId: string): Promise<number | undefined> => {
      await hear(runtime, { kind: "input_required", agentTaskId, question: agentTaskId });
      return runtime.record("a")?.move;
    };
    expect([await ask("remote-1"), await ask("remote-1"), await ask("remote-2")]).toEqual([3, 3, 4]);
    expect(runtime.record("a")).toMatchObject({ state: "input_required", agentTaskId: "remote-2", question: { json: '"remote-2"' } });
  });

  it("has the attempt looked at soon when nothing can be pushed to", async () => {
    const runtime = await startedRuntime();
    runtime.registry = [agentOf("agent-one", { supports_push: true })];
    runtime.onSend = () => working;
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.watches.at(-1)?.delay).toBe(1);
  });
});
