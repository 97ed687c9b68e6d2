import { RUN_END } from "../messages.ts";
import type { Plan } from "../../workflow/plan/plan.ts";

/** How a run advances without a machine of its own. Every list keeps the plan's order. */
export interface RunGraph {
  /** Tasks that start with the run. */
  readonly roots: readonly string[];
  /** By task: those that are looked at when it settles, because it is the first of their needs. */
  readonly triggers: ReadonlyMap<string, readonly string[]>;
  /** By task: those that may be parked on it, because it is one of their needs but not the first. `RUN_END` waits so for the ends. */
  readonly awaited: ReadonlyMap<string, readonly string[]>;
  /** Tasks that nothing follows; the run ends with the last of them. */
  readonly sinks: readonly string[];
}

const known = new WeakMap<Plan, RunGraph>();

/**
 * Works out who starts whom. A task is looked at once its first need settles and parks on whichever other need is
 * still missing, so starting a run writes nothing for tasks whose time has not come.
 */
export function runGraphOf(plan: Plan): RunGraph {
  const found = known.get(plan) ?? workOut(plan);
  known.set(plan, found);
  return found;
}

function workOut({ tasks }: Plan): RunGraph {
  const triggers = new Map<string, string[]>();
  const awaited = new Map<string, string[]>();
  const followed = new Set<string>();
  for (const { id, needs } of tasks) {
    const [first, ...others] = needs;
    for (const need of needs) followed.add(need);
    for (const need of others) append(awaited, need, id);
    if (first !== undefined) append(triggers, first, id);
  }
  const sinks = tasks.flatMap(({ id }) => (followed.has(id) ? [] : [id]));
  for (const sink of sinks.slice(1)) append(awaited, sink, RUN_END);
  return { roots: tasks.flatMap(({ id, needs }) => (needs.length === 0 ? [id] : [])), triggers, awaited, sinks };
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
