import { describe, expect, it } from "vitest";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { agentOf, MemoryRuntime, planOf, START, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { drain, startGraphRun, states } from "../../functions/memory-run.ts";

/** A task at `agent-one` that takes longer than its hedge allows, and is at `agent-two` as well. */
async function hedged(): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("a", [], { hedge: { after: 20 } }), task("b", ["a"])]));
  runtime.registry = [agentOf("agent-one"), agentOf("agent-two")];
  runtime.onSend = ({ data }, { agent_id: id }) =>
    data["task"] === "b" ? { kind: "completed", output: 1 } : { kind: "working", agentTaskId: `remote-${id}` };
  runtime.onGet = (id) => ({ kind: "working", agentTaskId: id });
  await startGraphRun(runtime);
  await drain(runtime);
  expect(runtime.watches.map(({ delay }) => delay)).toEqual([1]);
  runtime.time = START + 21_000;
  await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 3 });
  await drain(runtime);
  return runtime;
}

describe("a task that takes long", () => {
  it("goes to a second agent as well, once", async () => {
    const runtime = await hedged();
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 4 });
    await drain(runtime);
    expect(runtime.sent.map(({ agent }) => agent)).toEqual(["agent-one", "agent-two"]);
    expect(runtime.events().filter((type) => type === "task.hedged")).toHaveLength(1);
  });

  it("takes the second agent's answer when it comes first, and calls the first one back", async () => {
    const runtime = await hedged();
    runtime.onGet = () => ({ kind: "completed", output: { from: "two" } });
    await settleTask(runtime, { dispatch: runtime.dispatch("a~hedge") });
    await drain(runtime);
    expect(states(runtime)).toMatchObject({ a: "completed", b: "completed" });
    expect(runtime.sent.at(-1)?.message.data["dependencies"]).toEqual({ a: { from: "two" } });
    expect(runtime.cancelled).toEqual(["remote-agent-one"]);
  });

  it("takes the first agent's answer when it comes first, and calls the second one back", async () => {
    const runtime = await hedged();
    runtime.onGet = () => ({ kind: "completed", output: { from: "one" } });
    await settleTask(runtime, { dispatch: runtime.dispatch("a") });
    await drain(runtime);
    expect(states(runtime)).toEqual({ a: "completed", "a~hedge": "cancelled", b: "completed" });
    expect(runtime.sent.at(-1)?.message.data["dependencies"]).toEqual({ a: { from: "one" } });
    expect(runtime.cancelled).toEqual(["remote-agent-two"]);
  });

  it("goes on with its first agent when the second one fails", async () => {
    const runtime = await hedged();
    runtime.onGet = () => ({ kind: "failed", failure: { code: "AgentRejected", message: "no" }, retryable: false });
    await settleTask(runtime, { dispatch: runtime.dispatch("a~hedge") });
    await drain(runtime);
    expect(states(runtime)).toEqual({ a: "running", "a~hedge": "failed" });
    expect(runtime.answers).toEqual([]);
  });
});
