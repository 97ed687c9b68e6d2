import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { executionMetrics } from "../../../../shared/execution/run/execution-metrics.ts";
import { stageStatus, workflowStatus } from "../../../../shared/execution/run/execution-status.ts";
import { takeSnapshot } from "../../../../shared/execution/run/snapshot.ts";
import { compensationPlan } from "../../../../shared/execution/saga/compensation.ts";
import { savePlan } from "../../../../shared/execution/store/plan-store.ts";
import { type TaskRecord, TaskState } from "../../../../shared/execution/task/task-record.ts";
import { ExecutionMetrics, StageStatus, WorkflowStatus } from "../../../../shared/execution/views/status.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const iso = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const undo = { compensation: { action: "undo" } };
const list = (count: number) => ({ items: { count, list: { json: "[]" } } });
const FLOWS = [
  task("fetch", [], undo),
  task("each", ["fetch"], { for_each: { items: "input.files" }, ...undo }),
  task("vote", ["fetch"], { scatter: { agents: 3 } }),
  task("fast", ["each"], { hedge: { after: 1 }, ...undo }),
  task("ask", ["fast", "vote"], { approval: { roles: ["operator"] } }),
];

type Row = { readonly task: string; readonly state: TaskState } & Readonly<Record<string, unknown>>;

async function runtimeOf(rows: readonly Row[], { tasks = FLOWS, undone = false, head = {} }: { tasks?: readonly object[]; undone?: boolean; head?: object } = {}) {
  const runtime = new MemoryRuntime(planOf(tasks));
  const records: readonly TaskRecord[] = rows.map((row) => taskRow(row));
  const undoing = undone ? compensationPlan({ plan: runtime.view.plan, records, strategy: "backward" }) : undefined;
  if (undoing !== undefined) await savePlan(runtime.payloads, TENANT, undoing);
  const compensation = undoing && { plan: undoing.planHash, machineArn: "arn", status: "running", endsAs: "failed" };
  const execution = await runtime.submit({ startedAt: iso(0), ...(compensation && { compensation, run: 2 }), ...head });
  for (const row of records) await saveRow(runtime.executions, execution, { row });
  const done = undoing?.tasks.slice(0, 1) ?? [];
  for (const { id } of done) await saveRow(runtime.executions, execution, { row: taskRow({ task: id, state: "completed" }) });
  return runtime;
}

const look = async (runtime: MemoryRuntime) => takeSnapshot(runtime, TENANT, EXECUTION);
const states = fc.constantFrom(...TaskState.options);
const maybe = fc.option(states, { nil: undefined });
const drawn = fc.record({
  own: fc.tuple(maybe, maybe, maybe, maybe, maybe),
  items: fc.array(states, { maxLength: 8 }),
  answers: fc.array(states, { maxLength: 3 }),
  hedges: fc.array(states, { maxLength: 1 }),
  count: fc.nat(8),
  undone: fc.boolean(),
  at: fc.nat(1000),
});

const rowsOf = ({ own, items, answers, hedges, count }: typeof drawn extends fc.Arbitrary<infer Drawn> ? Drawn : never): Row[] => [
  ...["fetch", "each", "vote", "fast", "ask"].flatMap((id, place): Row[] => {
    const state = own[place];
    const grouped = id === "each" ? list(count) : id === "vote" ? list(3) : {};
    return state === undefined ? [] : [{ task: id, state, ...(state === "queued" || state === "parked" ? {} : grouped) }];
  }),
  ...items.map((state, index): Row => ({ task: `each[${index}]`, state })),
  ...answers.map((state, index): Row => ({ task: `vote[${index}]`, state })),
  ...hedges.map((state): Row => ({ task: "fast~hedge", state })),
];

describe("progress", () => {
  it("lies between 0 and 100 % of the plan's tasks in whatever way they run, and every share between 0 and 1", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (given) => {
        const runtime = await runtimeOf(rowsOf(given), { undone: given.undone });
        runtime.time = START + given.at * 1000;
        const snapshot = await look(runtime);
        const { progress, compensation } = StageStatus.parse(stageStatus(snapshot));
        const { settled = 0, total = 0 } = progress.instances ?? {};
        expect(progress.total_stages).toBe(5);
        expect(progress.completed_stages).toBe(given.own.filter((state) => ["completed", "failed", "skipped", "cancelled"].includes(state ?? "")).length);
        expect(progress.percentage).toBe(progress.completed_stages * 20);
        expect(settled).toBeLessThanOrEqual(total);
        expect(compensation?.settled_tasks ?? 0).toBeLessThanOrEqual(compensation?.total_tasks ?? 0);
        const { performance_metrics: figures } = WorkflowStatus.parse(workflowStatus(snapshot));
        expect(figures.tasks_completed + figures.tasks_failed).toBeLessThanOrEqual(5);
        ExecutionMetrics.parse(executionMetrics(snapshot));
      }),
      { numRuns: 100 },
    );
  });

  it("counts instances beside their task", async () => {
    const items = Array.from({ length: 123 }, (_, index): Row => ({ task: `each[${index}]`, state: "completed" }));
    const runtime = await runtimeOf([{ task: "fetch", state: "completed" }, { task: "each", state: "running", ...list(200) }, ...items]);
    const instances = { settled: 123, total: 200 };
    expect(stageStatus(await look(runtime)).progress).toEqual({ completed_stages: 1, total_stages: 5, percentage: 20, instances });
  });

  it("gives no chance to an execution whose undoing is on record and has no plan yet", async () => {
    const chance = async (head: object) => (await look(await runtimeOf([], { head }))).outlook.successProbability;
    expect(await chance({})).toBeGreaterThan(0);
    expect(await chance({ pending: { run: 2, compensate: "failed" } })).toBe(0);
  });

  it("counts what is undone beside what was done, and looks ahead to the rest of the undoing alone", async () => {
    const rows: Row[] = [{ task: "fetch", state: "completed" }, { task: "fast", state: "completed" }, { task: "vote", state: "failed" }];
    const snapshot = await look(await runtimeOf(rows, { undone: true, head: { maxDurationMinutes: 60 } }));
    expect(stageStatus(snapshot)).toMatchObject({
      progress: { completed_stages: 3, total_stages: 5, percentage: 60 },
      compensation: { status: "running", ends_as: "failed", settled_tasks: 1, total_tasks: 2 },
      sla_compliance: { success_probability: 0, on_track: false },
    });
  });
});

