import { describe, expect, it } from "vitest";
import { rerunTask } from "../../../../shared/execution/control/rerun.ts";
import { skipTask } from "../../../../shared/execution/control/skip-task.ts";
import { saveParked } from "../../../../shared/execution/store/parking-lot.ts";
import { InvalidRequestError } from "../../../../shared/core/errors.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { moveElsewhere } from "../../../fixtures/runtime/task-rows.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { agentOf, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { at, by, CHILD, row, steeredWorld, UNDER_WAY } from "./steered-world.ts";

const FAILED = { status: "failed", completedAt: at(9) } as const;
const PAUSED = { status: "paused", pausedAt: at(5) } as const;
const on = (name: string) => ({ ...by, task: name });

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

  it("of one question of a pattern is refused: others followed from its answer", async () => {
    const team = { id: "team", pattern: { name: "network", members: { peers: ["worker", "worker"] } } };
    const world = await steeredWorld({}, [row("team", { state: "completed" }), row("team[0]", { state: "completed" })], { tasks: [team] });
    await expect(rerunTask(world.deps, by, { task: "team[0]" })).rejects.toThrow("rerun 'team' as a whole");
    await rerunTask(world.deps, by, { task: "team" });
    expect(world.runtime.record("team")).toMatchObject({ state: "queued", run: 2 });
    expect(world.runtime.record("team[0]")).toMatchObject({ state: "completed", run: 1 });
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

  it.each(["running", "input_required"] as const)("calls back an agent that has the task: %s", async (state) => {
    const world = await steeredWorld({}, [row("a", { state, agentId: "agent-one", agentTaskId: "remote" })]);
    await rerunTask(world.deps, by, { task: "a" });
    expect(world.runtime.cancelled).toEqual(["remote"]);
  });

  it("ends the execution that runs as the task", async () => {
    const world = await steeredWorld({}, UNDER_WAY, { child: {} });
    await rerunTask(world.deps, by, { task: "sub" });
    expect(world.head(CHILD)).toMatchObject({ status: "cancelled" });
    expect(world.runtime.record("sub")?.recall).toBeUndefined();
  });

  it("is given up when rows never stand still", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    const seen = meanwhile(world.runtime, { sk: "TASK#b", times: Infinity }, () => moveElsewhere(world.runtime, "b", {}));
    await expect(rerunTask(world.deps, by, { task: "b", downstream: false })).rejects.toThrow("kept changing while it was restarted");
    expect(seen.writes).toBe(8);
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

  it("of an execution that is over takes a next run for a task that never began", async () => {
    const world = await steeredWorld(FAILED, []);
    await skipTask(world.deps, on("c"));
    expect(world.head()).toMatchObject({ run: 2 });
    expect(world.runtime.record("c")).toMatchObject({ state: "skipped", run: 2 });
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
    const facts = eventsIn(world.runtime.tables.changes).find(({ type }) => type === "workflow.controlled")?.facts;
    expect(facts).toEqual({ action: "skip of 'b'", requested_by: "ann", run: 1, ...why });
  });

  it("tries again when the row changes in that moment", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    meanwhile(world.runtime, { sk: "TASK#b" }, () => moveElsewhere(world.runtime, "b", { state: "input_required" }));
    await skipTask(world.deps, on("b"));
    expect(world.runtime.record("b")).toMatchObject({ state: "skipped" });
    expect(world.runtime.cancelled).toEqual(["task-b"]);
    expect(world.runtime.tasks.filter(({ delay }) => delay === 0)).toHaveLength(1);
  });

  it("of a task that waits for its inputs tries again as well when the row changes in that moment", async () => {
    const world = await steeredWorld({}, [row("a", { state: "running" }), row("b", { state: "parked", attempt: 0 })]);
    const { runtime } = world;
    await saveParked(runtime.executions, { on: "a", message: runtime.message("b", { seen: 0 }) });
    const seen = meanwhile(runtime, { sk: "TASK#b" }, () => moveElsewhere(runtime, "b", { state: "parked", attempt: 0 }));
    await skipTask(world.deps, on("b"));
    expect(runtime.record("b")).toMatchObject({ state: "skipped", move: 3 });
    expect(seen.writes).toBe(2);
    expect(runtime.parked()).toEqual(["PARK#b on a"]);
  });

  it("of a task that gets its row in that moment ends it as well", async () => {
    const world = await steeredWorld({}, UNDER_WAY);
    meanwhile(world.runtime, { sk: "TASK#c" }, () => moveElsewhere(world.runtime, "c", { state: "dispatched", attempt: 1 }));
    await skipTask(world.deps, on("c"));
    expect(world.runtime.record("c")).toMatchObject({ state: "skipped", attempt: 1 });
    expect(world.head().run).toBe(1);
  });
});
