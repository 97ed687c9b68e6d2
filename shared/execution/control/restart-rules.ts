import type { TaskOutline } from "../task/task-outline.ts";
import { isInHands, isSettled } from "../task/task-record.ts";
import type { Restart, TaskChange } from "../control.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import { hedgedTask, parseItemName } from "../task/for-each.ts";

/** A task and what becomes of it. `outline` is its row when it has one. */
export interface Step {
  readonly task: string;
  readonly change: TaskChange;
  readonly outline: TaskOutline | undefined;
}

/** Whether agents, people or instances have worked on it: its definition can no longer change under it. */
export const hasStarted = ({ state, attempt }: Pick<TaskOutline, "state" | "attempt">): boolean =>
  attempt > 0 || isSettled(state) || isInHands(state);

/**
 * What a restart does to which rows. Rows that belong to its run already were done by an earlier try, or are none of
 * its business; they are left out, so that carrying a restart out twice is carrying it out once.
 *
 * Instances of a `for_each` follow their task: with a named task all of them start over, with a failed one those that
 * failed, so that the others keep their results. A pattern that starts over puts new questions: those that are open end
 * with it, the others stay as its history. A second attempt beside the first ends with it.
 */
export function stepsOf(
  restart: Restart,
  run: number,
  { outlines, tasks }: { outlines: readonly TaskOutline[]; tasks: ReadonlyMap<string, PlanTask> },
): readonly Step[] {
  const known = new Map(outlines.map((outline) => [outline.task, outline]));
  const changes = new Map<string, TaskChange>(Object.entries(restart.tasks));
  for (const outline of outlines) {
    const change = changes.has(outline.task) ? undefined : changeOf(restart, outline, { known, tasks });
    if (change !== undefined) changes.set(outline.task, change);
  }
  return [...changes].flatMap(([task, change]) => {
    const outline = known.get(task);
    if (outline !== undefined && outline.run >= run) return [];
    const goesOn =
      change.act === "reset" && change.unlessStarted === true && outline !== undefined && hasStarted(outline);
    return goesOn ? [] : [{ task, change, outline }];
  });
}

interface Rows {
  readonly known: ReadonlyMap<string, TaskOutline>;
  readonly tasks: ReadonlyMap<string, PlanTask>;
}

function changeOf(restart: Restart, outline: TaskOutline, rows: Rows): TaskChange | undefined {
  const first = hedgedTask(outline.task);
  if (first !== undefined) return isTakenBack(restart, first, rows) ? DROP : undefined;
  const group = parseItemName(outline.task)?.group;
  if (group === undefined) return isRuledOut(restart, outline, rows) ? RESET : undefined;
  if (rows.tasks.get(group)?.kind === "pattern") return isTakenBack(restart, group, rows) && !isSettled(outline.state) ? DROP : undefined;
  const named = restart.tasks[group];
  const keepsItems = named?.act === "reset" && named.keepsItems === true;
  if (named !== undefined && !keepsItems) return named.act === "reset" ? RESET : DROP;
  const whole = rows.known.get(group);
  const startsOver = keepsItems || (whole !== undefined && isRuledOut(restart, whole, rows));
  return startsOver && isRuledOut(restart, outline, rows) ? RESET : undefined;
}

const RESET: TaskChange = { act: "reset" };
const DROP: TaskChange = { act: "drop" };

/** Whether a task starts over or ends, by name or by rule. */
function isTakenBack(restart: Restart, task: string, rows: Rows): boolean {
  const outline = rows.known.get(task);
  return restart.tasks[task] !== undefined || (outline !== undefined && changeOf(restart, outline, rows) !== undefined);
}

/** Whether the rule for tasks that are not named has this one start over. */
function isRuledOut({ others }: Restart, outline: TaskOutline, { tasks }: Rows): boolean {
  const { state, settledAt, dispatchedAt, attempt, task } = outline;
  switch (others?.rule) {
    case undefined:
      return false;
    case "failures": {
      if (state !== "failed") return state !== "completed" && state !== "skipped";
      // A failure that the definition tolerates is a result like any other; that of an instance never is.
      return tasks.get(task)?.onFailure !== "continue";
    }
    case "since":
      if (state === "cancelled") return true;
      if (isSettled(state)) return (settledAt ?? "") > others.at;
      if (others.isOver) return true;
      return isInHands(state) ? (dispatchedAt ?? "") > others.at : attempt > 0;
    default:
      return others satisfies never;
  }
}