describe("the state of a compensation", () => {
  const failure = { code: "AgentFailed", message: "no" };
  const compensation = { plan: "0".repeat(64), machineArn: "arn", status: "completed" as const, endsAs: "failed" as const };
  it.each([
    [{}, "none"],
    [{ pending: { run: 2, compensate: "failed" } }, "pending"],
    [{ compensation }, "completed"],
    [{ compensation: { ...compensation, status: "failed" as const } }, "failed"],
  ])("is what is on record: %j", async (more, expected) => {
    const snapshot = await look(await runtimeOf([], { head: { failure } }));
    const status = workflowStatus({ ...snapshot, execution: { ...snapshot.execution, ...more } as typeof snapshot.execution }); // oxlint-disable-line typescript/no-unsafe-type-assertion
    expect(status.error_details?.compensation_status).toBe(expected);
  });
});

describe("the overhead of coordination", () => {
  const two = [task("a"), task("b", ["a"])];
  const overhead = async (rows: readonly Row[], head: object = {}) => {
    const runtime = await runtimeOf(rows, { tasks: two, head: { status: "completed", completedAt: iso(10), ...head } });
    return workflowStatus(await look(runtime)).performance_metrics.coordination_overhead;
  };
  const a = { task: "a", state: "completed", queuedAt: iso(0), dispatchedAt: iso(0), settledAt: iso(4) } as const;
  const b = { task: "b", state: "completed", queuedAt: iso(5), dispatchedAt: iso(5), settledAt: iso(10) } as const;

  it("is the time in which nobody was at work", async () => {
    expect(await overhead([a, b])).toBe(0.1);
  });

  it("holds neither waits before a retry nor pauses nor waits for people", async () => {
    expect(await overhead([a, { ...b, attempt: 2, queuedAt: iso(4), dispatchedAt: iso(8) }])).toBe(0);
    const decision = { verdict: "approved", by: "ann", at: iso(8) };
    expect(await overhead([a, { ...b, decision, queuedAt: iso(4), dispatchedAt: iso(8) }])).toBe(0);
    expect(await overhead([a, { ...b, dispatchedAt: iso(8) }], { pauses: [{ from: iso(4), to: iso(8) }] })).toBe(0);
  });

  it("holds the wait for a first attempt, and not the one of a task that is to be tried again", async () => {
    expect(await overhead([a, { ...b, queuedAt: iso(4), dispatchedAt: iso(8) }])).toBe(0.4);
    const runtime = await runtimeOf([a, { task: "b", state: "queued", queuedAt: iso(4), notBefore: iso(20) }], { tasks: two });
    runtime.time = START + 10_000;
    expect(workflowStatus(await look(runtime)).performance_metrics.coordination_overhead).toBe(0);
    const held = await runtimeOf([a, { task: "b", state: "parked", queuedAt: iso(4), reason: "hold" }], { tasks: two });
    held.time = START + 10_000;
    expect(workflowStatus(await look(held)).performance_metrics.coordination_overhead).toBe(0);
  });

  it("ends where undoing begins, and is not told of what a restart forgot", async () => {
    const undoing = { compensation: { plan: planOf(two).planHash, machineArn: "arn", status: "completed", endsAs: "failed" }, run: 2 };
    const failed = { ...b, state: "failed", dispatchedAt: iso(5), settledAt: iso(8), failure: { code: "AgentFailed", message: "no" } } as const;
    expect(await overhead([a, failed], { status: "failed", completedAt: iso(100), ...undoing })).toBe(0.125);
    expect(await overhead([a, b], { run: 2 })).toBeUndefined();
  });
});

describe("a task that waits", () => {
  it("says for what and until when, and what no agent can do is not likely to succeed", async () => {
    const wait = { reason: "no_capable_agent", until: iso(30) };
    const runtime = await runtimeOf([
      { task: "fetch", state: "completed" },
      { task: "each", state: "running", ...list(2) },
      { task: "each[0]", state: "queued", wait },
      { task: "vote", state: "parked", reason: "approval", waitUntil: iso(60) },
      { task: "fast", state: "parked" },
    ]);
    const status = StageStatus.parse(stageStatus(await look(runtime)));
    expect(status.stage_details.map(({ waiting }) => waiting)).toEqual([undefined, wait, { reason: "approval", until: iso(60) }, { reason: "inputs" }, undefined]);
    expect(status).toMatchObject({ estimated_remaining_seconds: null, sla_compliance: { success_probability: 0, on_track: false } });
    expect(status.estimated_completion).toBeUndefined();
  });

  it("for its next attempt says so", async () => {
    const runtime = await runtimeOf([{ task: "fetch", state: "queued", notBefore: iso(7) }]);
    expect(stageStatus(await look(runtime)).stage_details[0]?.waiting).toEqual({ reason: "retry", until: iso(7) });
  });
});
