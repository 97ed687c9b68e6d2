import { describe, expect, it } from "vitest";
import { cancelExecution, pauseExecution, resumeExecution, resumeFromCheckpoint } from "../../../../shared/execution/control/control-execution.ts";
import { redriveExecution, rerunTask } from "../../../../shared/execution/control/rerun.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";
import { at, by, CHILD, row, steeredWorld, UNDER_WAY } from "./steered-world.ts";

const FAILED = { status: "failed", completedAt: at(9) } as const;

describe("an execution below", () => {
  it.each([
    { act: "pause", run: pauseExecution, status: "paused" },
    { act: "cancel", run: cancelExecution, status: "cancelled" },
  ] as const)("goes the same way: $act", async ({ run, status }) => {
    const world = await steeredWorld({}, UNDER_WAY, { child: {} });
    await run(world.deps, by);
    expect(world.head(CHILD)).toMatchObject({ status, run: 1 });
  });

  it("goes the same way when there is nothing but it", async () => {
    const tasks = [{ id: "sub", workflow: { name: "other" } }];
    const world = await steeredWorld({}, UNDER_WAY.slice(2), { child: {}, tasks });
    await pauseExecution(world.deps, by);
    expect(world.head(CHILD)).toMatchObject({ status: "paused" });
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
  const redriven = async (child: HeadFields | undefined, record = rows[1]) => {
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

  it("has it go on as well when its task was cancelled with the execution", async () => {
    const world = await redriven({ status: "failed", completedAt: at(3) }, row("sub", { state: "cancelled", child: CHILD, settledAt: at(3) }));
    expect(world.head(CHILD)).toMatchObject({ status: "submitted", run: 2 });
    expect(world.runtime.record("sub")).toMatchObject({ state: "running", run: 2, child: CHILD });
  });

  it("ends it and starts another when its task was still under way", async () => {
    const world = await redriven({}, row("sub", { state: "running", child: CHILD, dispatchedAt: at(2) }));
    expect(world.head(CHILD)).toMatchObject({ status: "cancelled", run: 1 });
    expect(world.runtime.record("sub")).toMatchObject({ state: "queued", run: 2 });
  });

  it("starts another when the execution is taken back to a moment before", async () => {
    const world = await steeredWorld(FAILED, rows, { child: { status: "failed", completedAt: at(3) } });
    await resumeFromCheckpoint(world.deps, by, `at:${at(2)}`);
    expect(world.runtime.record("sub")).toMatchObject({ state: "queued", run: 2 });
    expect(world.head(CHILD)).toMatchObject({ run: 1 });
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
      if (name === "PutCommand" && JSON.stringify(input).includes(`X#${CHILD}`)) throw new Error("throttled");
    };
    await expect(redriveExecution(world.deps, by)).rejects.toThrow("throttled");
  });
});
