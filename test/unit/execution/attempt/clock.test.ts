import { describe, expect, it } from "vitest";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { pauseExecution, resumeExecution } from "../../../../shared/execution/control/control-execution.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { watchExecution, watchExecutionLater } from "../../../../shared/execution/run/watch-execution.ts";
import { headRow } from "../../../fixtures/runtime/head-rows.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { controlOf } from "../../../fixtures/runtime/memory-control.ts";
import { agentOf, EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const once = { max_attempts: 1, backoff: "none" };
const by = { tenant: TENANT, execution: EXECUTION, by: "ann" };
const iso = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

async function sent(more: object = {}, outcome: "working" | "in_doubt" = "working"): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("a", [], { timeout: 10, retry_policy: once, ...more })]));
  runtime.onGet = () => ({ kind: "working", agentTaskId: "remote" });
  runtime.onSend = () => (outcome === "working" ? { kind: "working", agentTaskId: "remote" } : { kind: "in_doubt", reason: "no answer" });
  await runtime.submit({ startedAt: iso(0), executionTimeoutSeconds: 600 });
  await dispatchTask(runtime, runtime.message("a"));
  return runtime;
}

const look = (runtime: MemoryRuntime): Promise<void> => watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 });

describe("an attempt's clock", () => {
  it("says of a send in doubt why nothing happens and until when, and ends at the deadline", async () => {
    const runtime = await sent({ timeout: 5 }, "in_doubt");
    const told = eventsIn(runtime.tables.changes).find(({ type }) => type === "task.send_in_doubt");
    expect(told?.facts).toEqual({ task_id: "a", attempt: 1, agent_id: "agent-one", reason: "no answer", until: iso(5) });
    expect(runtime.watches.map(({ delay }) => delay)).toEqual([1]);
    runtime.time = START + 5000;
    await look(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "failed", failure: { code: "TaskTimedOut" }, settledAt: iso(5) });
  });

  it("has an open send looked at when a second agent is due, which then gets the task", async () => {
    const runtime = new MemoryRuntime(planOf([task("a", [], { timeout: 60, hedge: { after: 3 } })]));
    runtime.registry = [agentOf("agent-one"), agentOf("agent-two")];
    let answer: () => void = () => {};
    runtime.onSend = () => new Promise((resolve) => (answer = () => resolve({ kind: "completed", output: 1 })));
    await runtime.submit();
    const sending = dispatchTask(runtime, runtime.message("a"));
    while (runtime.timers.size === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const fire of runtime.timers) await fire();
    expect(runtime.watches.map(({ delay }) => delay)).toEqual([3]);
    runtime.time += 3000;
    await look(runtime);
    expect(runtime.tasks.map(({ message }) => message.task)).toEqual(["a~hedge"]);
    answer();
    await sending;
    expect(runtime.timers.size).toBe(0);
  });

  it("stands still while the execution is paused, and goes on with what was left", async () => {
    const runtime = await sent();
    const { deps } = controlOf(runtime);
    runtime.time = START + 6000;
    await pauseExecution(deps, by);
    runtime.time = START + 100_000;
    await look(runtime);
    expect(runtime.record("a")?.state).toBe("running");
    await resumeExecution(deps, by);
    runtime.time = START + 103_900;
    await look(runtime);
    expect(runtime.record("a")?.state).toBe("running");
    runtime.time = START + 104_000;
    await look(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "failed", failure: { code: "TaskTimedOut" } });
  });

  it("stands still while a hold covers the workflow", async () => {
    const runtime = await sent();
    const hold = { scope: "global" as const, by: "ann", at: iso(6) };
    Object.assign(runtime, { hold: async () => hold });
    runtime.time = START + 100_000;
    await look(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "running", deadlineAt: iso(104) });
    Object.assign(runtime, { hold: async () => undefined });
    runtime.time = START + 104_000;
    await look(runtime);
    expect(runtime.record("a")?.state).toBe("failed");
  });

  it("stands still as well while nobody has heard of the send", async () => {
    const runtime = await sent({ timeout: 5 }, "in_doubt");
    Object.assign(runtime, { hold: async () => ({ scope: "global" as const, by: "ann", at: iso(2) }) });
    runtime.time = START + 100_000;
    await look(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "dispatched", deadlineAt: iso(103) });
  });
});

describe("an execution's clock", () => {
  it("is looked at when its deadline comes, in steps that SQS can delay, and stops the run then", async () => {
    const runtime = await sent();
    await watchExecutionLater(runtime, runtime.head());
    const [first] = runtime.executionWatches.splice(0);
    expect(first).toEqual({ message: { watched: { tenant: TENANT, execution: EXECUTION } }, delay: 600 });
    runtime.time = START + 599_000;
    if (first !== undefined) await watchExecution(runtime, first.message);
    expect(runtime.executionWatches.splice(0).map(({ delay }) => delay)).toEqual([1]);
    runtime.time = START + 600_000;
    if (first !== undefined) await watchExecution(runtime, first.message);
    expect(runtime.stopped).toEqual([{ run: `${EXECUTION}-r1`, error: "ExecutionTimedOut" }]);
  });

  it("is left while the execution is paused, and watched anew when it goes on", async () => {
    const runtime = await sent();
    const { deps } = controlOf(runtime);
    await pauseExecution(deps, by);
    runtime.time = START + 700_000;
    await watchExecution(runtime, { watched: { tenant: TENANT, execution: EXECUTION } });
    expect([runtime.stopped, runtime.executionWatches]).toEqual([[], []]);
    await resumeExecution(deps, by);
    expect(runtime.executionWatches.map(({ delay }) => delay)).toEqual([600]);
  });

  it("comes to its service level first", async () => {
    const runtime = await sent();
    const head = headRow({ ...runtime.head(), maxDurationMinutes: 1, status: "running" });
    await watchExecutionLater(runtime, head);
    expect(runtime.executionWatches.map(({ delay }) => delay)).toEqual([60]);
  });
});
