import { describe, expect, it } from "vitest";
import { IllegalMoveError } from "../../../../shared/core/errors.ts";
import { boostPriority, cancelExecution, pauseExecution, resumeExecution } from "../../../../shared/execution/control/control-execution.ts";
import { redriveExecution } from "../../../../shared/execution/control/rerun.ts";
import { Execution } from "../../../../shared/execution/execution.ts";
import { type BulkWish, steerAll, steerMany } from "../../../../shared/execution/control/bulk.ts";
import { MemoryRuntime, planOf, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { controlOf, planned } from "../../../fixtures/runtime/memory-control.ts";
import { at, TASKS } from "./steered-world.ts";

const STATUSES = ["running", "paused", "completed", "cancelled", "running"] as const;
const idOf = (index: number): string => `exec_00000000${index}`;

/** Executions 0 to 4, submitted a second apart. */
async function world() {
  const runtime = new MemoryRuntime(planOf(TASKS));
  await planned(runtime, runtime.view.plan);
  for (const [index, status] of STATUSES.entries()) {
    await runtime.submit({ executionId: idOf(index), status, submittedAt: at(index), startedAt: at(index), deadlineAt: at(3600) });
  }
  return { runtime, ...controlOf(runtime) };
}

const wish = (more: Partial<BulkWish> = {}): BulkWish => ({ tenant: TENANT, by: "ann", action: "pause", filter: {}, isDryRun: false, ...more });
const page = { limit: 10 };

describe("steering many at once", () => {
  it("says of each, the newest first, what came of it", async () => {
    const { deps } = await world();
    expect((await steerMany(deps, wish(), page)).results).toEqual([
      { executionId: idOf(4), outcome: "change", status: "paused" },
      { executionId: idOf(3), outcome: "illegal", status: "cancelled", detail: "possible now: resume_from_checkpoint, redrive, rerun, skip" },
      { executionId: idOf(2), outcome: "illegal", status: "completed", detail: "possible now: resume_from_checkpoint, rerun, skip" },
      { executionId: idOf(1), outcome: "done", status: "paused" },
      { executionId: idOf(0), outcome: "change", status: "paused" },
    ]);
  });

  it("says what would happen and does nothing when that is all that is asked for", async () => {
    const { deps, runtime } = await world();
    const { results } = await steerMany(deps, wish({ isDryRun: true }), page);
    expect(results.map(({ outcome, status }) => `${outcome} ${status}`)).toEqual(["change running", "illegal cancelled", "illegal completed", "done paused", "change running"]);
    expect(runtime.events()).not.toContain("workflow.controlled");
  });

  it("says that nothing can be done where nothing can", async () => {
    const { deps, runtime } = await world();
    const compensation = { plan: "0".repeat(64), machineArn: "arn:x", status: "completed", endsAs: "failed" } as const;
    await runtime.submit({ executionId: idOf(5), status: "failed", submittedAt: at(5), compensation });
    const { results } = await steerMany(deps, wish(), { limit: 1 });
    expect(results).toEqual([{ executionId: idOf(5), outcome: "illegal", status: "failed", detail: "possible now: nothing" }]);
  });

  it.each([
    { filter: { submittedAfter: at(1) }, chosen: [4, 3, 2] },
    { filter: { submittedBefore: at(3) }, chosen: [2, 1, 0] },
    { filter: { submittedAfter: at(0), submittedBefore: at(2) }, chosen: [1] },
    { filter: { status: "running" as const }, chosen: [4, 0] },
    { filter: { workflowId: "another" }, chosen: [] },
  ])("takes those that fit $filter, both ends excluded", async ({ filter, chosen }) => {
    const { deps } = await world();
    const { results } = await steerMany(deps, wish({ filter, isDryRun: true }), page);
    expect(results.map(({ executionId }) => executionId)).toEqual(chosen.map(idOf));
  });

  it("keeps nobody from theirs when one cannot be steered just now", async () => {
    const { deps, runtime } = await world();
    const key = `T#${TENANT}#X#${idOf(4)} META`;
    const pending = { id: "undo", run: 2, compensate: "cancelled", compensateSince: at(0) };
    runtime.tables.rows.set(key, { ...runtime.tables.rows.get(key), pending });
    const { results } = await steerMany(deps, wish({ filter: { status: "running" } }), page);
    expect(results).toEqual([
      { executionId: idOf(4), outcome: "failed", status: "running", detail: expect.stringContaining("try again in a few seconds") },
      { executionId: idOf(0), outcome: "change", status: "paused" },
    ]);
  });

  it("does not hide that the store is gone", async () => {
    const { deps, runtime } = await world();
    runtime.tables.onSend = (name) => {
      if (name === "TransactWriteCommand") throw new Error("throttled");
    };
    await expect(steerMany(deps, wish(), page)).rejects.toThrow("throttled");
  });
});

describe("steering all", () => {
  /** 120 executions are more than a page. */
  async function crowd() {
    const runtime = new MemoryRuntime(planOf(TASKS));
    for (let index = 0; index < 120; index += 1) {
      await runtime.submit({ executionId: `exec_0000${String(1000 + index)}`, submittedAt: at(index), startedAt: at(index) });
    }
    return { runtime, ...controlOf(runtime) };
  }
  const asked = wish({ isDryRun: true });

  it("goes on page by page to the last one", async () => {
    const { deps, runtime } = await crowd();
    const { results, next } = await steerAll(deps, asked, runtime.time + 1);
    expect(new Set(results.map(({ executionId }) => executionId)).size).toBe(120);
    expect(next).toBeUndefined();
  });

  it("stops at the page at which its time is over, and says where to go on", async () => {
    const { deps, runtime } = await crowd();
    const { results, next } = await steerAll(deps, asked, runtime.time);
    expect(results).toHaveLength(100);
    expect(next).toBeDefined();
    const rest = await steerMany(deps, asked, { limit: 100, after: next });
    expect(results.length + rest.results.length).toBe(120);
  });
});

describe("steering many", () => {
  const ALONE = {
    pause: pauseExecution,
    resume: resumeExecution,
    cancel: cancelExecution,
    priority_boost: boostPriority,
    redrive: redriveExecution,
  } as const;

  it.each(["pause", "resume", "cancel", "priority_boost", "redrive"] as const)("does to each what it does to one alone: %s", async (action) => {
    const [many, one] = [await world(), await world()];
    const { results } = await steerMany(many.deps, wish({ action }), page);
    const alone = await Promise.all(
      STATUSES.map(async (status, index) => {
        const executionId = idOf(index);
        const after = await ALONE[action](one.deps, { tenant: TENANT, execution: executionId, by: "ann" }).catch((error: unknown) => error);
        return { executionId, status: after instanceof IllegalMoveError ? status : Execution.parse(after).status };
      }),
    );
    expect(results.map(({ executionId, status }) => ({ executionId, status }))).toEqual(alone.toReversed());
    expect(many.runtime.events().toSorted()).toEqual(one.runtime.events().toSorted());
  });
});
