import { describe, expect, it } from "vitest";
import type { AttemptOutcome } from "../../../../shared/agents/calls/agent-calls.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { viewWaiting } from "../../../../shared/execution/views/waiting.ts";
import { agentOf, MemoryRuntime, planOf, START, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { moveElsewhere } from "../../../fixtures/runtime/task-rows.ts";

const SLOW_DOWN: AttemptOutcome = { kind: "failed", failure: { code: "AgentRefused", message: "HTTP 429: slow down" }, retryable: true, retryAfterSeconds: 20, isThrottled: true };
const DONE: AttemptOutcome = { kind: "completed", output: { ok: true } };

/** A run of one task, tried once, whose agent says this, one after the other. */
async function worldOf(said: readonly AttemptOutcome[], more: object = { limit_group: "provider" }) {
  const runtime = new MemoryRuntime(planOf([task("a", [], { retry_policy: { max_attempts: 1 } })]));
  runtime.registry = [agentOf("agent-one", more)];
  const answers = [...said];
  runtime.onSend = () => answers.shift() ?? DONE;
  await runtime.submit();
  await dispatchTask(runtime, runtime.message("a"));
  return runtime;
}

/** Delivers the one message that is under way when its time has come. */
async function deliver(runtime: MemoryRuntime): Promise<void> {
  for (const { message, delay } of runtime.tasks.splice(0)) {
    runtime.time += delay * 1000;
    await dispatchTask(runtime, message);
  }
}

describe("a message that is turned away for a limit", () => {
  it("waits for its group, with the reason and the time, and no breaker hears of it", async () => {
    const runtime = await worldOf([SLOW_DOWN]);
    const record = runtime.record("a");
    expect(record).toMatchObject({ state: "queued", attempt: 0, wait: { reason: "limit", until: new Date(START + 20_000).toISOString() } });
    expect(record && viewWaiting(record)).toEqual({ reason: "limit", until: new Date(START + 20_000).toISOString() });
    expect(runtime.reports).toEqual([]);
    expect(runtime.events().slice(1)).toEqual(["agent.task_assigned", "task.parked"]);
    expect(runtime.tasks.map(({ delay }) => delay)).toEqual([20]);
  });

  it("goes out again as the same attempt, under the same message id, however often", async () => {
    const runtime = await worldOf([SLOW_DOWN, SLOW_DOWN, SLOW_DOWN]);
    for (let turn = 0; turn < 3; turn += 1) await deliver(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "completed", attempt: 1 });
    expect(runtime.sent).toHaveLength(4);
    expect(new Set(runtime.sent.map(({ message }) => message.messageId)).size).toBe(1);
    expect(runtime.reports).toMatchObject([{ ok: true }]);
  });

  it("is a failed attempt where the agent is in no group", async () => {
    const runtime = await worldOf([SLOW_DOWN], {});
    expect(runtime.record("a")).toMatchObject({ state: "failed", attempt: 1, failure: { code: "AgentRefused" } });
    expect(runtime.reports).toMatchObject([{ ok: false, isAgentFault: true }]);
  });

  it("is left to whoever moved the row in that moment", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    runtime.registry = [agentOf("agent-one", { limit_group: "provider" })];
    runtime.onSend = () => {
      meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", { state: "cancelled" }));
      return SLOW_DOWN;
    };
    await runtime.submit();
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.record("a")).toMatchObject({ state: "cancelled" });
    expect(runtime.tasks).toEqual([]);
  });

  it("is queued behind those that wait for a turn: their rows say when it comes", async () => {
    const waiting = new MemoryRuntime(planOf([task("a")]));
    Object.assign(waiting.pool, { assign: async () => ({ reason: "limit", retrySeconds: 7 }) });
    await waiting.submit();
    await dispatchTask(waiting, waiting.message("a"));
    expect(waiting.record("a")).toMatchObject({ state: "queued", wait: { reason: "limit", until: new Date(START + 7000).toISOString() } });
    waiting.time += 7000;
    await dispatchTask(waiting, waiting.message("a", { seen: 0 }));
    expect(waiting.record("a")).toMatchObject({ wait: { reason: "limit", until: new Date(START + 14_000).toISOString() } });
    expect(waiting.events().slice(1)).toEqual(["task.parked"]);
  });
});
