import { moveHeadElsewhere } from "../../../fixtures/runtime/meanwhile.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { parkedWrite } from "../../../../shared/execution/store/parking-lot.ts";
import { Execution } from "../../../../shared/execution/execution.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { controlOf, type MemoryControl, planned } from "../../../fixtures/runtime/memory-control.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

/** An execution's child, under the task `sub`. */
export const CHILD = "exec_child000001";
/** So many seconds after everything began. */
export const at = (second: number): string => new Date(START + second * 1000).toISOString();
/** Who steers it. */
export const by = { tenant: TENANT, execution: EXECUTION, by: "ann" };
/** A chain of three, and a workflow beside it. */
export const TASKS = [task("a"), task("b", ["a"]), task("c", ["b"]), { id: "sub", workflow: { name: "other" }, depends_on: ["a"] }];

/** A task's row of the first run. */
export const row = (name: string, more: RowFields): TaskRecord => taskRow({ task: name, state: "queued", token: `token-${name}`, ...more });

/** Rows of an execution under way: `a` is done, `b` at its agent, a child runs. */
export const UNDER_WAY: readonly TaskRecord[] = [
  row("a", { state: "completed", settledAt: at(1), output: { json: "1" } }),
  row("b", { state: "running", agentId: "agent-one", agentTaskId: "task-b", dispatchedAt: at(2) }),
  row("sub", { state: "running", child: CHILD, dispatchedAt: at(2) }),
];

/** An execution in memory with what steering stands on. */
export interface SteeredWorld extends MemoryControl {
  readonly runtime: MemoryRuntime;
  /** The head of the execution, or of its child. */
  readonly head: (id?: string) => Execution;
  /** Writes over the head, as another process would. */
  readonly change: (more: HeadFields, id?: string) => void;
  /** Runs that have a machine, by name. */
  readonly started: () => readonly string[];
}

const keyOf = (id: string): string => `T#${TENANT}#X#${id} META`;

/** An execution with these rows; `child`: the head of the one below it, when there is one. */
export async function steeredWorld(
  head: HeadFields = {},
  rows: readonly TaskRecord[] = [],
  { child, tasks = TASKS }: { child?: HeadFields; tasks?: readonly object[] } = {},
): Promise<SteeredWorld> {
  const runtime = new MemoryRuntime(planOf(tasks));
  await planned(runtime, runtime.view.plan);
  const execution = await runtime.submit({ startedAt: at(0), deadlineAt: at(3600), ...head });
  if (child !== undefined) {
    const parent = { execution: EXECUTION, task: "sub", attempt: 1 };
    await runtime.submit({ executionId: CHILD, startedAt: at(2), parent, ...child });
  }
  for (const record of rows) await saveRow(runtime.executions, execution, { row: record, also: parkedWith(runtime, record) });
  const control = controlOf(runtime);
  const before = new Set([`${EXECUTION}-r${execution.run}`, `${CHILD}-r1`]);
  for (const name of before) control.machines.set(name, "RUNNING");
  const find = (id: string) => runtime.tables.rows.get(keyOf(id));
  return {
    ...control,
    runtime,
    head: (id = EXECUTION) => Execution.parse(find(id)),
    change: (more, id) => moveHeadElsewhere(runtime, more, id),
    started: () => [...control.machines.keys()].filter((name) => !before.has(name)),
  };
}

/** A task that is parked for a reason has a row in the parking lot as well. */
function parkedWith(runtime: MemoryRuntime, { task: name, state, reason }: TaskRecord) {
  if (state !== "parked" || reason === undefined) return [];
  return [parkedWrite(runtime.executions, { reason, message: runtime.message(name), workflowId: "drawn", at: at(3) })];
}
