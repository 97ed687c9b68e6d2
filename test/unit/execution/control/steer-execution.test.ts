import { describe, expect, it } from "vitest";
import {
  boostPriority,
  cancelExecution,
  pauseExecution,
  resumeExecution,
} from "../../../../shared/execution/control/control-execution.ts";
import { redriveExecution, rerunTask } from "../../../../shared/execution/control/rerun.ts";
import { IllegalMoveError } from "../../../../shared/core/errors.ts";
import type { Execution } from "../../../../shared/execution/execution.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";
import { at, by, CHILD, row, steeredWorld, UNDER_WAY } from "./steered-world.ts";

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

  it.each(["completed", "queued"] as const)("does not wait for one that is %s", async (status) => {
    const world = await steeredWorld({ status });
    await expect(rerunTask(world.deps, { ...by, execution: EXECUTION }, { task: "ghost" })).rejects.toThrow();
    expect(world.pauses).toEqual([]);
  });

  it("says what is being undone and what was", async () => {
    const compensation = { plan: "0".repeat(64), machineArn: "arn:x", endsAs: "failed" } as const;
    const undoing = await steeredWorld({ compensation: { ...compensation, status: "running" } });
    await expect(boostPriority(undoing.deps, by)).rejects.toThrow("is running and its tasks are being undone; it can be steered by pause");
    const undone = await steeredWorld({ ...FAILED, compensation: { ...compensation, status: "completed" } });
    await expect(redriveExecution(undone.deps, by)).rejects.toThrow("is failed and its tasks were undone; nothing can be done with it");
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
    await pauseExecution(world.deps, by);
    expect(world.started()).toEqual([]);
    world.machines.clear();
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
    const events = [...world.runtime.tables.rows.values()].filter(({ sk }) => String(sk).startsWith("EVT#"));
    const facts = (type: string) => events.find((event) => event["type"] === type && event["timestamp"] === at(0) && String(event["event_id"]).includes("run.1"))?.["facts"];
    expect(facts("workflow.controlled")).toEqual({ action: "pause", requested_by: "ann", run: 1, ...why });
    expect(facts("workflow.status_changed")).toEqual({ previous_status: "running", new_status: "paused", reason: why.reason ?? "pause" });
  });

  it("tells of no change of status where there is none", async () => {
    const world = await steeredWorld({ status: "queued" });
    await boostPriority(world.deps, by);
    expect(world.runtime.events().toSorted()).toEqual(["workflow.controlled", "workflow.status_changed"]);
  });
});

describe("an execution below", () => {
  it.each([
    { act: "pause", run: pauseExecution, status: "paused" },
    { act: "cancel", run: cancelExecution, status: "cancelled" },
  ] as const)("goes the same way: $act", async ({ run, status }) => {
    const world = await steeredWorld({}, UNDER_WAY, { child: {} });
    await run(world.deps, by);
    expect(world.head(CHILD)).toMatchObject({ status, run: 1 });
  });

  it.each([
    { what: "is not there yet", child: undefined },
    { what: "is over", child: { status: "completed", completedAt: at(4) } as const },
  ])("is left alone when it $what", async ({ child }) => {
    const world = await steeredWorld({}, UNDER_WAY, child === undefined ? {} : { child });
    expect(await pauseExecution(world.deps, by)).toMatchObject({ status: "paused" });
    if (child !== undefined) expect(world.head(CHILD).status).toBe("completed");
  });

  it("tells the one above it of a cancel, not of a pause", async () => {
    const world = await steeredWorld({}, [], { child: {} });
    await pauseExecution(world.deps, { ...by, execution: CHILD });
    expect(world.runtime.settles).toEqual([]);
    await cancelExecution(world.deps, { ...by, execution: CHILD });
    expect(world.runtime.settles).toEqual([{ dispatch: { tenant: "acme", execution: EXECUTION, task: "sub", attempt: 1 } }]);
  });

  it("has nobody to tell when nothing is above it", async () => {
    const world = await steeredWorld();
    await cancelExecution(world.deps, by);
    expect(world.runtime.settles).toEqual([]);
  });

  it("is told to go on as well when the one above it goes on", async () => {
    const world = await steeredWorld({ status: "paused", pausedAt: at(5) }, UNDER_WAY, { child: { status: "paused", pausedAt: at(5) } });
    await resumeExecution(world.deps, by);
    expect(world.head(CHILD)).toMatchObject({ status: "running" });
  });
});

