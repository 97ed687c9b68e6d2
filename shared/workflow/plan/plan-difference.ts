import { sortKeys } from "../../core/canonical-json.ts";
import { rolesOf } from "../../patterns/pattern-use.ts";
import type { Plan, PlanTask } from "./plan.ts";

/** How the tasks of one plan compare with those of another, each list in its plan's order. */
export interface PlanDifference {
  readonly unchanged: readonly string[];
  readonly changed: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Compares what authors wrote of each task: its inputs, its work, the role and the retries it refers to. What planning
 * works out from the graph (levels, reduced edges, releases) may differ without the task being another.
 */
export function comparePlans(before: Plan, after: Plan): PlanDifference {
  const old = new Map(before.tasks.map((task) => [task.id, meaningOf(before, task)]));
  const kept = new Set(after.tasks.map(({ id }) => id));
  const isSame = (task: PlanTask): boolean => old.get(task.id) === meaningOf(after, task);
  const both = after.tasks.filter(({ id }) => old.has(id));
  return {
    unchanged: both.filter(isSame).map(({ id }) => id),
    changed: both.filter((task) => !isSame(task)).map(({ id }) => id),
    added: after.tasks.filter(({ id }) => !old.has(id)).map(({ id }) => id),
    removed: before.tasks.filter(({ id }) => !kept.has(id)).map(({ id }) => id),
  };
}

/** A text that is equal for tasks that do the same; what only people or estimates read is left out. */
function meaningOf(plan: Plan, task: PlanTask): string {
  const { needs: _, after: __, releases: ___, level: ____, description: _____, retryPolicy, ...rest } = task;
  const { estimateSeconds: ______, estimateCost: _______, ...written } = rest;
  const names = task.kind === "agent" ? [task.agent] : task.kind === "pattern" ? rolesOf(task.pattern) : [];
  const role = names.map((name) => plan.agents[name]);
  const retries = plan.retryPolicies[retryPolicy];
  return JSON.stringify(sortKeys({ ...written, dependsOn: task.dependsOn.toSorted(), retries, role }));
}

/** The tasks that come after any of `from`, directly or not, themselves left out; in the plan's order. */
export function downstreamOf({ tasks }: Plan, from: ReadonlySet<string>): readonly string[] {
  const reached = new Set(from);
  // A task depends on tasks of lower levels only, so one pass finds all.
  for (const { id, dependsOn } of tasks.toSorted((a, b) => a.level - b.level)) {
    if (dependsOn.some((input) => reached.has(input))) reached.add(id);
  }
  return tasks.flatMap(({ id }) => (reached.has(id) && !from.has(id) ? [id] : []));
}
