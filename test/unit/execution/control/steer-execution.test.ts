import { describe, expect, it } from "vitest";
import { boostPriority, cancelExecution, pauseExecution, raiseExecutionBudget, resumeExecution } from "../../../../shared/execution/control/control-execution.ts";
import { redriveExecution, rerunTask } from "../../../../shared/execution/control/rerun.ts";
import { placeOf } from "../../../../shared/execution/admission/admission.ts";
import { IllegalMoveError } from "../../../../shared/core/errors.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";
import { at, by, row, steeredWorld, UNDER_WAY } from "./steered-world.ts";

const FAILED = { status: "failed", completedAt: at(9) } as const;

describe("an act that is not allowed yet", () => {
  it("waits for an execution that was submitted a moment ago to begin", async () => {
    const world = await steeredWorld({ status: "submitted" });
    const deps = { ...world.deps, pause: async () => world.change({ status: "running" }) };
    expect(await boostPriority(deps, by)).toMatchObject({ priority: "high", run: 2 });
  });

  it("loses patience after three seconds", async () => {
    const world = await steeredWorld({ status: "submitted" });
    await expect(boostPriority(world.deps, by)).rejects.toThrow(IllegalMoveError);
    expect(world.pauses).toEqual(Array.from({ length: 15 }, () => 200));
  });

  it("does not wait with what is allowed already", async () => {
    const world = await steeredWorld({ status: "submitted" });
    await pauseExecution(world.deps, by);
    expect(world.pauses).toEqual([]);
    expect(world.head().status).toBe("paused");
  });

  it.each(["completed", "queued"] as const)("does not wait for one that is %s", async (status) => {
    const world = await steeredWorld({ status });
    await expect(rerunTask(world.deps, { ...by, execution: EXECUTION }, { task: "ghost" })).rejects.toThrow();
    expect(world.pauses).toEqual([]);
  });

  it("says what is being undone and what was", async () => {
    const compensation = { plan: "0".repeat(64), machineArn: "arn:x", endsAs: "failed" } as const;
    const undoing = await steeredWorld({ compensation: { ...compensation, status: "running" } });
    await expect(boostPriority(undoing.deps, by)).rejects.toThrow("is running and its tasks are being compensated; possible now: pause");
    const undone = await steeredWorld({ ...FAILED, compensation: { ...compensation, status: "completed" } });
    await expect(redriveExecution(undone.deps, by)).rejects.toThrow("is failed and its tasks were compensated; possible now: nothing");
  });
});

describe("an act that is carried out", () => {
  it("is off the record, also when the execution moves in the moment in which it is taken off", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    const seen = meanwhile(world.runtime, { sk: "META", times: 2 }, () => {
      if (seen.writes === 2) world.change({ sla: { isAtRisk: true, violations: [] } });
    });
    await pauseExecution(world.deps, by);
    expect(world.head()).toMatchObject({ status: "paused", sla: { isAtRisk: true } });
    expect(world.head().pending).toBeUndefined();
    expect(seen.writes).toBe(3);
  });
});

describe("the same act again", () => {
  it("changes nothing while the run it led to goes on", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    await rerunTask(world.deps, by, { task: "b", input: { x: 1 } });
    world.change({ status: "running" });
    expect(await rerunTask(world.deps, by, { task: "b", input: { x: 1 } })).toMatchObject({ run: 2 });
  });

  it("is another act when it asks for something else", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    await rerunTask(world.deps, by, { task: "b", input: { x: 1 } });
    world.change({ status: "running" });
    expect(await rerunTask(world.deps, by, { task: "b", input: { x: 2 } })).toMatchObject({ run: 3 });
  });

  it("is another act when an older one asked for it", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    await rerunTask(world.deps, by, { task: "b" });
    world.change({ status: "running", run: 3 });
    expect(await rerunTask(world.deps, by, { task: "b" })).toMatchObject({ run: 4 });
  });
});

