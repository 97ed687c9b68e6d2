import type { PlanTask } from "../../workflow/plan/plan.ts";
import { hedgedTask, parseItemName } from "../task/for-each.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import type { Progress as Counts } from "../execution.ts";
import { allTasks } from "../store/execution-queries.ts";
import type { ExecutionStore } from "../store/execution-store.ts";
import type { StageStatus } from "../views/status.ts";
import type { Snapshot } from "./snapshot.ts";

type Rows = ReadonlyMap<string, TaskRecord>;

/** Rows of a plan's own tasks: neither instances, nor second attempts, nor what undoes them. */
export const ownRows = (planned: readonly Pick<PlanTask, "id">[], rows: Rows): TaskRecord[] =>
  planned.flatMap(({ id }) => rows.get(id) ?? []);

const settledOf = (planned: readonly Pick<PlanTask, "id">[], rows: Rows): number =>
  ownRows(planned, rows).filter(({ state }) => isSettled(state)).length;

/** How many tasks of the plan have settled, and how many instances beside them. */
export function progressOf({ view, tasks }: Pick<Snapshot, "view" | "tasks">): StageStatus["progress"] {
  const total = view.plan.tasks.length;
  const settled = settledOf(view.plan.tasks, tasks);
  const instances = instancesOf(view.plan.tasks, tasks);
  return {
    completed_stages: settled,
    total_stages: total,
    percentage: total === 0 ? 100 : Math.floor((100 * settled) / total),
    ...(instances === undefined ? {} : { instances }),
  };
}

/** Instances of the tasks that have some. Those of a longer list, from before a restart, are not counted. */
function instancesOf(planned: readonly PlanTask[], rows: Rows): StageStatus["progress"]["instances"] {
  const counts = new Map(ownRows(planned, rows).flatMap(({ task, items }) => (items === undefined ? [] : [[task, items.count]])));
  if (counts.size === 0) return undefined;
  let settled = 0;
  for (const { task, state } of rows.values()) {
    const item = hedgedTask(task) === undefined ? parseItemName(task) : undefined;
    if (item !== undefined && isSettled(state) && item.index < (counts.get(item.group) ?? 0)) settled += 1;
  }
  return { settled, total: [...counts.values()].reduce((sum, count) => sum + count, 0) };
}

/** All rows of an execution by state, instances and second attempts among them. Reads every row. */
export async function countTasks(store: ExecutionStore, at: { tenant: string; execution: string }): Promise<Counts["byState"]> {
  const byState: Counts["byState"] = {};
  for await (const { state } of allTasks(store, at)) byState[state] = (byState[state] ?? 0) + 1;
  return byState;
}

/** How far the undoing has come, once it has a plan. */
export function undoingOf({ execution, undoing, tasks }: Pick<Snapshot, "execution" | "undoing" | "tasks">): StageStatus["compensation"] {
  const { compensation } = execution;
  if (compensation === undefined || undoing === undefined) return undefined;
  return {
    status: compensation.status,
    ends_as: compensation.endsAs,
    settled_tasks: settledOf(undoing.plan.tasks, tasks),
    total_tasks: undoing.plan.tasks.length,
  };
}
