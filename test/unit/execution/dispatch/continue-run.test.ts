import { describe, expect, it } from "vitest";
import { continuing, dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { RUN_START, type RunRef } from "../../../../shared/execution/messages.ts";
import { startOf } from "../../../../shared/execution/run/start-run.ts";
import { MemoryRuntime, planOf, START, task } from "../../../fixtures/runtime/memory-runtime.ts";

async function graphRun(tasks: readonly object[]) {
  const runtime = new MemoryRuntime(planOf(tasks));
  await runtime.submit({ runner: "graph" });
  const run: RunRef = { ...runtime.message("a").run, runner: "graph" };
  const start = (id: string, seconds = 10) =>
    dispatchTask(continuing(runtime, START + seconds * 1000), { ...startOf(run), task: id });
  return { runtime, start };
}

const namesOf = (runtime: MemoryRuntime): string[] => runtime.sent.map(({ message }) => String(message.data["task"]));

describe("a graph run", () => {
  it("goes from its start to its end in one invocation", async () => {
    const { runtime, start } = await graphRun([task("a"), task("b", ["a"]), task("c", ["a"]), task("d", ["b", "c"])]);
    await start(RUN_START);
    expect(namesOf(runtime).toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(runtime.head().status).toBe("completed");
    expect(runtime.parked()).toEqual([]);
  });

  it("starts nobody after a task that ended it", async () => {
    const { runtime, start } = await graphRun([task("a"), task("b", ["a"]), task("c", ["b"])]);
    runtime.onSend = () => ({ kind: "failed", failure: { code: "AgentRejected", message: "no" }, retryable: false });
    await start(RUN_START);
    expect(namesOf(runtime)).toEqual(["a"]);
    expect(runtime.record("b")).toBeUndefined();
    for (const { message } of runtime.tasks.splice(0)) await dispatchTask(runtime, message);
    expect(runtime.head()).toMatchObject({ status: "failed", failure: { task: "a", code: "AgentRejected" } });
  });

  it("goes on after a failure that the definition tolerates", async () => {
    const { runtime, start } = await graphRun([task("a", [], { on_failure: "continue" }), task("b", ["a"])]);
    runtime.onSend = ({ data }) =>
      data["task"] === "a" ? { kind: "failed", failure: { code: "AgentRejected", message: "no" }, retryable: false } : { kind: "completed", output: 1 };
    await start(RUN_START);
    expect(namesOf(runtime)).toEqual(["a", "b"]);
    expect(runtime.head().status).toBe("completed");
  });

  it("records more followers than a transaction takes, each once", async () => {
    const ids = Array.from({ length: 150 }, (_, index) => `f${index}`);
    const { runtime, start } = await graphRun([task("a"), ...ids.map((id) => task(id, ["a"]))]);
    await start(RUN_START);
    for (const { message } of runtime.tasks.splice(0)) await start(message.task);
    for (const { message } of runtime.tasks.splice(0)) await start(message.task);
    expect(namesOf(runtime).toSorted()).toEqual(["a", ...ids].toSorted());
  });

  it("goes on from a crash between a task's end and the launch of its follower, without calling the task again", async () => {
    const { runtime, start } = await graphRun([task("a"), task("b", ["a"])]);
    runtime.onSend = ({ data }) => (data["task"] === "a" ? { kind: "completed", output: 1 } : Promise.reject(new Error("killed")));
    await expect(start("a")).rejects.toThrow("killed");
    expect([runtime.record("a")?.state, runtime.record("b")?.state]).toEqual(["completed", "dispatched"]);
    await start("a");
    expect(namesOf(runtime)).toEqual(["a", "b"]);
    expect(runtime.watches.at(-1)?.message.dispatch).toEqual(runtime.dispatch("b"));
  });

  it("has what follows from its end done again when the message comes again whose worker died after it", async () => {
    const { runtime, start } = await graphRun([task("a")]);
    const { remember } = runtime;
    const die = (): never => {
      throw new Error("killed");
    };
    Object.assign(runtime, { remember: die });
    await expect(start(RUN_START)).rejects.toThrow("killed");
    expect(runtime.head().status).toBe("completed");
    Object.assign(runtime, { remember });
    runtime.tables.calls.length = 0;
    await start(RUN_START);
    // Who waits for the slot is looked for.
    expect(runtime.tables.calls).toEqual(["GetCommand", "QueryCommand"]);
    expect(namesOf(runtime)).toEqual(["a"]);
  });

  it("leaves the rest to messages when its time is over", async () => {
    const { runtime, start } = await graphRun([task("a"), task("b", ["a"])]);
    await start(RUN_START, 0);
    expect(runtime.sent).toEqual([]);
    expect(runtime.tasks).toMatchObject([{ message: { task: "a" } }]);
  });
});
