import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coordinationOverhead } from "../../../../shared/execution/run/coordination-overhead.ts";
import { executionMetrics } from "../../../../shared/execution/run/execution-metrics.ts";
import { type Snapshot, takeSnapshot } from "../../../../shared/execution/run/snapshot.ts";
import { progressOf } from "../../../../shared/execution/run/task-counts.ts";
import { watchExecutionLater } from "../../../../shared/execution/run/watch-execution.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, type TaskFields, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const at = (second: number): string => new Date(START + second * 1000).toISOString();
const NAMES = ["a", "b", "c"];

/** An execution with these rows, `now` seconds after it was submitted. */
async function pictured(head: HeadFields, rows: readonly TaskFields[], now = 100): Promise<Snapshot & { runtime: MemoryRuntime }> {
  const runtime = new MemoryRuntime(planOf(NAMES.map((name) => task(name))));
  const execution = await runtime.submit(head);
  for (const row of rows) await saveRow(runtime.executions, execution, { row: taskRow(row) });
  runtime.time = START + now * 1000;
  return Object.assign(await takeSnapshot(runtime, TENANT, EXECUTION), { runtime });
}

describe("the share of a run that is coordination", () => {
  interface Work {
    readonly from: number;
    readonly to: number | undefined;
  }
  const work: fc.Arbitrary<Work> = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 10 }), fc.boolean()).map(([from, length, isOver]) => ({ from, to: isOver ? from + length : undefined }));

  it("is the seconds in which no task was at work and nobody paused it, of all of them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(work, { maxLength: 3 }), fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }), fc.array(fc.tuple(fc.nat(20), fc.nat(5)), { maxLength: 2 }), async (works, pausedAt, pauses) => {
        const rows = works.map(({ from, to }, index): TaskFields => {
          const settled = to === undefined ? {} : { settledAt: at(to) };
          return { task: NAMES[index] ?? "", state: to === undefined ? "running" : "completed", dispatchedAt: at(from), queuedAt: at(from), ...settled };
        });
        const stood = pauses.map(([from, length]) => ({ from: at(from), to: at(from + length) }));
        const paused = pausedAt === undefined ? { status: "running" as const } : { status: "paused" as const, pausedAt: at(pausedAt) };
        const picture = await pictured({ startedAt: at(0), deadlineAt: at(9999), pauses: stood, ...paused }, rows, 40);
        const isQuiet = (second: number): boolean =>
          !works.some(({ from, to }) => second >= from && second < (to ?? 40)) &&
          !pauses.some(([from, length]) => second >= from && second < from + length) &&
          !(pausedAt !== undefined && second >= pausedAt);
        const quiet = Array.from({ length: 40 }, (_, second) => second).filter(isQuiet).length;
        expect(coordinationOverhead(picture)).toBeCloseTo(quiet / 40, 3);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it.each([
    { what: "has not started", head: { status: "queued" as const } },
    { what: "is a later run", head: { status: "running" as const, startedAt: at(0), run: 2 } },
    { what: "began this moment", head: { status: "running" as const, startedAt: at(100) } },
  ])("is not known of one that $what", async ({ head }) => {
    expect(coordinationOverhead(await pictured(head, []))).toBeUndefined();
  });
});

describe("the figures of an execution", () => {
  it("are nothing before it started", async () => {
    const picture = await pictured({ status: "queued" }, []);
    expect(executionMetrics(picture)).toMatchObject({ execution_time_seconds: 0, queue_time_seconds: 0, agent_time_seconds: 0, retries: 0, output_bytes: 0, tasks: [] });
  });

  it("add up what agents took, retries and outputs", async () => {
    const done = { state: "completed", dispatchedAt: at(10), settledAt: at(25) } as const;
    const picture = await pictured({ status: "running", startedAt: at(5) }, [
      { task: "a", ...done, agentId: "one", attempt: 3, output: { json: '"12345"' } },
      { task: "b", ...done, dispatchedAt: at(12), attempt: 1, output: { json: "1" } },
      { task: "c", state: "running", agentId: "two", attempt: 1, dispatchedAt: at(20) },
    ]);
    expect(executionMetrics(picture)).toMatchObject({
      execution_time_seconds: 95,
      queue_time_seconds: 5,
      agent_time_seconds: 15,
      retries: 2,
      output_bytes: 8,
      tasks: [{ task_id: "a", duration_seconds: 15, attempts: 3, output_bytes: 7 }, { task_id: "b", agent_id: null }, { task_id: "c", duration_seconds: null, output_bytes: 0 }],
    });
  });

  it("count tasks of the plan that have settled, and instances of lists as long as they are now", async () => {
    const rows: TaskFields[] = [
      { task: "a", state: "completed" },
      { task: "b", state: "running", items: { count: 2, list: { json: "[1,2]" } } },
      { task: "b[0]", state: "completed" },
      { task: "b[1]", state: "running" },
      { task: "b[5]", state: "completed" },
      { task: "c~hedge", state: "completed" },
    ];
    expect(progressOf(await pictured({ status: "running" }, rows))).toEqual({ completed_stages: 1, total_stages: 3, percentage: 33, instances: { settled: 1, total: 2 } });
    expect(progressOf(await pictured({ status: "running" }, []))).toEqual({ completed_stages: 0, total_stages: 3, percentage: 0 });
  });
});

describe("a look at an execution's deadline", () => {
  it.each([
    { what: "in time", head: { startedAt: at(0), deadlineAt: at(160) }, delays: [60] },
    { what: "at once, where it is past", head: { startedAt: at(0), deadlineAt: at(90) }, delays: [1] },
    { what: "in steps, where it is far", head: { startedAt: at(0), deadlineAt: at(99_999) }, delays: [900] },
    { what: "at its service level, where that is sooner", head: { startedAt: at(0), deadlineAt: at(9999), maxDurationMinutes: 2 }, delays: [20] },
    { what: "at its deadline, once the service level is missed", head: { startedAt: at(0), deadlineAt: at(400), maxDurationMinutes: 1 }, delays: [300] },
  ])("comes $what", async ({ head, delays }) => {
    const { runtime, execution } = await pictured({ status: "running", ...head }, []);
    await watchExecutionLater(runtime, execution);
    expect(runtime.executionWatches.map(({ delay }) => delay)).toEqual(delays);
  });

  it.each(["submitted", "paused", "completed"] as const)("does not come of one that is %s", async (status) => {
    const { runtime, execution } = await pictured({ status }, []);
    await watchExecutionLater(runtime, execution);
    expect(runtime.executionWatches).toEqual([]);
  });
});
