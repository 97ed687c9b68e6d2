import { describe, expect, it } from "vitest";
import { stageStatus, workflowStatus } from "../../../../shared/execution/run/execution-status.ts";
import { takeSnapshot } from "../../../../shared/execution/run/snapshot.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const at = (second: number): string => new Date(START + second * 1000).toISOString();
const PLAN = planOf(["a", "b", "c", "d", "e", "f", "g"].map((id) => task(id)));
const row = (id: string, more: RowFields): TaskRecord => taskRow({ task: id, state: "queued", ...more });

/** One task of each kind; `g` was never looked at. */
const ROWS: readonly TaskRecord[] = [
  row("a", { state: "completed", agentId: "one", dispatchedAt: at(0), settledAt: at(20), output: { json: '{"n":1}' } }),
  row("b", { state: "failed", agentId: "two", dispatchedAt: at(10), settledAt: at(40), failure: { code: "Oh", message: "no" } }),
  row("c", { state: "queued", attempt: 0 }),
  row("d", { state: "dispatched", agentId: "one", dispatchedAt: at(50) }),
  row("e", { state: "running", agentId: "three", dispatchedAt: at(50) }),
  row("f", { state: "input_required", agentId: "one", dispatchedAt: at(50) }),
];

async function snapshotOf(rows: readonly TaskRecord[], head: HeadFields = {}, seconds = 100) {
  const runtime = new MemoryRuntime(PLAN);
  const execution = await runtime.submit({ startedAt: at(0), ...head });
  for (const record of rows) await saveRow(runtime.executions, execution, { row: record });
  runtime.time = START + seconds * 1000;
  return takeSnapshot(runtime, TENANT, EXECUTION);
}

describe("the status of an execution by stages", () => {
  it("says of each task what is known of it, and no more", async () => {
    const { stage_details: stages } = stageStatus(await snapshotOf(ROWS));
    expect(stages).toEqual([
      { stage_id: "a", status: "completed", attempt: 1, agent_id: "one", start_time: at(0), end_time: at(20), output_size: "7B" },
      { stage_id: "b", status: "failed", attempt: 1, agent_id: "two", start_time: at(10), end_time: at(40), error: { code: "Oh", message: "no" } },
      { stage_id: "c", status: "queued", attempt: 0 },
      { stage_id: "d", status: "dispatched", attempt: 1, agent_id: "one", start_time: at(50) },
      { stage_id: "e", status: "running", attempt: 1, agent_id: "three", start_time: at(50) },
      { stage_id: "f", status: "input_required", attempt: 1, agent_id: "one", start_time: at(50) },
      { stage_id: "g", status: "pending" },
    ]);
  });

  it("counts, names what agents have in hand, and looks ahead while it is under way", async () => {
    const status = stageStatus(await snapshotOf(ROWS));
    expect(status).toMatchObject({
      status: "running",
      current_stage: "d",
      progress: { completed_stages: 2, total_stages: 7, percentage: 28 },
      performance_metrics: { execution_time_seconds: 100 },
      estimated_remaining_seconds: expect.any(Number),
      estimated_completion: { p50: expect.any(String), p90: expect.any(String), open_waits: ["f"] },
    });
    expect(status.estimated_remaining_seconds).toBeGreaterThan(0);
    expect(status.waiting_for).toMatchObject([{ kind: "input", execution_id: EXECUTION, task_id: "f" }]);
    expect(status).not.toHaveProperty("error_details");
  });

  it("names nothing that is waited for where nobody is asked", async () => {
    expect(stageStatus(await snapshotOf(ROWS.filter(({ task: id }) => id !== "f")))).not.toHaveProperty("waiting_for");
  });

  it.each(["dispatched", "running", "input_required"] as const)("takes a task that is %s for the current one", async (state) => {
    expect(stageStatus(await snapshotOf([row("c", { state })])).current_stage).toBe("c");
  });

  it.each(["queued", "parked", "completed", "failed", "skipped", "cancelled"] as const)(
    "does not take a task that is %s for the current one",
    async (state) => {
      expect(stageStatus(await snapshotOf([row("c", { state })])).current_stage).toBeNull();
    },
  );

  it("expects nothing more of one that is over, and says why it failed", async () => {
    const failure = { code: "TaskFailed", message: "no data", task: "b" };
    const status = stageStatus(await snapshotOf(ROWS, { status: "failed", completedAt: at(60), failure }));
    expect(status).toMatchObject({
      performance_metrics: { execution_time_seconds: 60 },
      estimated_remaining_seconds: 0,
      error_details: failure,
      sla_compliance: { on_track: false, success_probability: 0, actual_completion_time: at(60) },
    });
    expect(status).not.toHaveProperty("estimated_completion");
  });

  it.each([
    { what: "in time", head: { status: "completed", completedAt: at(60) }, expected: { on_track: true, success_probability: 1, sla_violated: false, remaining_time_minutes: 1 } },
    { what: "on the second", head: { status: "completed", completedAt: at(120) }, expected: { on_track: true, success_probability: 1, sla_violated: false, remaining_time_minutes: 0 } },
    { what: "too late", head: { status: "completed", completedAt: at(121) }, expected: { on_track: false, success_probability: 0, sla_violated: true, remaining_time_minutes: 0 } },
    { what: "by a cancel", head: { status: "cancelled", completedAt: at(60) }, expected: { on_track: false, success_probability: 0, sla_violated: false } },
    { what: "by a failure", head: { status: "failed", completedAt: at(60) }, expected: { on_track: false, success_probability: 0, sla_violated: false } },
  ] as const)("holds one against its promise that ended $what", async ({ head, expected }) => {
    const snapshot = await snapshotOf([], { ...head, maxDurationMinutes: 2 });
    expect(stageStatus(snapshot).sla_compliance).toMatchObject({ ...expected, target_completion_time: at(120) });
  });

  it("is off the track once its success rate is missed, however well it goes otherwise", async () => {
    const snapshot = await snapshotOf([row("a", { state: "failed", settledAt: at(1) })], { status: "completed", completedAt: at(60), successRateThreshold: 0.9 });
    expect(stageStatus(snapshot).sla_compliance).toMatchObject({ on_track: false, success_probability: 1, sla_violated: true });
  });

  it("promises nothing where nothing was promised", async () => {
    expect(stageStatus(await snapshotOf([], { status: "completed", completedAt: at(900) })).sla_compliance).toEqual({
      on_track: true,
      remaining_time_minutes: null,
      success_probability: 1,
      target_completion_time: null,
      actual_completion_time: at(900),
      sla_violated: false,
      violation_reasons: [],
      success_rate_requirement: null,
      actual_success_rate: null,
    });
  });
});

