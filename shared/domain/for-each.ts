import type { ForEach } from "../schemas/workflow-definition.ts";
import type { PlanTask } from "../schemas/plan.ts";

/** Names one instance of a `for_each` task; `index` counts from 0. No task of a definition can be called so. */
export const itemName = (task: string, index: number): string => `${task}[${index}]`;

/** What an instance's name says, or nothing for the name of a task. */
export function parseItemName(name: string): { readonly group: string; readonly index: number } | undefined {
  const [, group, index] = /^(.+)\[(\d+)\]$/.exec(name) ?? [];
  return group === undefined ? undefined : { group, index: Number(index) };
}

const instances = new WeakMap<PlanTask, Map<number, PlanTask>>();

/** A task of a plan, or one instance of one, by name. */
export function findTask(tasks: ReadonlyMap<string, PlanTask>, name: string): PlanTask | undefined {
  const task = tasks.get(name);
  if (task !== undefined || !name.endsWith("]")) return task;
  const item = parseItemName(name);
  const group = item === undefined ? undefined : tasks.get(item.group);
  return item === undefined || group?.forEach === undefined ? undefined : instanceOf(group, item.index);
}

/** The group has waited, decided and been approved already: what is left of an instance is the work itself. */
function instanceOf(group: PlanTask, index: number): PlanTask {
  const known = instances.get(group) ?? new Map<number, PlanTask>();
  instances.set(group, known);
  const found = known.get(index);
  if (found !== undefined) return found;
  const { forEach: _, waitFor: __, approval: ___, when: ____, join: _____, ...work } = group;
  const instance = { ...work, id: itemName(group.id, index), needs: [], after: [], releases: [] } satisfies PlanTask;
  known.set(index, instance);
  return instance;
}

/** How many instances may fail before the task does. */
export const toleratedFailures = (rule: ForEach, count: number): number =>
  Math.max(rule.toleratedFailures, Math.floor((rule.toleratedFailurePercentage / 100) * count));
