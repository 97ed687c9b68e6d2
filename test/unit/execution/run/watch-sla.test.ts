import { describe, expect, it } from "vitest";
import { finishExecution } from "../../../../shared/execution/run/finish-execution.ts";
import { stageStatus } from "../../../../shared/execution/run/execution-status.ts";
import { takeSnapshot } from "../../../../shared/execution/run/snapshot.ts";
import { watchSla } from "../../../../shared/execution/run/watch-sla.ts";
import { EXECUTION_LIMITS } from "../../../../shared/execution/limits.ts";
import type { Execution } from "../../../../shared/execution/execution.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

/** An execution that began at ten and has half an hour. */
async function under(sla: Partial<Execution>, records: readonly Partial<TaskRecord>[] = []): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"])]));
  const execution = await runtime.submit({ startedAt: new Date(START).toISOString(), ...sla });
  for (const record of records) {
    await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", state: "queued", ...record }) });
  }
  return runtime;
}

const minutes = (runtime: MemoryRuntime, count: number): void => void (runtime.time = START + count * 60_000);
const told = (runtime: MemoryRuntime) => runtime.told("sla.");
const sweep = async (runtime: MemoryRuntime): Promise<number> => (await watchSla(runtime, [runtime.head()])).told;

describe("a sweep", () => {
  it("tells of a deadline that passed once, however often it looks", async () => {
    const runtime = await under({ maxDurationMinutes: 30 }, [{ state: "running", dispatchedAt: new Date(START).toISOString() }]);
    for (const minute of [1, 31, 32, 33]) {
      minutes(runtime, minute);
      await sweep(runtime);
    }
    expect(told(runtime)).toEqual([
      ["sla.violated", { kind: "deadline", reason: "it has been under way for 31.0 min, 30.0 min are allowed; slowest tasks: a (31.0 min)" }],
    ]);
  });

  it("tells of one that two look at in the same moment once", async () => {
    const runtime = await under({ maxDurationMinutes: 30 });
    minutes(runtime, 31);
    const counts = await Promise.all([sweep(runtime), sweep(runtime), sweep(runtime)]);
    expect(counts.sort()).toEqual([0, 0, 1]);
    expect(told(runtime)).toHaveLength(1);
  });

  it("tells when success becomes unlikely, with what is expected", async () => {
    const runtime = await under({ maxDurationMinutes: 30 });
    minutes(runtime, 29.9);
    expect(await sweep(runtime)).toBe(1);
    expect(await sweep(runtime)).toBe(0);
    expect(told(runtime)).toMatchObject([["sla.at_risk", { is_at_risk: true, success_probability: 0, target_completion: "2026-11-21T10:30:00.000Z" }]]);
  });

  it("leaves executions alone that promised nothing, or are over", async () => {
    const runtime = await under({});
    const over = await under({ maxDurationMinutes: 1, status: "completed" });
    for (const each of [runtime, over]) minutes(each, 500);
    expect([await sweep(runtime), await sweep(over)]).toEqual([0, 0]);
  });

  it("comes round to all of them, and looks at late ones in every sweep", async () => {
    const runtime = new MemoryRuntime(planOf([task("a", [], { timeout: 7200, estimate: { duration_seconds: 7200 } })]));
    const heads: Execution[] = [];
    for (let index = 0; index < 2 * EXECUTION_LIMITS.slaPerSweep + 1; index += 1) {
      heads.push(await runtime.submit({ executionId: `exec_${String(index).padStart(10, "0")}`, maxDurationMinutes: 60 }));
    }
    const counts: number[] = [];
    for (const minute of [1, 2, 3]) {
      minutes(runtime, minute);
      counts.push((await watchSla(runtime, heads)).told);
    }
    expect(counts.sort((a, b) => a - b)).toEqual([1, 100, 100]);
    minutes(runtime, 61);
    expect((await watchSla(runtime, heads.slice(0, 5))).told).toBe(5);
  });

  it("goes on when one cannot be looked at", async () => {
    const runtime = await under({ maxDurationMinutes: 30 });
    minutes(runtime, 31);
    const broken = { ...runtime.head(), executionId: "exec_9999999999" };
    expect(await watchSla(runtime, [broken, runtime.head()])).toMatchObject({ told: 1, failed: [{ executionId: "exec_9999999999" }] });
  });
});

describe("an end", () => {
  it("tells of a deadline that was missed in the same transaction, and of one told before no more", async () => {
    const runtime = await under({ maxDurationMinutes: 30 });
    minutes(runtime, 40);
    await finishExecution(runtime, runtime.head(), { to: "completed" });
    expect(runtime.head().sla?.violations).toEqual([{ kind: "deadline", reason: "it took 40.0 min, 30.0 min are allowed", at: "2026-11-21T10:40:00.000Z" }]);
    const other = await under({ maxDurationMinutes: 30 });
    minutes(other, 31);
    await sweep(other);
    minutes(other, 40);
    await finishExecution(other, other.head(), { to: "completed" });
    expect([told(runtime).length, told(other).length]).toEqual([1, 1]);
  });

  it("tells of too many failures", async () => {
    const runtime = await under({ successRateThreshold: 0.9 }, [{ state: "failed" }]);
    await finishExecution(runtime, runtime.head(), { to: "failed", failure: { code: "TaskFailed", message: "a" } });
    expect(told(runtime)).toEqual([["sla.violated", { kind: "success_rate", reason: "0 % of the tasks succeeded, 90 % are required; 1 of 1 failed: a" }]]);
  });

  it("is not recorded over a violation that a sweep told of in between", async () => {
    const runtime = await under({ maxDurationMinutes: 30 });
    const before = runtime.head();
    minutes(runtime, 31);
    await sweep(runtime);
    expect(await finishExecution(runtime, before, { to: "completed" })).toBe("stale");
    expect(await finishExecution(runtime, runtime.head(), { to: "completed" })).toBe("written");
    expect(told(runtime)).toHaveLength(1);
  });

  it("says nothing of a promise that was kept, or never made", async () => {
    for (const sla of [{ maxDurationMinutes: 30, successRateThreshold: 0.9 }, {}]) {
      const runtime = await under(sla, [{ state: "completed" }, { task: "b", state: "completed" }]);
      minutes(runtime, 29);
      await finishExecution(runtime, runtime.head(), { to: "completed" });
      expect(told(runtime)).toEqual([]);
    }
  });
});

describe("the status", () => {
  const compliance = async (runtime: MemoryRuntime) => stageStatus(await takeSnapshot(runtime, TENANT, EXECUTION)).sla_compliance;

  it("shows what was promised, what is likely, and what was missed", async () => {
    const runtime = await under({ maxDurationMinutes: 30, successRateThreshold: 0.9 }, [{ state: "completed" }]);
    minutes(runtime, 10);
    expect(await compliance(runtime)).toEqual({
      on_track: true,
      remaining_time_minutes: 20,
      success_probability: expect.closeTo(1, 1),
      target_completion_time: "2026-11-21T10:30:00.000Z",
      actual_completion_time: null,
      sla_violated: false,
      violation_reasons: [],
      success_rate_requirement: 0.9,
      actual_success_rate: 1,
    });
    minutes(runtime, 31);
    expect(await compliance(runtime)).toMatchObject({ on_track: false, success_probability: 0, sla_violated: true, violation_reasons: ["it has been under way for 31.0 min, 30.0 min are allowed"] });
  });

  it("has no target where none was promised", async () => {
    const runtime = await under({});
    expect(await compliance(runtime)).toMatchObject({ on_track: true, remaining_time_minutes: null, target_completion_time: null, success_rate_requirement: null, actual_success_rate: null });
  });
});
