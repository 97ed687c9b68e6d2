import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import type { QueueReason } from "../../../../shared/execution/task/task-record.ts";
import { type MemoryRuntime, START, startedRuntime } from "../../../fixtures/runtime/memory-runtime.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";

const at = (second: number): string => new Date(START + second * 1000).toISOString();

/** A message comes while no agent can take its task. */
function asked(runtime: MemoryRuntime, reason: Exclude<QueueReason, "retry">, retrySeconds = 5): Promise<void> {
  Object.assign(runtime.pool, { assign: async () => ({ reason, retrySeconds }) });
  return dispatchTask(runtime, runtime.message("a", { seen: 0 }));
}

const reasons = (runtime: MemoryRuntime): unknown[] =>
  eventsIn(runtime.tables.changes).flatMap(({ type, facts }) => (type === "task.parked" ? [facts["reason"]] : []));

describe("a task that no agent is free for", () => {
  it("says so once, and is looked at again in whole seconds", async () => {
    const runtime = await startedRuntime();
    await asked(runtime, "no_capacity", 2.5);
    runtime.time += 3000;
    await asked(runtime, "no_capacity", 2.5);
    expect(runtime.record("a")).toMatchObject({ state: "queued", move: 1, wait: { reason: "no_capacity", until: at(3) } });
    expect(reasons(runtime)).toEqual(["no_capacity"]);
    expect(runtime.tasks).toMatchObject([{ message: { task: "a", seen: 0 }, delay: 3 }, { message: { task: "a", seen: 0 }, delay: 3 }]);
  });

  it("says so anew when it waits for another reason", async () => {
    const runtime = await startedRuntime();
    await asked(runtime, "no_capacity");
    await asked(runtime, "breaker_open");
    expect(runtime.record("a")).toMatchObject({ move: 2, wait: { reason: "breaker_open", until: at(5) } });
    expect(reasons(runtime)).toEqual(["no_capacity", "breaker_open"]);
  });
});
