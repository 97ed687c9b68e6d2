import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import type { AttemptOutcome } from "../../../../shared/agents/calls/agent-calls.ts";
import { applyOutcome } from "../../../../shared/execution/attempt/send-attempt.ts";
import { holdSend } from "../../../../shared/execution/attempt/hold-send.ts";
import { loadAttempt } from "../../../../shared/execution/runtime/load-attempt.ts";
import { isAtWork } from "../../../../shared/execution/task/task-rules.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { moveElsewhere, type RowFields } from "../../../fixtures/runtime/task-rows.ts";
import { agentOf, MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const failed = (code: string): Extract<AttemptOutcome, { kind: "failed" }> => ({ kind: "failed", failure: { code, message: "no" }, retryable: true });
const NAMED = { agentTaskId: "remote-1" };

/** Everything that can be heard of an attempt. */
const HEARD: Readonly<Record<string, AttemptOutcome>> = {
  working: { kind: "working", ...NAMED },
  "a question": { kind: "input_required", ...NAMED, question: "?" },
  "an answer": { kind: "completed", output: 1, ...NAMED },
  "a failure": failed("AgentFailed"),
  "a message turned away": { ...failed("AgentThrottled"), isThrottled: true },
  doubt: { kind: "in_doubt", reason: "no reply" },
};

/** How the attempt left its agent's hands by other news. */
const OVER: Readonly<Record<string, RowFields>> = {
  "the next attempt is at work": { state: "running", attempt: 2, agentTaskId: "remote-2" },
  "the next attempt was sent": { state: "dispatched", attempt: 2, messageId: "second" },
  "it was answered": { state: "completed", output: { json: "2" } },
  "it was cancelled": { state: "cancelled" },
  "it waits for its next attempt": { state: "queued", attempt: 1, notBefore: "2026-11-21T10:05:00.000Z" },
  "it waits for an operator": { state: "parked", reason: "operator", failure: { code: "AgentFailed", message: "no" } },
};

/** A task whose attempt was sent, and nobody knows what came of it. */
async function sent(before: RowFields = {}) {
  const runtime = new MemoryRuntime(planOf([task("a")]));
  await runtime.submit();
  runtime.onSend = () => ({ kind: "in_doubt", reason: "nobody knows" });
  await dispatchTask(runtime, runtime.message("a"));
  moveElsewhere(runtime, "a", before);
  runtime.watches.length = 0;
  const attempt = await loadAttempt(runtime, runtime.dispatch("a"));
  if (attempt === undefined || !isAtWork(attempt.record)) throw new Error("no attempt at work");
  return { runtime, attempt: { ...attempt, record: attempt.record } };
}

/** Something is heard of the attempt, while its row becomes this. */
async function heard(outcome: AttemptOutcome, change: RowFields | undefined, before: RowFields = {}): Promise<MemoryRuntime> {
  const { runtime, attempt } = await sent(before);
  if (change !== undefined) meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", change));
  await applyOutcome(runtime, attempt, { agent: agentOf("agent-one", { limit_group: "provider" }), outcome });
  return runtime;
}

describe.each(Object.entries(OVER))("of an attempt of which nothing is wanted any more, because %s,", (_, change) => {
  it.each(Object.entries(HEARD))("hearing of %s changes nothing", async (__, outcome) => {
    const runtime = await heard(outcome, change);
    expect(runtime.record("a")).toMatchObject({ move: 4, ...change });
    expect(runtime.reports).toEqual([]);
  });

  it("an agent that is heard to work on it is told to stop", async () => {
    expect((await heard({ kind: "working", agentTaskId: "remote-1" }, change)).cancelled).toEqual(["remote-1"]);
  });
});

describe("of an attempt that moved in its agent's hands", () => {
  const moved: RowFields = { state: "running", agentTaskId: "remote-1", token: "token-of-a-newer-machine" };

  it("an agent that is heard to work goes on, and the row is as the other news had it", async () => {
    const runtime = await heard({ kind: "working", agentTaskId: "remote-1" }, moved);
    expect(runtime.cancelled).toEqual([]);
    expect(runtime.record("a")).toMatchObject({ ...moved, move: 4 });
  });

  it("a question is asked for again soon", async () => {
    const runtime = await heard({ kind: "input_required", agentTaskId: "remote-1", question: "?" }, moved);
    expect(runtime.watches.at(-1)).toEqual({ message: { dispatch: runtime.dispatch("a"), looks: 0, once: true }, delay: 1 });
  });

  it.each([
    { what: "an answer", outcome: { kind: "completed", output: 1 } as const, becomes: { state: "completed", output: { json: "1" } } },
    { what: "a failure", outcome: failed("AgentFailed"), becomes: { state: "queued", attempt: 1 } },
  ])("$what counts for the row as it is, and is told of once", async ({ outcome, becomes }) => {
    const runtime = await heard(outcome, moved);
    expect(runtime.record("a")).toMatchObject({ ...becomes, token: "token-of-a-newer-machine", move: 5 });
    expect(runtime.reports).toHaveLength(1);
  });
});

describe("a send that is waited for", () => {
  /** Whether it is hung up when it is looked at, while its row is this. */
  async function isHungUp(change: RowFields): Promise<boolean | undefined> {
    const { runtime, attempt } = await sent();
    const [first] = runtime.sent;
    if (first === undefined) throw new Error("nothing was sent");
    let signal: AbortSignal | undefined;
    runtime.onSend = async (_, __, patience) => {
      ({ signal } = patience ?? {});
      moveElsewhere(runtime, "a", change);
      for (const fire of runtime.timers) await fire();
      return { kind: "in_doubt", reason: "it took long" };
    };
    await holdSend(runtime, attempt, { agent: agentOf("agent-one"), message: first.message });
    return signal?.aborted;
  }

  it("stays open while the attempt is in its agent's hands", async () => {
    expect(await isHungUp({})).toBe(false);
    expect(await isHungUp({ state: "running", agentTaskId: "remote-1" })).toBe(false);
  });

  it.each(Object.entries(OVER))("is hung up when %s", async (_, change) => {
    expect(await isHungUp(change)).toBe(true);
  });
});

describe("a send that is answered after its attempt was over", () => {
  async function answered(outcome: AttemptOutcome, change: RowFields): Promise<MemoryRuntime> {
    const { runtime, attempt } = await sent();
    const [first] = runtime.sent;
    if (first === undefined) throw new Error("nothing was sent");
    runtime.onSend = () => {
      moveElsewhere(runtime, "a", change);
      return outcome;
    };
    await holdSend(runtime, attempt, { agent: agentOf("agent-one"), message: first.message });
    return runtime;
  }
  const ignored = (runtime: MemoryRuntime): readonly unknown[] => runtime.events().filter((type) => type === "task.result_ignored");

  it.each(Object.entries(OVER))("with work that goes on has it called off, when %s", async (_, change) => {
    for (const name of ["working", "a question"]) {
      const runtime = await answered(HEARD[name] ?? failed("?"), change);
      expect(runtime.cancelled).toEqual(["remote-1"]);
      expect(runtime.record("a")).toMatchObject(change);
    }
  });

  it("with a result is on record as coming too late, and called off nowhere", async () => {
    for (const outcome of [{ kind: "completed", output: 1 } as const, failed("AgentFailed")]) {
      const runtime = await answered(outcome, { state: "cancelled" });
      expect(ignored(runtime)).toHaveLength(1);
      expect(runtime.cancelled).toEqual([]);
      expect(runtime.record("a")?.state).toBe("cancelled");
    }
  });

  it("with what the task has ended with already is no news", async () => {
    expect(ignored(await answered({ kind: "completed", output: 1 }, { state: "completed", output: { json: "2" } }))).toEqual([]);
  });

  it("without a word calls nothing off", async () => {
    expect((await answered({ kind: "in_doubt", reason: "cut" }, { state: "cancelled" })).cancelled).toEqual([]);
  });
});

describe("an agent that is told to slow down", () => {
  const throttled: AttemptOutcome = { ...failed("AgentThrottled"), isThrottled: true, retryAfterSeconds: 30 };

  it("gets the same attempt again when it turned its message away", async () => {
    const runtime = await heard(throttled, undefined);
    expect(runtime.record("a")).toMatchObject({ state: "queued", attempt: 0 });
    expect(runtime.tasks.at(-1)).toMatchObject({ message: { task: "a" }, delay: 30 });
    expect(runtime.reports).toEqual([]);
  });

  it("has accepted the attempt after all when other news says so first", async () => {
    const accepted: RowFields = { state: "running", agentTaskId: "remote-1" };
    const runtime = await heard(throttled, accepted);
    expect(runtime.record("a")).toMatchObject({ ...accepted, move: 4 });
    expect(runtime.reports).toEqual([]);
  });

  it("has failed like any other when it had begun to work", async () => {
    const runtime = await heard(throttled, undefined, { state: "running", agentTaskId: "remote-1" });
    expect(runtime.record("a")).toMatchObject({ state: "queued", attempt: 1, failure: { code: "AgentThrottled" } });
    expect(runtime.reports).toMatchObject([{ ok: false }]);
  });
});
