import { describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../../../../shared/core/errors.ts";
import { observe } from "../../../../shared/execution/service-level/durations.ts";
import { durationReader, learnDurations } from "../../../../shared/execution/store/task-stats.ts";
import { startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

/** An execution of `count` tasks of a second each, learnt from. */
async function learnt(count: number) {
  const { executions, tables } = await startedRuntime();
  const pupil = { tenant: TENANT, workflowId: "drawn", taskCount: count };
  const second = (before: Parameters<typeof observe>[0]) => observe(before, { outcome: "success", seconds: 1, attempts: 1 });
  const tasks = new Map(Array.from({ length: count }, (_, index) => [`t${index}`, second] as const));
  const lesson = { execution: "exec_0000000001", run: 1, used: new Map(), tasks: () => tasks, whole: second };
  const learn = () => learnDurations(executions, pupil, { lessons: [lesson], alongside: async () => [] });
  await learn();
  const rows = () => [...tables.rows.values()].filter(({ tasks: packed, sk }) => typeof packed === "string" && String(sk).includes("drawn"));
  return { executions, tables, pupil, learn, rows };
}

describe("what was observed of a workflow's tasks", () => {
  it("lies in one row as long as that is small, and spread over rows of a few hundred beyond", async () => {
    expect((await learnt(400)).rows()).toHaveLength(1);
    const { rows } = await learnt(401);
    expect(rows().length).toBeGreaterThan(8);
    expect(rows().length).toBeLessThanOrEqual(32);
  });

  it.each([3, 401])("is found of each task again, and of no other: %s tasks", async (count) => {
    const { executions, pupil } = await learnt(count);
    const observed = await durationReader(executions)(pupil);
    expect([observed("t0")?.n, observed(`t${count - 1}`)?.n, observed(`t${count}`)]).toEqual([1, 1, undefined]);
  });

  it("is learnt of a run once", async () => {
    const { executions, pupil, learn } = await learnt(3);
    await learn();
    expect((await durationReader(executions)(pupil))("t0")?.n).toBe(1);
  });

  it("is not learnt while others keep writing it, and that is said after eight tries", async () => {
    const { tables, rows, executions, pupil } = await learnt(3);
    let tries = 0;
    tables.onSend = (name) => {
      if (name !== "TransactWriteCommand") return;
      tries += 1;
      for (const row of rows()) Object.assign(row, { revision: Number(row["revision"]) + 1 });
    };
    const lesson = { execution: "exec_0000000002", run: 1, used: new Map(), tasks: () => new Map([["t0", (before: Parameters<typeof observe>[0]) => before]]), whole: (before: Parameters<typeof observe>[0]) => before };
    await expect(learnDurations(executions, pupil, { lessons: [lesson], alongside: async () => [] })).rejects.toThrow(StoreUnavailableError);
    expect(tries).toBe(8);
  });
});