describe("the status of a workflow by agents", () => {
  it("says what each agent does or did, and counts what ended", async () => {
    expect(workflowStatus(await snapshotOf(ROWS))).toEqual({
      workflow_id: "drawn",
      execution_id: EXECUTION,
      status: "executing",
      current_phase: "d",
      agents: [
        { agent_id: "one", status: "completed", current_task: "a", progress: 1 },
        { agent_id: "two", status: "failed", current_task: "b", progress: 0 },
        { agent_id: "one", status: "assigned", current_task: "d", progress: 0 },
        { agent_id: "three", status: "running", current_task: "e", progress: 0 },
        { agent_id: "one", status: "running", current_task: "f", progress: 0 },
      ],
      performance_metrics: {
        total_runtime_seconds: 100,
        agents_allocated: 3,
        tasks_completed: 1,
        tasks_failed: 1,
        // At work from 0 to 40 of 100 seconds, and from 50 on.
        coordination_overhead: 0.1,
      },
    });
  });

  it("names the status where nothing is in hand, and has no overhead before it has run", async () => {
    const status = workflowStatus(await snapshotOf([], {}, 0));
    expect(status).toMatchObject({ current_phase: "running", performance_metrics: { total_runtime_seconds: 0 } });
    expect(status.performance_metrics).not.toHaveProperty("coordination_overhead");
  });

  it("says what failed", async () => {
    const failure = { code: "TaskFailed", message: "no data" };
    const head = { status: "failed", completedAt: at(60), failure } as const;
    expect(workflowStatus(await snapshotOf([], head))).toMatchObject({
      status: "failed",
      error_details: { error_code: "TaskFailed", error_message: "no data", failed_task: null },
    });
  });
});
