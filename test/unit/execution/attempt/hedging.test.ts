import { describe, expect, it } from "vitest";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import type { Agent } from "../../../../shared/agents/agent.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { moveElsewhere } from "../../../fixtures/runtime/task-rows.ts";
import { type MemoryRuntime, START } from "../../../fixtures/runtime/memory-runtime.ts";
import { atFirstAgent, giveToSecond } from "../../functions/hedged-run.ts";
import { drain, states } from "../../functions/memory-run.ts";

const working = (more: Partial<Agent> = {}): Promise<MemoryRuntime> => atFirstAgent(["b"], more);

async function hedged(): Promise<MemoryRuntime> {
  const runtime = await working();
  expect(runtime.watches.map(({ delay }) => delay)).toEqual([1]);
  await giveToSecond(runtime);
  return runtime;
}

describe("a task that takes long", () => {
  it.each([
    { what: "although polls are 15 seconds apart by then", looks: 6, next: 7, age: 12, delay: 8 },
    { what: "and before that as often as any other", looks: 1, next: 2, age: 12, delay: 3 },
    { what: "although its deadline is far away and its agent pushes", looks: 0, next: 0, age: 5, delay: 15, pushes: true },
  ])("is polled when its hedge is due, $what", async ({ looks, next, age, delay, pushes = false }) => {
    const runtime = await working({ supports_push: pushes });
    runtime.pushBaseUrl = "https://api.test";
    runtime.time = START + age * 1000;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks });
    expect(runtime.watches.at(-1)).toEqual({ message: { dispatch: runtime.dispatch("a"), looks: next }, delay });
  });

  it("is polled no sooner for its hedge once it has one", async () => {
    const runtime = await hedged();
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 6 });
    expect(runtime.watches.at(-1)?.delay).toBe(15);
  });

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

  it("goes to no second agent when it ends in the moment in which it would", async () => {
    const runtime = await working();
    runtime.time = START + 21_000;
    meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", { state: "completed" }));
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 3 });
    await drain(runtime);
    expect(runtime.sent.map(({ agent }) => agent)).toEqual(["agent-one"]);
  });

  it("calls back no first agent that has left the registry, nor one whose task has no name", async () => {
    for (const leave of [(runtime: MemoryRuntime) => void (runtime.registry = []), (runtime: MemoryRuntime) => moveElsewhere(runtime, "a", { agentTaskId: undefined })]) {
      const runtime = await hedged();
      moveElsewhere(runtime, "a~hedge", { state: "completed", output: { json: "2" } });
      leave(runtime);
      await settleTask(runtime, { dispatch: runtime.dispatch("a") });
      expect(runtime.cancelled).toEqual([]);
      expect(runtime.record("a")).toMatchObject({ state: "completed", output: { json: "2" } });
    }
  });
});