describe("the machine of an execution", () => {
  it("starts with a resume and with a next run, not with a pause", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    world.machines.clear();
    await pauseExecution(world.deps, by);
    expect([...world.machines.keys()]).toEqual([]);
    await resumeExecution(world.deps, by);
    expect([...world.machines.keys()]).toEqual([`${EXECUTION}-r1`]);
    await boostPriority(world.deps, by);
    expect([...world.machines.keys()]).toEqual([`${EXECUTION}-r1`, `${EXECUTION}-r2`]);
  });

  it("does not start for one that waits for its turn", async () => {
    const world = await steeredWorld({ status: "queued", run: 1, startedAt: undefined });
    expect(await boostPriority(world.deps, by)).toMatchObject({ status: "queued", run: 1, priority: "high" });
    expect(world.started()).toEqual([]);
  });

  it("does not start for a next run that has to wait for its turn", async () => {
    const world = await steeredWorld(FAILED, [row("a", { state: "failed" })]);
    const deps = { ...world.deps, admission: { total: 0, perTenant: 0, queue: 100 } };
    expect(await redriveExecution(deps, by)).toMatchObject({ status: "queued", run: 2 });
    expect(world.started()).toEqual([]);
  });

  it("leaves one in its place in the queue whose budget is raised", async () => {
    const world = await steeredWorld({ budgetRoot: EXECUTION });
    const queued = placeOf({ tenant: "acme", executionId: EXECUTION, priority: "medium", submittedAt: at(0) });
    world.change({ status: "queued", queued });
    await raiseExecutionBudget({ ...world.deps, admission: { total: 0, perTenant: 0, queue: 100 } }, by, { maxCost: 5 });
    expect(world.head()).toMatchObject({ status: "queued", queued });
  });

  it("changes nothing for one that is as fast as can be", async () => {
    const world = await steeredWorld({ priority: "critical" });
    expect(await boostPriority(world.deps, by)).toMatchObject({ run: 1, priority: "critical" });
    expect(world.runtime.events()).not.toContain("workflow.controlled");
  });

  it("stays paused under a faster queue when it was paused", async () => {
    const world = await steeredWorld({ status: "paused", pausedAt: at(5) }, UNDER_WAY);
    expect(await boostPriority(world.deps, by)).toMatchObject({ status: "paused", run: 2, pausedAt: at(5) });
  });
});

describe("who steered, how and why", () => {
  it.each([{ reason: "lunch" }, {}])("is in the history: %o", async (why) => {
    const world = await steeredWorld({}, UNDER_WAY);
    await pauseExecution(world.deps, { ...by, ...why });
    const facts = (type: string) => eventsIn(world.runtime.tables.changes).findLast((event) => event.type === type)?.facts;
    expect(facts("workflow.controlled")).toEqual({ action: "pause", requested_by: "ann", run: 1, ...why });
    expect(facts("workflow.status_changed")).toEqual({ previous_status: "running", new_status: "paused", reason: why.reason ?? "pause" });
  });

  it("tells of no change of status where there is none", async () => {
    const world = await steeredWorld({ status: "queued" });
    await boostPriority(world.deps, by);
    expect(world.runtime.events().toSorted()).toEqual(["workflow.controlled", "workflow.status_changed"]);
  });
});

describe("a cancel", () => {
  it.each([
    { what: "a saga that has begun is undone first", head: { status: "running" }, compensate: true, status: "running", run: 2 },
    { what: "a saga that is paused is undone first", head: { status: "paused" }, compensate: true, status: "running", run: 2 },
    { what: "a saga that has not begun has nothing to undo", head: { status: "submitted" }, compensate: true, status: "cancelled", run: 1 },
    { what: "a saga is left done where that is wished", head: { status: "running" }, compensate: false, status: "cancelled", run: 1 },
  ] as const)("$what", async ({ head, compensate, status, run }) => {
    const world = await steeredWorld(head, UNDER_WAY, { child: {} });
    Object.assign(world.runtime.view.plan, { faultTolerance: { sagaPattern: { compensationEnabled: true } } });
    await cancelExecution(world.deps, by, { compensate });
    expect(world.head()).toMatchObject({ status, run });
  });
});
