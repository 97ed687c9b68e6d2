import { describe, expect, it } from "vitest";
import { afterSettled } from "../../../../shared/execution/attempt/instances.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { loadAttempt } from "../../../../shared/execution/runtime/load-attempt.ts";
import { type TaskState } from "../../../../shared/execution/task/task-record.ts";
import { hasSettled } from "../../../../shared/execution/task/task-rules.ts";
import { RUN_END } from "../../../../shared/execution/messages.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const once = { max_attempts: 1, backoff: "none" };

/** `a` has ended before the machine of its run asked for it. */
async function endedEarly(runner: "machine" | "graph", state: TaskState): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("a", [], { retry_policy: once }), task("b", ["a"])]));
  const execution = await runtime.submit({ runner });
  await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", state, token: "" }) });
  const attempt = await loadAttempt(runtime, runtime.dispatch("a"));
  if (attempt === undefined || !hasSettled(attempt.record)) throw new Error("the row is not there");
  await afterSettled(runtime, attempt, attempt.record);
  return runtime;
}

const asked = { token: "token-a", seen: 0 };
const run = { runner: "graph" as const };

describe("a task that ends before its machine has asked for it", () => {
  it.each([
    ["machine", "failed"],
    ["machine", "completed"],
    ["graph", "failed"],
    ["graph", "completed"],
  ] as const)("of a %s run sends no answer and starts nothing (%s)", async (runner, state) => {
    const runtime = await endedEarly(runner, state);
    expect(runtime.answers).toEqual([]);
    expect(runtime.tasks).toEqual([]);
  });

  it("answers when the machine asks", async () => {
    const failed = await endedEarly("machine", "failed");
    await dispatchTask(failed, failed.message("a", asked));
    expect(failed.answers).toMatchObject([{ token: "token-a", error: "TaskFailed" }]);
    const done = await endedEarly("graph", "completed");
    const message = done.message("a", asked);
    await dispatchTask(done, { ...message, run: { ...message.run, ...run } });
    expect(done.tasks.map(({ message: { task: id, token } }) => [id, token])).toEqual([["b", "token-a"]]);
  });

  it("lets a look at the end of its run, and a task that its plan does not have, pass without an answer", async () => {
    const runtime = await endedEarly("graph", "completed");
    const execution = runtime.head();
    await saveRow(runtime.executions, execution, { row: taskRow({ task: "b", state: "completed", token: "" }) });
    const message = runtime.message(RUN_END, { token: "" });
    await dispatchTask(runtime, { ...message, run: { ...message.run, ...run } });
    await dispatchTask(runtime, runtime.message("nowhere", { token: "" }));
    expect(runtime.answers).toEqual([]);
  });
});
