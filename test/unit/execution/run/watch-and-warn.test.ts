import { describe, expect, it } from "vitest";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { moveHeadElsewhere } from "../../../fixtures/runtime/meanwhile.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { loadSpending } from "../../../../shared/execution/store/budget-store.ts";
import { auditExecution } from "../../../../shared/execution/run/audit-execution.ts";
import { openBudget, warnOfBudget } from "../../../../shared/execution/run/budget.ts";
import { finishExecution } from "../../../../shared/execution/run/finish-execution.ts";
import { watchExecution } from "../../../../shared/execution/run/watch-execution.ts";
import { watchSla } from "../../../../shared/execution/run/watch-sla.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION, MemoryRuntime, planOf, START, startedRuntime, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const at = (second: number): string => new Date(START + second * 1000).toISOString();
const factsOf = (runtime: MemoryRuntime, type: string) =>
  eventsIn(runtime.tables.changes).flatMap((event) => (event.type === type ? [event.facts] : []));

describe("the watch over service levels", () => {
  async function under(head: HeadFields, records: readonly RowFields[] = []): Promise<MemoryRuntime> {
    const runtime = new MemoryRuntime(planOf([task("a"), task("b")]));
    const execution = await runtime.submit({ startedAt: at(0), ...head });
    for (const one of records) {
      await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", state: "queued", ...one }) });
    }
    return runtime;
  }
  const sweep = async (runtime: MemoryRuntime, second: number) => {
    runtime.time = START + second * 1000;
    return watchSla(runtime, [runtime.head()]);
  };
  const late = { kind: "deadline" as const, reason: "late", at: at(61) };

  it.each([
    { second: 60, told: 0 },
    { second: 61, told: 1 },
  ])("tells of a deadline of a minute after $second s: $told", async ({ second, told }) => {
    const runtime = await under({ maxDurationMinutes: 1, sla: { isAtRisk: true, violations: [] } });
    expect((await sweep(runtime, second)).told).toBe(told);
  });

  it("tells nothing of one that ended while it was looked at", async () => {
    const runtime = await under({ maxDurationMinutes: 1 });
    const seen = runtime.head();
    await finishExecution(runtime, seen, { to: "completed" });
    runtime.time = START + 100_000;
    expect(await watchSla(runtime, [seen])).toEqual({ told: 0, failed: [] });
    expect(factsOf(runtime, "sla.violated")).toEqual([]);
  });

  it("still tells of its success rate once its deadline was told of, and of the deadline after its success rate", async () => {
    const failed = [{ state: "failed" as const }];
    const after = await under({ maxDurationMinutes: 1, successRateThreshold: 0.9, sla: { isAtRisk: false, violations: [late] } }, failed);
    await finishExecution(after, after.head(), { to: "failed" });
    expect(factsOf(after, "sla.violated")).toMatchObject([{ kind: "success_rate" }]);
    const rate = { ...late, kind: "success_rate" as const };
    const before = await under({ maxDurationMinutes: 1, sla: { isAtRisk: false, violations: [rate] } }, failed);
    expect((await sweep(before, 61)).told).toBe(1);
    expect(factsOf(before, "sla.violated")).toMatchObject([{ kind: "deadline" }]);
  });

  it("holds one that is at its deadline for one at risk, not for one that is late", async () => {
    const runtime = await under({ maxDurationMinutes: 1 });
    await sweep(runtime, 60);
    expect(factsOf(runtime, "sla.at_risk")).toMatchObject([{ is_at_risk: true }]);
    expect(factsOf(runtime, "sla.violated")).toEqual([]);
  });

  it("says no more of a risk that is known when something else is news", async () => {
    const runtime = await under({ maxDurationMinutes: 60, successRateThreshold: 0.9, sla: { isAtRisk: false, violations: [] } }, [{ state: "failed" }, { task: "b", state: "failed" }]);
    await sweep(runtime, 61);
    expect(factsOf(runtime, "sla.violated")).toMatchObject([{ kind: "success_rate" }]);
    expect(factsOf(runtime, "sla.at_risk")).toEqual([]);
  });

  it("is kept by the look at an execution as well: late once, and nothing before", async () => {
    const runtime = await under({ maxDurationMinutes: 1, successRateThreshold: 0.9 }, [{ state: "failed" }]);
    const look = async (second: number) => {
      runtime.time = START + second * 1000;
      await watchExecution(runtime, { watched: { tenant: TENANT, execution: EXECUTION } });
      return factsOf(runtime, "sla.violated").length;
    };
    expect(await look(30)).toBe(0);
    expect(await look(61)).toBeGreaterThan(0);
    expect(await look(70)).toBe(await look(71));
  });

  it("tells of no risk once the deadline has passed", async () => {
    const runtime = await under({ maxDurationMinutes: 1 });
    await sweep(runtime, 61);
    expect(factsOf(runtime, "sla.at_risk")).toEqual([]);
    expect(factsOf(runtime, "sla.violated")).toHaveLength(1);
  });

  it.each([
    { second: 60, told: 0 },
    { second: 61, told: 1 },
  ])("tells at the end, after $second s of a minute: $told", async ({ second, told }) => {
    const runtime = await under({ maxDurationMinutes: 1 });
    runtime.time = START + second * 1000;
    await finishExecution(runtime, runtime.head(), { to: "completed" });
    expect(factsOf(runtime, "sla.violated")).toHaveLength(told);
  });

  it("does not tell at the end what was told before", async () => {
    const runtime = await under({ maxDurationMinutes: 1, sla: { isAtRisk: false, violations: [late] } });
    runtime.time = START + 100_000;
    await finishExecution(runtime, runtime.head(), { to: "completed" });
    expect(factsOf(runtime, "sla.violated")).toEqual([]);
  });
});

