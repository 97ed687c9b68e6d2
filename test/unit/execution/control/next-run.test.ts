import { describe, expect, it } from "vitest";
import { modifyExecution, redriveExecution, rerunTask, skipInNextRun } from "../../../../shared/execution/control/rerun.ts";
import { resumeFromCheckpoint } from "../../../../shared/execution/control/control-execution.ts";
import { IllegalMoveError } from "../../../../shared/core/errors.ts";
import { planned } from "../../../fixtures/runtime/memory-control.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { moveElsewhere, type RowFields } from "../../../fixtures/runtime/task-rows.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { at, by, CHILD, row, steeredWorld, type SteeredWorld, TASKS, UNDER_WAY } from "./steered-world.ts";

const FAILED = { status: "failed", completedAt: at(9) } as const;
const PAUSED = { status: "paused", pausedAt: at(5) } as const;
const decision = (verdict: "approved" | "rejected") => ({ verdict, by: "bob", at: at(1) });

/** A plan like the one under test with another `c`. */
const OTHER = planOf([...TASKS.slice(0, 2), task("c", ["b"], { input: { edited: true } }), ...TASKS.slice(3)]);
const otherIn = (world: SteeredWorld) => planned(world.runtime, OTHER);

describe("what a task keeps when it starts over", () => {
  const redriven = async (record: RowFields) => {
    const world = await steeredWorld(FAILED, [row("a", { state: "failed", settledAt: at(3), ...record })]);
    await redriveExecution(world.deps, by);
    return world.runtime.record("a");
  };

  it("an approval, of what failed after it", async () => {
    expect(await redriven({ decision: decision("approved") })).toMatchObject({ state: "queued", run: 2, decision: decision("approved") });
  });

  it("no refusal", async () => {
    expect((await redriven({ decision: decision("rejected") }))?.decision).toBeUndefined();
  });

  it("an input that took the place of the definition's", async () => {
    expect(await redriven({ input: { json: '{"x":1}' } })).toMatchObject({ input: { json: '{"x":1}' } });
  });

  it("no approval when it is done anew on purpose", async () => {
    const world = await steeredWorld({}, [row("a", { state: "completed", settledAt: at(1), decision: decision("approved") })]);
    await rerunTask(world.deps, by, { task: "a" });
    expect(world.runtime.record("a")?.decision).toBeUndefined();
  });

  it("no approval of what was completed, when a redrive names it", async () => {
    const world = await steeredWorld(FAILED, [row("a", { state: "completed", settledAt: at(1), decision: decision("approved") })]);
    await rerunTask(world.deps, by, { task: "a" });
    expect(world.runtime.record("a")?.decision).toBeUndefined();
  });

  it("no approval and no edited input when the execution is taken back to before them", async () => {
    const edited = { decision: decision("approved"), input: { json: "1" } };
    const world = await steeredWorld(FAILED, [row("a", { state: "failed", settledAt: at(6), ...edited })]);
    await resumeFromCheckpoint(world.deps, by, `at:${at(5)}`);
    expect(world.runtime.record("a")).toMatchObject({ state: "queued", run: 2 });
    expect(world.runtime.record("a")?.decision).toBeUndefined();
    expect(world.runtime.record("a")?.input).toBeUndefined();
  });
});

describe("a row that changes while a restart is carried out", () => {
  it("is looked at again, and changes once", async () => {
    const world = await steeredWorld({}, [row("a", { state: "dispatched", agentId: "agent-one" })]);
    meanwhile(world.runtime, { sk: "TASK#a" }, () => moveElsewhere(world.runtime, "a", { state: "running", agentTaskId: "late" }));
    await rerunTask(world.deps, by, { task: "a" });
    expect(world.runtime.record("a")).toMatchObject({ state: "queued", run: 2, retryBase: 1 });
    expect(world.runtime.cancelled).toEqual(["late"]);
    expect(world.runtime.record("a")?.recall).toBeUndefined();
  });

  it("is left to another caller's run that took it over", async () => {
    const world = await steeredWorld({}, [row("a", { state: "completed", settledAt: at(1) })]);
    meanwhile(world.runtime, { sk: "TASK#a" }, () => moveElsewhere(world.runtime, "a", { run: 3 }));
    await rerunTask(world.deps, by, { task: "a" });
    expect(world.runtime.record("a")).toMatchObject({ state: "completed", run: 3 });
  });

  it("does not tell agents again that another run has to tell", async () => {
    const recall = { agents: [{ agentId: "agent-one", agentTaskId: "old" }] };
    const world = await steeredWorld({}, [row("a", { state: "completed", settledAt: at(1) }), row("x", { state: "cancelled", recall, run: 1 })]);
    await rerunTask(world.deps, by, { task: "a" });
    expect(world.runtime.cancelled).toEqual([]);
    expect(world.runtime.record("x")).toMatchObject({ recall });
  });
});

