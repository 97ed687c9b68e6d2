import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { resendAttempt } from "../../../../shared/execution/attempt/resend-attempt.ts";
import { loadAttempt } from "../../../../shared/execution/runtime/load-attempt.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { agentOf, startedRuntime } from "../../../fixtures/runtime/memory-runtime.ts";
import { moveElsewhere } from "../../../fixtures/runtime/task-rows.ts";

/** An attempt that was sent, and of which nobody knows whether it arrived, goes out again. */
async function resent({ base, isMoved = false }: { base: string | undefined; isMoved?: boolean }) {
  const runtime = await startedRuntime();
  runtime.onSend = () => ({ kind: "in_doubt", reason: "no reply" });
  await dispatchTask(runtime, runtime.message("a"));
  // It is not known how it answers: with a task to be pushed of, or only when it is done.
  const agent = agentOf("agent-one", { blocking: undefined, supports_push: true });
  runtime.pushBaseUrl = base;
  const attempt = await loadAttempt(runtime, runtime.dispatch("a"));
  if (attempt?.record.state !== "dispatched") throw new Error("it is not dispatched");
  if (isMoved) meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", {}));
  await resendAttempt(runtime, { ...attempt, record: attempt.record }, agent);
  return runtime;
}

describe("a message that goes out again", () => {
  it("is sent at once to an agent that can push, without asking for pushes under another secret", async () => {
    const { sent, awaits } = await resent({ base: "https://api.test" });
    expect(sent).toHaveLength(2);
    expect(sent[1]?.message.messageId).toBe(sent[0]?.message.messageId);
    expect(sent[1]?.message.push).toBeUndefined();
    expect(awaits).toEqual([]);
  });

  it("is left to the function that may wait where there is nothing to push to", async () => {
    const { sent, awaits } = await resent({ base: undefined });
    expect([sent.length, awaits.length]).toEqual([1, 1]);
  });

  it("is sent by one of several who want to", async () => {
    const { sent, awaits } = await resent({ base: "https://api.test", isMoved: true });
    expect([sent.length, awaits.length]).toEqual([1, 0]);
  });
});
