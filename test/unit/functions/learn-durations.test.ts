import { describe, expect, it } from "vitest";
import { type LearnDeps, learnFromEnds } from "../../../functions/learn-durations/learn-durations.ts";
import { namedSeries } from "../../../shared/analytics/store/aggregate-store.ts";
import { durationReader, meanExecutionSeconds } from "../../../shared/execution/store/task-stats.ts";
import type { Execution } from "../../../shared/execution/execution.ts";
import type { TaskRecord } from "../../../shared/execution/task/task-record.ts";
import { MemoryRuntime, planOf, START, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../fixtures/runtime/task-rows.ts";

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const idOf = (index: number): string => `exec_${String(index).padStart(10, "0")}`;
const endOf = (index: number) => ({ tenant: TENANT, execution_id: idOf(index) });
const WORKFLOW = { tenant: TENANT, workflowId: "drawn", taskCount: 1 };

/** A runtime with executions that ended, each with these tasks. */
async function ended(count: number, records: readonly Partial<TaskRecord>[], more: Partial<Execution> = {}): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("a")]));
  for (let index = 1; index <= count; index += 1) {
    const execution = await runtime.submit({ executionId: idOf(index), status: "completed", startedAt: at(0), completedAt: at(20), ...more });
    for (const record of records) {
      await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", state: "completed", dispatchedAt: at(0), settledAt: at(8), ...record }) });
    }
  }
  return runtime;
}

const depsOf = ({ executions }: MemoryRuntime): LearnDeps => ({
  executions,
  aggregates: { db: executions.db, table: "control" },
  known: namedSeries(),
});

const observed = async (runtime: MemoryRuntime, name: string, workflow = WORKFLOW) => (await durationReader(runtime.executions)(workflow))(name);

describe("learnFromEnds", () => {
  it("learns tasks and whole executions, those of a batch in one write each", async () => {
    const runtime = await ended(5, [{}]);
    runtime.tables.calls.length = 0;
    expect([...(await learnFromEnds(depsOf(runtime), [1, 2, 3, 4, 5].map(endOf)))]).toEqual([]);
    expect(runtime.tables.calls.filter((name) => name === "TransactWriteCommand")).toHaveLength(1);
    expect(await observed(runtime, "a")).toMatchObject({ n: 5, mean: expect.closeTo(Math.log(8), 6), attempts: 5, failures: 0 });
    expect(await meanExecutionSeconds(runtime.executions, TENANT)).toBeCloseTo(20, 4);
  });

  it("writes nothing for an end that it has learnt", async () => {
    const runtime = await ended(1, [{}]);
    await learnFromEnds(depsOf(runtime), [endOf(1)]);
    runtime.tables.calls.length = 0;
    expect([...(await learnFromEnds(depsOf(runtime), [endOf(1)]))]).toEqual([]);
    expect(runtime.tables.calls).not.toContain("TransactWriteCommand");
  });

  it("learns every end once, however often it is told", async () => {
    const runtime = await ended(2, [{}]);
    for (const batch of [[1, 1], [1], [2, 1], [2]]) await learnFromEnds(depsOf(runtime), batch.map(endOf));
    expect(await observed(runtime, "a")).toMatchObject({ n: 2 });
  });

  it("learns from the next run only what that run did", async () => {
    const runtime = await ended(1, [{}, { task: "b", state: "failed", attempt: 3 }], { status: "failed" });
    await learnFromEnds(depsOf(runtime), [endOf(1)]);
    const rows = runtime.tables.rows;
    Object.assign(rows.get(`T#acme#X#${idOf(1)} META`) ?? {}, { run: 2, status: "completed" });
    Object.assign(rows.get(`T#acme#X#${idOf(1)} TASK#b`) ?? {}, { run: 2, state: "completed", attempt: 4, retryBase: 3 });
    await learnFromEnds(depsOf(runtime), [endOf(1)]);
    expect(await observed(runtime, "a")).toMatchObject({ n: 1, attempts: 1 });
    expect(await observed(runtime, "b")).toMatchObject({ n: 1, attempts: 4, failures: 3 });
  });

  it("learns nothing from what was cancelled, is an element of a list, or undoes another", async () => {
    const runtime = await ended(1, [{ state: "cancelled" }, { task: "b[0]" }, { task: "a~undo" }, { task: "c", state: "skipped", dispatchedAt: undefined }], { status: "cancelled" });
    await learnFromEnds(depsOf(runtime), [endOf(1)]);
    expect([await observed(runtime, "a"), await observed(runtime, "b[0]"), await observed(runtime, "a~undo")]).toEqual([undefined, undefined, undefined]);
    expect(await observed(runtime, "c")).toMatchObject({ n: 0, skips: 1 });
    expect(await meanExecutionSeconds(runtime.executions, TENANT)).toBeUndefined();
  });

  it("leaves an execution that runs again to its next end, and one that is gone alone", async () => {
    const runtime = await ended(1, [{}], { status: "running" });
    expect([...(await learnFromEnds(depsOf(runtime), [endOf(1), endOf(9)]))]).toEqual([]);
    expect(await observed(runtime, "a")).toBeUndefined();
  });

  it("spreads a long workflow over rows, and finds every task again", async () => {
    const records = Array.from({ length: 60 }, (_, index) => ({ task: `t${index}` }));
    const runtime = await ended(1, records, { taskCount: 5000 });
    await learnFromEnds(depsOf(runtime), [endOf(1)]);
    const long = { ...WORKFLOW, taskCount: 5000 };
    for (const { task: name } of records) expect(await observed(runtime, name, long)).toMatchObject({ n: 1 });
    const rows = [...runtime.tables.rows.values()].filter(({ sk }) => String(sk).startsWith("W#drawn#32#"));
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.length).toBeLessThanOrEqual(32);
  });

  it("adds to what another wrote in the same moment", async () => {
    const runtime = await ended(6, [{}]);
    await Promise.all([1, 2, 3, 4, 5, 6].map((index) => learnFromEnds(depsOf(runtime), [endOf(index)])));
    expect(await observed(runtime, "a")).toMatchObject({ n: 6 });
  });

  it("names the ends that could not be learnt from", async () => {
    const runtime = await ended(1, [{}]);
    runtime.tables.onSend = (name) => {
      if (name === "TransactWriteCommand") throw new Error("throttled");
    };
    const failed = await learnFromEnds(depsOf(runtime), [endOf(1)]);
    expect([...failed.keys()]).toEqual([endOf(1)]);
  });
});
