import type { Plan, PlanTask } from "../../workflow/plan/plan.ts";
import { hasInstances } from "../task/for-each.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import { endsRun } from "../task/task-rules.ts";

/**
 * Whether anything of a plan can still begin, seen from its rows: a task that is at work or ready, or one with instances
 * or second attempts, whose rows are not the plan's. A task that waits for one that has not settled, or that ended the
 * run, cannot: by induction over the plan nothing can, once every open task waits so.
 */
export function canStart(plan: Pick<Plan, "tasks">, rows: ReadonlyMap<string, TaskRecord | undefined>): boolean {
  const tasks = new Map(plan.tasks.map((task) => [task.id, task]));
  return plan.tasks.some((task) => {
    if (hasInstances(task) || (task.kind === "agent" && task.hedge !== undefined)) return true;
    const row = rows.get(task.id);
    if (row !== undefined && isSettled(row.state)) return false;
    const isUntouched = row === undefined || (row.state === "parked" && row.reason === undefined);
    return !isUntouched || !task.needs.some((need) => isBlockedBy(tasks.get(need), rows.get(need)));
  });
}

/** Whether an input keeps those from starting who need it. */
const isBlockedBy = (input: PlanTask | undefined, row: TaskRecord | undefined): boolean =>
  row === undefined || !isSettled(row.state) || (input !== undefined && endsRun(input, row));
