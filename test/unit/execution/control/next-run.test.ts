import { describe, expect, it } from "vitest";
import { modifyExecution, redriveExecution, rerunTask, skipInNextRun } from "../../../../shared/execution/control/rerun.ts";
import { resumeFromCheckpoint } from "../../../../shared/execution/control/control-execution.ts";
import { skipTask } from "../../../../shared/execution/control/skip-task.ts";
import { IllegalMoveError, InvalidRequestError } from "../../../../shared/core/errors.ts";
import type { TaskRecord } from "../../../../shared/execution/execution.ts";
import { planned } from "../../../fixtures/runtime/memory-control.ts";
import { agentOf, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { at, by, CHILD, row, steeredWorld, type SteeredWorld, TASKS, UNDER_WAY } from "./steered-world.ts";

const FAILED = { status: "failed", completedAt: at(9) } as const;
const PAUSED = { status: "paused", pausedAt: at(5) } as const;
const decision = (verdict: "approved" | "rejected") => ({ verdict, by: "bob", at: at(1) });
const on = (name: string) => ({ ...by, task: name });

/** A plan like the one under test with another `c`. */
const OTHER = planOf([...TASKS.slice(0, 2), task("c", ["b"], { input: { edited: true } }), ...TASKS.slice(3)]);
const otherIn = (world: SteeredWorld) => planned(world.runtime, OTHER);

describe("what a task keeps when it starts over", () => {
  const redriven = async (record: Partial<TaskRecord>) => {
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
    const key = "T#acme#X#exec_0123456789 TASK#a";
    let isFirst = true;
    world.runtime.tables.onSend = (name, input) => {
      if (name !== "TransactWriteCommand" || !isFirst || !JSON.stringify(input).includes("task.reset")) return;
      isFirst = false;
      world.runtime.tables.rows.set(key, { ...world.runtime.tables.rows.get(key), state: "running", agentTaskId: "late" });
    };
    await rerunTask(world.deps, by, { task: "a" });
    expect(world.runtime.record("a")).toMatchObject({ state: "queued", run: 2, retryBase: 1 });
    expect(world.runtime.cancelled).toEqual(["late"]);
    expect(world.runtime.record("a")?.recall).toBeUndefined();
  });

  it("is left to another caller's run that took it over", async () => {
    const world = await steeredWorld({}, [row("a", { state: "completed", settledAt: at(1) })]);
    const key = "T#acme#X#exec_0123456789 TASK#a";
    world.runtime.tables.onSend = (name, input) => {
      if (name !== "TransactWriteCommand" || !JSON.stringify(input).includes("task.reset")) return;
      world.runtime.tables.rows.set(key, { ...world.runtime.tables.rows.get(key), run: 3 });
    };
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
    [...world.runtime.tables.rows.values()].flatMap(({ type, facts }) => (type === "task.completed" ? [facts] : []));

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
    const key = "T#acme#X#exec_0123456789 TASK#c";
    world.runtime.tables.onSent = (name) => {
      if (name === "TransactWriteCommand") world.runtime.tables.rows.set(key, { ...world.runtime.tables.rows.get(key), state: "dispatched", attempt: 1 });
    };
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

describe("a rerun", () => {
  const LIST = [task("each", [], { for_each: { items: "input.list" } }), task("after", ["each"])];
  const rows = [
    row("each", { state: "completed", items: { count: 2, list: { json: "[1,2]" } } }),
    row("each[0]", { state: "completed" }),
    row("each[1]", { state: "completed" }),
    row("after", { state: "completed" }),
  ];

  it("of a list takes no input: there is one for each instance", async () => {
    const world = await steeredWorld({}, rows, { tasks: LIST });
    await expect(rerunTask(world.deps, by, { task: "each", input: { x: 1 } })).rejects.toThrow(InvalidRequestError);
    await rerunTask(world.deps, by, { task: "each" });
    expect(world.runtime.record("each[0]")).toMatchObject({ state: "queued", run: 2 });
  });

  it("of one instance looks at its list again, leaves the others and does over what comes after", async () => {
    const world = await steeredWorld({}, rows, { tasks: LIST });
    await rerunTask(world.deps, by, { task: "each[1]", input: { x: 1 } });
    const states = ["each", "each[0]", "each[1]", "after"].map((id) => `${world.runtime.record(id)?.state} ${world.runtime.record(id)?.run}`);
    expect(states).toEqual(["queued 2", "completed 1", "queued 2", "queued 2"]);
    expect(world.runtime.record("each[1]")?.input).toEqual({ json: '{"x":1}' });
  });

  it("of a finished execution starts over what had failed as well; of one under way it does not", async () => {
    const both = [row("a", { state: "completed" }), row("b", { state: "failed" })];
    const over = await steeredWorld(FAILED, both);
    await rerunTask(over.deps, by, { task: "a", downstream: false });
    expect(over.runtime.record("b")).toMatchObject({ state: "queued", run: 2 });
    const running = await steeredWorld({}, both);
    await rerunTask(running.deps, by, { task: "a", downstream: false });
    expect(running.runtime.record("b")).toMatchObject({ state: "failed", run: 1 });
  });

  it.each(["dispatched", "running", "input_required"] as const)("calls back an agent that has the task: %s", async (state) => {
    const world = await steeredWorld({}, [row("a", { state, agentId: "agent-one", agentTaskId: "remote" })]);
    await rerunTask(world.deps, by, { task: "a" });
    expect(world.runtime.cancelled).toEqual(["remote"]);
  });

  it("calls nobody back whose task never reached an agent", async () => {
    const world = await steeredWorld({}, [row("a", { state: "dispatched", agentId: "agent-one" })]);
    world.runtime.registry = [agentOf("agent-one")];
    await rerunTask(world.deps, by, { task: "a" });
    expect(world.runtime.cancelled).toEqual([]);
    expect(world.runtime.record("a")?.recall).toBeUndefined();
  });
});

describe("a skip", () => {
  it("of a paused execution ends the task where it stands", async () => {
    const world = await steeredWorld(PAUSED, UNDER_WAY);
    await skipTask(world.deps, on("b"));
    expect(world.head()).toMatchObject({ status: "paused", run: 1 });
    expect(world.runtime.record("b")).toMatchObject({ state: "skipped", run: 1 });
    expect(world.runtime.cancelled).toEqual(["task-b"]);
  });

  it.each(["completed", "failed"] as const)("of an execution that is %s takes a next run, even of what was skipped before", async (status) => {
    const world = await steeredWorld({ status, completedAt: at(9) }, [row("b", { state: "skipped" })]);
    await skipTask(world.deps, on("b"));
    expect(world.head()).toMatchObject({ run: 2 });
  });

  it("of a task with instances takes a next run", async () => {
    const tasks = [task("each", [], { for_each: { items: "input.list" } })];
    const world = await steeredWorld({}, [row("each", { state: "running", items: { count: 1, list: { json: "[1]" } } })], { tasks });
    await skipTask(world.deps, on("each"));
    expect(world.head()).toMatchObject({ run: 2 });
  });

  it("with a result is another act than one without: what was skipped gets it in a next run", async () => {
    const world = await steeredWorld({}, [row("b", { state: "skipped" })]);
    await skipTask(world.deps, on("b"));
    expect(world.head().run).toBe(1);
    await skipTask(world.deps, on("b"), { output: 7 });
    expect(world.head().run).toBe(2);
    expect(world.runtime.record("b")).toMatchObject({ state: "skipped", output: { json: "7" } });
  });

  it("with a result is done when it has one", async () => {
    const world = await steeredWorld({}, [row("b", { state: "skipped", output: { json: "7" } })]);
    await skipTask(world.deps, on("b"), { output: 7 });
    expect(world.head().run).toBe(1);
  });

  it.each([{ reason: "by hand" }, {}])("is in the history: %o", async (why) => {
    const world = await steeredWorld({}, UNDER_WAY);
    await skipTask(world.deps, { ...on("b"), ...why });
    const facts = [...world.runtime.tables.rows.values()].find(({ type }) => type === "workflow.controlled")?.["facts"];
    expect(facts).toEqual({ action: "skip of 'b'", requested_by: "ann", run: 1, ...why });
  });

  it("tries again when the row changes in that moment", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    const key = "T#acme#X#exec_0123456789 TASK#b";
    let isFirst = true;
    world.runtime.tables.onSend = (name) => {
      if (name !== "TransactWriteCommand" || !isFirst) return;
      isFirst = false;
      world.runtime.tables.rows.set(key, { ...world.runtime.tables.rows.get(key), state: "input_required" });
    };
    await skipTask(world.deps, on("b"));
    expect(world.runtime.record("b")).toMatchObject({ state: "skipped" });
    expect(world.runtime.cancelled).toEqual(["task-b"]);
    expect(world.runtime.tasks.filter(({ delay }) => delay === 0)).toHaveLength(1);
  });

  it("of a task that gets its row in that moment ends it as well", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    const key = "T#acme#X#exec_0123456789 TASK#c";
    let isFirst = true;
    world.runtime.tables.onSend = (name) => {
      if (name !== "TransactWriteCommand" || !isFirst) return;
      isFirst = false;
      world.runtime.tables.rows.set(key, { pk: "T#acme#X#exec_0123456789", sk: "TASK#c", ...row("c", { state: "dispatched" }) });
    };
    await skipTask(world.deps, on("c"));
    expect(world.runtime.record("c")).toMatchObject({ state: "skipped", attempt: 1 });
    expect(world.head().run).toBe(1);
  });
});