describe("what a restart tells", () => {
  const settled = (world: SteeredWorld) =>
    eventsIn(world.runtime.tables.changes).flatMap(({ type, facts }) => (type === "task.completed" ? [facts] : []));

  it("skips with a result, and drops without", async () => {
    const world = await steeredWorld(PAUSED, [row("a", { state: "completed", settledAt: at(1) })]);
    await skipInNextRun(world.deps, by, { task: "a", output: { y: 2 } });
    expect(settled(world)).toEqual([{ task_id: "a", attempt: 1, status: "skipped", duration_seconds: 0, result: { bytes: 7 } }]);
  });

  it("drops what another definition does not have", async () => {
    const world = await steeredWorld(PAUSED, [row("a", { state: "completed", settledAt: at(1) })]);
    const definition = await planned(world.runtime, planOf(TASKS.slice(0, 2)));
    await modifyExecution(world.deps, by, definition);
    expect(world.runtime.record("c")).toMatchObject({ state: "cancelled", run: 2 });
    expect(settled(world)).toContainEqual({ task_id: "c", attempt: 0, status: "cancelled", duration_seconds: 0 });
  });
});

describe("another definition", () => {
  it("changes nothing when it is the one that is in force", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    const definition = await planned(world.runtime, world.runtime.view.plan);
    const { execution, difference, keptStarted } = await modifyExecution(world.deps, by, definition);
    expect(execution).toMatchObject({ run: 1, status: "running" });
    expect({ changed: difference.changed, keptStarted }).toEqual({ changed: [], keptStarted: [] });
  });

  it("names tasks that began in the moment of the change: they go on as they were", async () => {
    const world = await steeredWorld({}, [...UNDER_WAY, row("c", { state: "queued", attempt: 0 })]);
    const definition = await otherIn(world);
    meanwhile(world.runtime, { sk: "TASK#c" }, () => moveElsewhere(world.runtime, "c", { state: "dispatched", attempt: 1 }));
    expect(await modifyExecution(world.deps, by, definition)).toMatchObject({ difference: { changed: ["c"] }, keptStarted: ["c"] });
    expect(world.runtime.record("c")).toMatchObject({ state: "dispatched", run: 1 });
  });

  it("is refused where it changes what has started, by name", async () => {
    const world = await steeredWorld({}, [...UNDER_WAY, row("c", { state: "running" })]);
    const definition = await otherIn(world);
    await expect(modifyExecution(world.deps, by, definition)).rejects.toThrow("tasks that have started keep their definition: 'c' (running)");
  });

  it.each([
    { what: "redrive", act: (world: SteeredWorld) => otherIn(world).then((definition) => redriveExecution(world.deps, by, definition)) },
    { what: "rerun", act: (world: SteeredWorld) => otherIn(world).then((definition) => rerunTask(world.deps, by, { task: "a", downstream: false, definition })) },
  ])("is refused by the name of the act that brought it: $what", async ({ what, act }) => {
    const world = await steeredWorld(FAILED, [row("a", { state: "completed" }), row("c", { state: "completed" })]);
    const refused: unknown = await act(world).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(IllegalMoveError);
    expect(refused).toMatchObject({ facts: { action: what, tasks: [{ task_id: "c", status: "completed" }] } });
  });

  it("may change what starts over anyway", async () => {
    const world = await steeredWorld(FAILED, [row("a", { state: "completed" }), row("c", { state: "failed" })]);
    await redriveExecution(world.deps, by, await otherIn(world));
    expect(world.head()).toMatchObject({ run: 2, plan: OTHER.planHash, status: "submitted" });
    expect(world.runtime.record("c")).toMatchObject({ state: "queued", run: 2 });
  });

  it("leaves a paused execution paused, its time standing still", async () => {
    const paused = await steeredWorld(PAUSED, UNDER_WAY);
    await modifyExecution(paused.deps, by, await otherIn(paused));
    expect(paused.head()).toMatchObject({ status: "paused", pausedAt: at(5), deadlineAt: at(3600) });
  });

  it("gives one that was over its time anew", async () => {
    const child = { ...FAILED, failure: { code: "X", message: "y" }, deadlineAt: at(5), executionTimeoutSeconds: 60 };
    const world = await steeredWorld({}, UNDER_WAY, { child });
    world.runtime.time += 10_000;
    await redriveExecution(world.deps, { ...by, execution: CHILD });
    expect(world.head(CHILD)).toMatchObject({ status: "submitted", run: 2, deadlineAt: at(70) });
    expect(world.head(CHILD)).not.toHaveProperty("completedAt");
    expect(world.head(CHILD)).not.toHaveProperty("failure");
  });

  it("gives a paused execution that goes on the time back that it stood", async () => {
    const world = await steeredWorld(PAUSED, UNDER_WAY);
    world.runtime.time += 100_000;
    await resumeFromCheckpoint(world.deps, by, "after:a");
    expect(world.head()).toMatchObject({ status: "submitted", deadlineAt: at(3695) });
    expect(world.head().pausedAt).toBeUndefined();
  });
});
