import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadOccupancy, loadAdmissionSnapshot, admissionSnapshots, loadCrowd } from "../../../shared/execution/store/admission-store.ts";
import { type ExecutionStore, loadExecution, commitExecution } from "../../../shared/execution/store/execution-store.ts";
import { GroupCommitter } from "../../../shared/aws/group-commit.ts";
import { durationReader, learnDurations, meanExecutionSeconds } from "../../../shared/execution/store/task-stats.ts";
import { sizeOf } from "../../../shared/execution/admission/admission.ts";
import { observe } from "../../../shared/execution/service-level/durations.ts";
import { admitWaiting, recordAdmitted } from "../../../shared/execution/run/admit.ts";
import { openTestDynamo, type TestDynamo } from "../../fixtures/runtime/dynamo-tables.ts";
import { finished } from "../../../shared/execution/lifecycle/execution-transitions.ts";
import type { ExecutionIn } from "../../../shared/execution/execution.ts";
import { headRow } from "../../fixtures/runtime/head-rows.ts";

let dynamo: TestDynamo;
const limits = { total: 40, perTenant: 7, queue: 100 };
const AT = "2026-11-21T10:00:00.000Z";

beforeAll(async () => {
  dynamo = await openTestDynamo();
});
afterAll(() => dynamo.stop());

/** A store with a committer of its own, as another function has. */
const another = (): ExecutionStore => ({ db: dynamo.db, table: "executions", committer: new GroupCommitter(dynamo.db) });
const deps = () => {
  const executions = another();
  const chance = { random: Math.random, now: () => new Date(AT) };
  return { executions, picture: admissionSnapshots(executions), admission: limits, ...chance, startRun: async () => {} };
};

const executionOf = (index: number): ExecutionIn<"submitted"> => {
  const executionId = `exec_${String(index).padStart(10, "0")}`;
  const row = headRow({ executionId, status: "submitted", submittedAt: AT });
  if (row.status !== "submitted") throw new Error("not submitted");
  return row;
};

async function finish(store: ExecutionStore, id: string): Promise<void> {
  const execution = await loadExecution(store, "acme", id);
  const transition = finished(execution, { to: "completed", at: AT });
  expect(await commitExecution(store, { transition })).toBe("written");
}

const audit = async () => {
  const store = another();
  const { own, waiting } = await loadAdmissionSnapshot(store, "acme");
  return { own: sizeOf(own), all: sizeOf(await loadOccupancy(store)), waiting };
};

describe("slots", () => {
  const ids = Array.from({ length: 30 }, (_, index) => executionOf(index));

  it("are taken by as many of 30 functions as there are slots, and never by more", async () => {
    const outcomes = await Promise.all(
      ids.map((execution) => recordAdmitted(deps(), { ...execution, isUnrefusable: false, describe: async () => execution })),
    );
    expect(outcomes.filter((outcome) => outcome.kind === "recorded")).toHaveLength(30);
    // Whoever found the queue in use waits, though a slot may have been free; the next who looks starts it.
    await admitWaiting(deps());
    expect(await audit()).toEqual({ own: 7, all: 7, waiting: 23 });
  });

  it("are handed on as executions end at once, until all have had one", async () => {
    let rounds = 0;
    for (; (await audit()).own > 0 && rounds < 30; rounds += 1) {
      const heads = await Promise.all(ids.map(({ executionId }) => loadExecution(another(), "acme", executionId)));
      const running = heads.filter(({ status }) => status === "submitted");
      expect(running.length).toBeLessThanOrEqual(7);
      await Promise.all(
        running.map(async ({ executionId }) => {
          const own = deps();
          await finish(own.executions, executionId);
          await admitWaiting(own);
        }),
      );
      expect((await audit()).own).toBeLessThanOrEqual(7);
    }
    expect(rounds).toBe(5);
    expect(await audit()).toEqual({ own: 0, all: 0, waiting: 0 });
    expect((await loadCrowd(another())).waiting.size).toBe(0);
  });
});

describe("observed durations", () => {
  const lesson = (index: number) => ({
    execution: executionOf(index).executionId,
    run: 1,
    used: new Map(),
    tasks: () => new Map([["a", (before: Parameters<typeof observe>[0]) => observe(before, { outcome: "success", seconds: 4, attempts: 1 })]]),
    whole: (before: Parameters<typeof observe>[0]) => observe(before, { outcome: "success", seconds: 9, attempts: 1 }),
  });

  it("are learnt once each by functions that learn at once, and read back", async () => {
    const pupil = { tenant: "acme", workflowId: "drawn", taskCount: 1 };
    await Promise.all([[0, 1], [2, 3], [3, 4]].map((batch) => learnDurations(another(), pupil, { lessons: batch.map(lesson), alongside: async () => [] })));
    const observed = (await durationReader(another())(pupil))("a");
    expect(observed).toMatchObject({ n: 5, mean: expect.closeTo(Math.log(4), 6), attempts: 5 });
    expect(await meanExecutionSeconds(another(), "acme")).toBeCloseTo(9, 5);
  });
});
