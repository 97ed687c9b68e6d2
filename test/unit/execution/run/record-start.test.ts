import { describe, expect, it } from "vitest";
import { MachineStatus, trackExecution } from "../../../../functions/track-execution/track-execution.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { drain, graphRunRef, startGraphRun } from "../../functions/memory-run.ts";

const submitted = async (): Promise<MemoryRuntime> => {
  const runtime = new MemoryRuntime(planOf([task("a")]));
  await startGraphRun(runtime, { status: "submitted" });
  return runtime;
};

const running = (runtime: MemoryRuntime, more: object = {}): MachineStatus =>
  MachineStatus.parse({ executionArn: "arn:aws:states:eu-central-1:1:execution:graph:exec_0123456789-r1", status: "RUNNING", input: JSON.stringify(graphRunRef(runtime)), ...more });

describe("the start of a graph run", () => {
  it("is on record before any of its tasks, and watched for its deadline", async () => {
    const runtime = await submitted();
    await drain(runtime);
    expect(runtime.head()).toMatchObject({ status: "running", startedAt: "2026-11-21T10:00:00.000Z" });
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

  it("is no news from Step Functions, and is recorded where somebody found it unheard", async () => {
    const runtime = await submitted();
    runtime.tables.calls.length = 0;
    await trackExecution(runtime, running(runtime));
    expect([runtime.tables.calls, runtime.head().status]).toEqual([[], "submitted"]);
    await trackExecution(runtime, running(runtime, { isLook: true }));
    expect(runtime.head().status).toBe("running");
  });
});