describe("a redrive of an execution whose child failed with it", () => {
  const rows = [
    row("a", { state: "completed", settledAt: at(1) }),
    row("sub", { state: "failed", child: CHILD, dispatchedAt: at(2), settledAt: at(3), failure: { code: "ChildFailed", message: "no" } }),
  ];
  const compensation = { plan: "0".repeat(64), machineArn: "arn:x", status: "completed", endsAs: "failed" } as const;
  const redriven = async (child: Partial<Execution> | undefined, record = rows[1]) => {
    const given = record === undefined ? rows : [...rows.slice(0, 1), record];
    const world = await steeredWorld(FAILED, given, child === undefined ? {} : { child });
    await redriveExecution(world.deps, by);
    return world;
  };

  it.each(["failed", "cancelled"] as const)("has it go on where it ended when it was %s", async (status) => {
    const world = await redriven({ status, completedAt: at(3) });
    expect(world.head(CHILD)).toMatchObject({ status: "submitted", run: 2 });
    expect(world.runtime.record("sub")).toMatchObject({ state: "running", run: 2, attempt: 1, child: CHILD, token: "" });
    expect(world.runtime.record("sub")?.failure).toBeUndefined();
  });

  it.each(["running", "completed", "paused"] as const)("leaves it alone when it is %s: its task finds out how it goes", async (status) => {
    const world = await redriven({ status });
    expect(world.head(CHILD)).toMatchObject({ status, run: 1 });
    expect(world.runtime.record("sub")).toMatchObject({ state: "running", run: 2, child: CHILD });
  });

  it.each([
    { what: "is not there", child: undefined },
    { what: "has undone what it did", child: { ...FAILED, compensation } },
    { what: "undid what it did and was cancelled", child: { status: "cancelled", completedAt: at(3), compensation } as const },
  ])("starts another when it $what", async ({ child }) => {
    const world = await redriven(child);
    expect(world.runtime.record("sub")).toMatchObject({ state: "queued", run: 2, retryBase: 1 });
    expect(world.runtime.record("sub")?.child).toBeUndefined();
  });

  it("starts another when it was taken back", async () => {
    const world = await redriven({ status: "failed", completedAt: at(3) }, row("sub", { state: "cancelled", child: CHILD, settledAt: at(3), recall: { agents: [], child: CHILD } }));
    expect(world.runtime.record("sub")).toMatchObject({ state: "queued", run: 2 });
    expect(world.head(CHILD)).toMatchObject({ run: 1 });
  });

  it("starts another when the task itself is to start over", async () => {
    const world = await steeredWorld(FAILED, rows, { child: { status: "failed", completedAt: at(3) } });
    await rerunTask(world.deps, by, { task: "sub" });
    expect(world.runtime.record("sub")).toMatchObject({ state: "queued", run: 2 });
    expect(world.head(CHILD)).toMatchObject({ run: 1 });
  });

  it("lets other failures than that of the child pass", async () => {
    const world = await steeredWorld(FAILED, rows, { child: { status: "failed", completedAt: at(3) } });
    world.runtime.tables.onSend = (name, input) => {
      if (name === "TransactWriteCommand" && JSON.stringify(input).includes(`X#${CHILD}`)) throw new Error("throttled");
    };
    await expect(redriveExecution(world.deps, by)).rejects.toThrow("throttled");
  });
});

describe("a cancel", () => {
  it.each([
    { what: "a saga that has begun is undone first", head: { status: "running" }, compensate: true, status: "running", run: 2 },
    { what: "a saga that has not begun has nothing to undo", head: { status: "submitted" }, compensate: true, status: "cancelled", run: 1 },
    { what: "a saga is left done where that is wished", head: { status: "running" }, compensate: false, status: "cancelled", run: 1 },
  ] as const)("$what", async ({ head, compensate, status, run }) => {
    const world = await steeredWorld(head, UNDER_WAY, { child: {} });
    Object.assign(world.runtime.view.plan, { faultTolerance: { sagaPattern: { compensationEnabled: true } } });
    await cancelExecution(world.deps, by, { compensate });
    expect(world.head()).toMatchObject({ status, run });
  });
});