describe("a budget that draws to its end", () => {
  async function drawing(head: HeadFields = {}) {
    const runtime = new MemoryRuntime(planOf([task("a")], { budget: { max_cost: 10, max_agent_calls: 100, warn_at: 0.8 } }));
    await runtime.submit({ budgetRoot: EXECUTION, startedAt: at(0), ...head });
    return runtime;
  }
  const warn = async (runtime: MemoryRuntime, cost: number) => {
    const open = await openBudget(runtime, runtime.head());
    if (open !== undefined) await warnOfBudget(runtime, runtime.head(), open, cost);
    return factsOf(runtime, "budget.warning");
  };

  it("warns at its mark, not before it, and once", async () => {
    const runtime = await drawing();
    expect(await warn(runtime, 7.9)).toEqual([]);
    expect(await warn(runtime, 8)).toEqual([{ resource: "cost", used: 8, limit: 10 }]);
    expect(await warn(runtime, 9)).toHaveLength(1);
    expect((await loadSpending(runtime.executions, { tenant: TENANT, root: EXECUTION })).warned).toEqual(new Set(["cost"]));
  });

  it("does not warn where another call did so in that moment", async () => {
    const runtime = await drawing();
    const open = await openBudget(runtime, runtime.head());
    await warn(runtime, 8);
    runtime.time += 1000;
    if (open !== undefined) await warnOfBudget(runtime, runtime.head(), open, 9);
    expect(factsOf(runtime, "budget.warning")).toHaveLength(1);
  });

  it("is that of the execution above it", async () => {
    const runtime = await drawing();
    await runtime.submit({ executionId: "exec_child000001", budgetRoot: EXECUTION, startedAt: at(50) });
    runtime.time = START + 60_000;
    const child = await runtime.execution(TENANT, "exec_child000001");
    expect(await openBudget(runtime, child)).toMatchObject({ ref: { root: EXECUTION }, runningSeconds: 60 });
    expect(await openBudget(runtime, runtime.head())).toMatchObject({ ref: { root: EXECUTION }, runningSeconds: 60 });
  });

  it("does not stop an undoing", async () => {
    const compensation = { plan: "0".repeat(64), machineArn: "arn:x", endsAs: "failed" } as const;
    const undoing = await drawing({ compensation: { ...compensation, status: "running" } });
    expect(await openBudget(undoing, undoing.head())).toBeUndefined();
    const undone = await drawing({ compensation: { ...compensation, status: "completed" } });
    expect(await openBudget(undone, undone.head())).toBeDefined();
  });
});

describe("an audit", () => {
  /** What it found, and how often it read the head; a look reads the place in the chain as well. */
  async function audited(runtime: MemoryRuntime) {
    runtime.tables.calls.length = 0;
    const { differences } = await auditExecution(runtime.executions, { tenant: TENANT, execution: EXECUTION });
    return { differences, looks: runtime.tables.calls.filter((name) => name === "GetCommand").length / 2 };
  }

  it("looks once where rows and events agree", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await runtime.submit({ status: "submitted" });
    const { differences, looks } = await audited(runtime);
    expect({ differences, looks }).toEqual({ differences: [], looks: 1 });
  });

  it("looks three times before it believes in a difference", async () => {
    const runtime = await startedRuntime();
    moveHeadElsewhere(runtime, { status: "paused" });
    const { differences, looks } = await audited(runtime);
    expect(differences).not.toEqual([]);
    expect(looks).toBe(3);
  });
});

describe("a task whose sub-workflow ended", () => {
  it.each([
    { status: "failed", state: "queued" },
    { status: "cancelled", state: "failed" },
  ] as const)("tries again when that $status: $state", async ({ status, state }) => {
    const runtime = new MemoryRuntime(planOf([{ id: "sub", workflow: { name: "other" }, retry_policy: { max_attempts: 2, backoff: "none" } }]));
    const execution = await runtime.submit();
    await runtime.submit({ executionId: "exec_child000001", status, completedAt: at(1) });
    const row = taskRow({ task: "sub", state: "running", child: "exec_child000001", dispatchedAt: at(0) });
    await saveRow(runtime.executions, execution, { row });
    await watchTask(runtime, { dispatch: runtime.dispatch("sub"), looks: 0 });
    expect(runtime.record("sub")).toMatchObject({ state, failure: { code: "ChildFailed" } });
  });
});
