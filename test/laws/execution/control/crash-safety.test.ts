import { describe, expect, it } from "vitest";
import { parkedWrite } from "../../../../shared/execution/store/parking-lot.ts";
import type { ControlDeps, Steering } from "../../../../shared/execution/control/control-deps.ts";
import {
  boostPriority,
  cancelExecution,
  pauseExecution,
  raiseExecutionBudget,
  resumeExecution,
  resumeFromCheckpoint,
} from "../../../../shared/execution/control/control-execution.ts";
import {
  modifyExecution,
  redriveExecution,
  rerunTask,
  skipInNextRun,
} from "../../../../shared/execution/control/rerun.ts";
import type { Execution } from "../../../../shared/execution/execution.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { planned } from "../../../fixtures/runtime/memory-control.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { CrashWorld, type CutMode } from "../../../fixtures/runtime/crash-world.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const by: Steering = { tenant: TENANT, execution: EXECUTION, by: "ann", reason: "because" };
const CHILD = "exec_child000001";
const TASKS = [
  task("a"),
  task("b", ["a"]),
  task("c", ["b"]),
  task("d", ["a"]),
  { id: "sub", workflow: { name: "other" }, depends_on: ["a"] },
];
const PLAN = planOf(TASKS);
const OTHER = planOf([
  ...TASKS.slice(0, 2),
  task("c", ["b"], { input: { edited: true } }),
  ...TASKS.slice(4),
  task("e", ["c"]),
]);
const at = (second: number): string => new Date(START + second * 1000).toISOString();

const row = (name: string, more: Partial<TaskRecord> & Pick<TaskRecord, "state">): TaskRecord =>
  taskRow({ task: name, token: `token-${name}`, ...more });

/** `a` is done, `b` at work, `c` parked for its input or a pause, `d` ended or waits, and a child runs as `sub`. */
const UNDER_WAY: readonly TaskRecord[] = [
  row("a", { state: "completed", settledAt: at(1), output: { json: "1" } }),
  row("b", { state: "running", agentId: "agent-one", agentTaskId: "task-b", dispatchedAt: at(2) }),
  row("c", { state: "parked", attempt: 0 }),
  row("sub", { state: "running", child: CHILD, dispatchedAt: at(2) }),
];
const FAILED: readonly TaskRecord[] = [
  row("a", { state: "completed", settledAt: at(1), output: { json: "1" } }),
  row("b", { state: "failed", settledAt: at(3), failure: { code: "AgentFailed", message: "no" } }),
  row("c", { state: "cancelled", attempt: 0, settledAt: at(4) }),
  row("d", { state: "completed", settledAt: at(2) }),
];

const CHILD_FAILED: readonly TaskRecord[] = [
  row("a", { state: "completed", settledAt: at(1), output: { json: "1" } }),
  row("b", { state: "cancelled", settledAt: at(4) }),
  row("sub", {
    state: "failed",
    child: CHILD,
    dispatchedAt: at(2),
    settledAt: at(3),
    failure: { code: "ChildFailed", message: "no" },
  }),
];

interface Scene {
  readonly act: (deps: ControlDeps) => Promise<unknown>;
  readonly head: Partial<Execution>;
  readonly rows: readonly TaskRecord[];
  readonly parked?: readonly ("paused" | "budget")[];
}

const failed: Partial<Execution> = {
  status: "failed",
  completedAt: at(5),
  startedAt: at(0),
  failure: { code: "TaskFailed", message: "b" },
};
const paused: Partial<Execution> = { status: "paused", startedAt: at(0), pausedAt: at(3), deadlineAt: at(36_000) };

