import type { PlanTask } from "../../workflow/plan/plan.ts";
import { hasInstances } from "../task/for-each.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { endsRun } from "../task/task-rules.ts";

/**
 * Whether anything of a plan can still begin, seen from its rows: a task that is at work or ready, or one with instances
 * or second attempts, whose rows are not the plan's. A task that waits for one that has not settled, or that ended the
 * run, cannot: by induction over the plan nothing can, once every open task waits so.
 */
export function canStart(tasks: ReadonlyMap<string, PlanTask>, rowOf: (task: string) => TaskRecord | undefined): boolean {
  return [...tasks.values()].some((task) => {
    if (hasInstances(task) || (task.kind === "agent" && task.hedge !== undefined)) return true;
    const row = rowOf(task.id);
    if (row?.settledAt !== undefined) return false;
    const isUntouched = row === undefined || (row.state === "parked" && row.reason === undefined);
    return !isUntouched || !task.needs.some((need) => isBlockedBy(tasks.get(need), rowOf(need)));
  });
}

/** Whether an input keeps those from starting who need it. */
const isBlockedBy = (input: PlanTask | undefined, row: TaskRecord | undefined): boolean =>
  row?.settledAt === undefined || (input !== undefined && endsRun(input, row));
