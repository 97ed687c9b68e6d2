import { describe, expect, it } from "vitest";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { drain, startGraphRun } from "../../functions/memory-run.ts";

const submitted = async (): Promise<MemoryRuntime> => {
  const runtime = new MemoryRuntime(planOf([task("a")]));
  await startGraphRun(runtime, { status: "submitted" });
  return runtime;
};

describe("the start of a graph run", () => {
  it("is on record before any of its tasks, and watched for its deadline", async () => {
    const runtime = await submitted();
    await drain(runtime);
    expect(runtime.head()).toMatchObject({ status: "completed", startedAt: "2026-11-21T10:00:00.000Z" });
    expect(runtime.executionWatches).toHaveLength(1);
    expect(runtime.events().slice(0, 4)).toEqual([
      "workflow.status_changed",
      "workflow.execution_started",
      "workflow.status_changed",
      "agent.task_assigned",
    ]);
  });

  it("is told once when its first message comes twice", async () => {
    const runtime = await submitted();
    runtime.tasks.push(...runtime.tasks);
    await drain(runtime);
    expect(runtime.events().filter((type) => type === "workflow.execution_started")).toHaveLength(1);
  });
});
