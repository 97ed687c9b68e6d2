import type { ForEach, Scatter } from "../../workflow/definition/task-definition.ts";
import type { PatternTask, PlanTask } from "../../workflow/plan/plan.ts";

/** Names one instance of a `for_each` task; `index` counts from 0. No task of a definition can be called so. */
export const itemName = (task: string, index: number): string => `${task}[${index}]`;

/**
 * What an instance's name says, or nothing for the name of a task.
 *
 * @example
 * ```ts
 * parseItemName("pack[3]") // { group: "pack", index: 3 }
 * parseItemName("pack") // undefined
 * ```
 */
export function parseItemName(name: string): { readonly group: string; readonly index: number } | undefined {
  const [, group, index] = /^(.+)\[(\d+)\]$/.exec(name) ?? [];
  return group === undefined ? undefined : { group, index: Number(index) };
}

const HEDGE = "~hedge";

/** Names the second attempt beside a task's first. No task of a definition can be called so. */
export const hedgeName = (task: string): string => `${task}${HEDGE}`;

/** The task that a second attempt stands beside, or nothing for any other name. */
export const hedgedTask = (name: string): string | undefined => (name.endsWith(HEDGE) ? name.slice(0, -HEDGE.length) : undefined);

/** Whether a task runs as instances: one per element of a list, per agent that it asks, or per question. */
export const hasInstances = (task: PlanTask): boolean =>
  task.forEach !== undefined || task.kind === "pattern" || scatterOf(task) !== undefined;

/** How a task asks several agents, if it does. */
export const scatterOf = (task: PlanTask): Scatter | undefined => (task.kind === "agent" ? task.scatter : undefined);

const instances = new WeakMap<PlanTask, Map<number, PlanTask>>();

/** A task of a plan, one instance of one, or the second attempt beside either, by name. */
export function findTask(tasks: ReadonlyMap<string, PlanTask>, name: string): PlanTask | undefined {
  const first = hedgedTask(name);
  if (first !== undefined) return besideOf(findTask(tasks, first));
  const task = tasks.get(name);
  if (task !== undefined || !name.endsWith("]")) return task;
  const item = parseItemName(name);
  const group = item === undefined ? undefined : tasks.get(item.group);
  return item === undefined || group === undefined || !hasInstances(group) ? undefined : instanceOf(group, item.index);
}

const alternatives = new WeakMap<PlanTask, PlanTask>();

/** Nobody follows a second attempt, and its failure ends nothing: the first goes on. */
function besideOf(task: PlanTask | undefined): PlanTask | undefined {
  if (task?.kind !== "agent" || task.hedge === undefined) return undefined;
  const known = alternatives.get(task);
  if (known !== undefined) return known;
  const { hedge: _, waitFor: __, approval: ___, when: ____, ...work } = task;
  const made = { ...work, id: hedgeName(task.id), needs: [], after: [], releases: [], onFailure: "continue" as const } satisfies PlanTask;
  alternatives.set(task, made);
  return made;
}

/** The group has waited, decided and been approved already: what is left of an instance is the work itself. */
function instanceOf(group: PlanTask, index: number): PlanTask {
  const known = instances.get(group) ?? new Map<number, PlanTask>();
  instances.set(group, known);
  const found = known.get(index);
  if (found !== undefined) return found;
  const { forEach: _, waitFor: __, approval: ___, when: ____, join: _____, ...work } = group;
  const bare: PlanTask = { ...work, id: itemName(group.id, index), needs: [], after: [], releases: [] };
  const instance = bare.kind === "agent" ? { ...bare, scatter: undefined } : bare.kind === "pattern" ? questionOf(bare) : bare;
  known.set(index, instance);
  return instance;
}

/**
 * A call whose role its row names (`asked.ts`). What it needs to know is in the question, how it fails concerns the
 * pattern only, and what is undone is the whole.
 */
function questionOf(group: PatternTask): PlanTask {
  const { pattern: _, call: __, input: ___, inputFrom: ____, compensation: _____, isPivot: ______, ...work } = group;
  return { ...work, kind: "agent", agent: "", dependsOn: [], onFailure: "continue" };
}

/** How many instances may fail before the task does. */
export const toleratedFailures = (rule: ForEach, count: number): number =>
  Math.max(rule.toleratedFailures, Math.floor((rule.toleratedFailurePercentage / 100) * count));
