import type { TaskRecord } from "../task/task-record.ts";
import type { Plan } from "../../workflow/plan/plan.ts";
import { undoPlan } from "../../workflow/plan/undo-plan.ts";
import type { UndoStep } from "../../workflow/plan/undo-order.ts";
import type { CompensationStrategy } from "../../workflow/definition/workflow-definition.ts";
import { findTask, parseItemName } from "../task/for-each.ts";

/** A run that ended, and how its definition wants it undone. */
export interface Undoable {
  readonly plan: Plan;
  /** Rows of all its tasks and instances. */
  readonly records: readonly TaskRecord[];
  readonly strategy: CompensationStrategy;
  /** The task that ended the run, if one did. */
  readonly failedTask?: string | undefined;
}

/**
 * The plan that undoes what a run did, as a graph run; nothing when there is nothing to undo. Equal runs give
 * equal plans.
 *
 * 1. Undone are completed tasks that have a compensation, and those that an agent had when the run ended: whether they
 *    took effect is not known. Of a `for_each` each instance, of a replicated task each replica. What was skipped had
 *    no effect.
 * 2. `selective` undoes only what failed or was interrupted, and none of what completed.
 * 3. Nothing at all once a pivot has completed.
 * 4. An undo depends on its task and on that task's inputs, so its message carries the output and the inputs; these
 *    rows have settled. It waits only for the undos before it (`orderUndo`). One that fails is parked for an operator.
 *
 * @throws {CorruptPlanError} a task with a compensation names no role that could carry it out.
 */
export function compensationPlan({ plan, records, strategy, failedTask }: Undoable): Plan | undefined {
  const places = new Map(plan.tasks.map(({ id }, index) => [id, index]));
  const tasks = new Map(plan.tasks.map((task) => [task.id, task]));
  if (records.some(({ task, state }) => state === "completed" && tasks.get(task)?.isPivot === true)) return undefined;
  const chosen = records.filter((record) =>
    strategy === "selective" ? hasFailed(record, failedTask) : record.state === "completed" || wasInterrupted(record),
  );
  const steps = chosen.flatMap(({ task: name, settledAt = "" }): UndoStep[] => {
    const task = findTask(tasks, name);
    const place = places.get(parseItemName(name)?.group ?? name);
    if (task?.compensation === undefined || task.forEach !== undefined || place === undefined) return [];
    return [{ name, task: place, done: task, endedAt: settledAt }];
  });
  return steps.length === 0 ? undefined : undoPlan(plan, steps, strategy);
}

const wasInterrupted = ({ state, attempt }: TaskRecord): boolean => state === "cancelled" && attempt > 0;

const hasFailed = (record: TaskRecord, failedTask: string | undefined): boolean =>
  wasInterrupted(record) ||
  (record.attempt > 0 && (record.state === "failed" || (record.task === failedTask && record.state !== "completed")));