const SCENES: Readonly<Record<string, Scene>> = {
  pause: { act: (deps) => pauseExecution(deps, by), head: { startedAt: at(0) }, rows: UNDER_WAY },
  resume: { act: (deps) => resumeExecution(deps, by), head: paused, rows: UNDER_WAY, parked: ["paused"] },
  cancel: { act: (deps) => cancelExecution(deps, by), head: { startedAt: at(0) }, rows: UNDER_WAY },
  "boost of a running execution": {
    act: (deps) => boostPriority(deps, by),
    head: { startedAt: at(0) },
    rows: UNDER_WAY,
  },
  "boost of a paused execution": {
    act: (deps) => boostPriority(deps, by, "critical"),
    head: paused,
    rows: UNDER_WAY,
    parked: ["paused"],
  },
  "resume from a checkpoint": {
    act: (deps) => resumeFromCheckpoint(deps, by, "after:a"),
    head: paused,
    rows: UNDER_WAY,
    parked: ["paused"],
  },
  redrive: { act: (deps) => redriveExecution(deps, by), head: failed, rows: FAILED },
  "redrive of a failed child": { act: (deps) => redriveExecution(deps, by), head: failed, rows: CHILD_FAILED },
  rerun: { act: (deps) => rerunTask(deps, by, { task: "b", input: { x: 1 } }), head: failed, rows: FAILED },
  "rerun while it runs": {
    act: (deps) => rerunTask(deps, by, { task: "a" }),
    head: { startedAt: at(0) },
    rows: UNDER_WAY,
  },
  skip: { act: (deps) => skipInNextRun(deps, by, { task: "b", output: { y: 2 } }), head: failed, rows: FAILED },
  modify: {
    act: async (deps) => {
      const runtime = new MemoryRuntime(OTHER);
      return modifyExecution(deps, by, await planned(runtime, OTHER));
    },
    head: { startedAt: at(0) },
    rows: UNDER_WAY,
  },
  "raise the budget": {
    act: (deps) => raiseExecutionBudget(deps, by, { maxCost: 5 }),
    head: { startedAt: at(0), budgetRoot: EXECUTION },
    rows: UNDER_WAY,
    parked: ["budget"],
  },
};

async function stage({ head, rows, parked = [] }: Scene): Promise<CrashWorld> {
  const runtime = new MemoryRuntime(PLAN);
  await planned(runtime, OTHER);
  const execution = await runtime.submit(head);
  await runtime.submit({
    executionId: CHILD,
    status: head.status === "paused" || head.status === "failed" ? head.status : "running",
    startedAt: at(2),
    parent: { execution: EXECUTION, task: "sub", attempt: 1 },
  });
  for (const record of rows) {
    const reason = record.state === "parked" ? parked[0] : undefined;
    const message = runtime.message(record.task);
    const also =
      reason === undefined ? [] : [parkedWrite(runtime.executions, { reason, message, workflowId: "drawn", at: at(3) })];
    await saveRow(runtime.executions, execution, {
      row: taskRow({ ...record, ...(reason === undefined ? {} : { reason }) }),
      also,
    });
  }
  const world = new CrashWorld(runtime);
  for (const id of [EXECUTION, CHILD])
    world.control.machines.set(`${id}-r1`, head.status === "failed" ? "FAILED" : "RUNNING");
  return world;
}

/** What comes out when nobody dies, also after a repeat and a sweep, which must change nothing. */
async function undisturbed(scene: Scene): Promise<object> {
  const world = await stage(scene);
  await scene.act(world.control.deps);
  const once = world.state();
  await scene.act(world.control.deps);
  await world.sweep();
  expect(world.state()).toEqual(once);
  return once;
}

/** No act makes so many. */
const MOST_CALLS = 400;

describe.each(Object.entries(SCENES))("%s", (_, scene) => {
  let once: Promise<object> | undefined;
  const expectedOf = (): Promise<object> => (once ??= undisturbed(scene));

  it("changes nothing when it is asked for twice", async () => {
    await expectedOf();
  });

  it.each<CutMode>(["before", "after"])(
    "comes to the same end when it is cut off %s any of its calls",
    async (mode) => {
      const expected = await expectedOf();
      for (let cutAt = 1; cutAt < MOST_CALLS; cutAt += 1) {
        const world = await stage(scene);
        if (!(await world.cut(scene.act, cutAt, mode))) {
          expect(cutAt).toBeGreaterThan(4);
          return;
        }
        await world.sweep();
        // Its caller never heard of it and asks again.
        await scene.act(world.control.deps);
        expect(world.state(), `cut off ${mode} call ${cutAt}`).toEqual(expected);
      }
      throw new Error("it never came to an end");
    },
  );

  it("is completed by the sweep alone once it is on record", async () => {
    const expected = await expectedOf();
    let completed = 0;
    for (let cutAt = 1; cutAt < MOST_CALLS; cutAt += 1) {
      const world = await stage(scene);
      if (!(await world.cut(scene.act, cutAt, "after"))) break;
      const isOnRecord = JSON.stringify(world.state()).includes("workflow.controlled");
      if (!isOnRecord) continue;
      await world.sweep();
      expect(world.state(), `cut off after call ${cutAt}`).toEqual(expected);
      completed += 1;
    }
    expect(completed).toBeGreaterThan(2);
  });
});
