import { describe, expect, it } from "vitest";
import { runOf } from "../../../../shared/execution/runtime/attempt.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

describe("runOf", () => {
  const runtime = new MemoryRuntime(planOf([task("a")]));
  const ref = { tenant: "acme", execution: "exec_0123456789", run: 2, plan: runtime.view.plan.planHash, queue: "q/high" };

  it.each([
    { runner: "machine" as const, expected: ref },
    // An hour, and the 30 days that a run may be paused.
    { runner: "graph" as const, expected: { ...ref, runner: "graph" } },
  ])("names a run on the $runner", async ({ runner, expected }) => {
    const execution = await new MemoryRuntime(runtime.view.plan).submit({ run: 2, priority: "high", runner, executionTimeoutSeconds: 3_600 });
    expect(runOf(execution, runtime.queues)).toEqual(expected);
  });
});
