import { sumUsage, type Usage } from "../../core/usage.ts";
import type { Execution } from "../execution.ts";
import { hedgedTask, parseItemName } from "../task/for-each.ts";
import { allTasks } from "../store/execution-queries.ts";
import type { ExecutionStore } from "../store/execution-store.ts";
import type { TaskRecord } from "../task/task-record.ts";

/** What the tasks of an execution used, by its rows: instances, second attempts and compensations among them. */
export const usageOfRows = (rows: Iterable<Pick<TaskRecord, "usage">>): Usage | undefined =>
  sumUsage(Array.from(rows, ({ usage }) => usage));

/** What tasks of the plan used, by name: with their instances and second attempts. */
export function usageByTask(rows: Iterable<TaskRecord>): ReadonlyMap<string, Usage> {
  const used = new Map<string, Usage>();
  for (const { task: name, usage } of rows) {
    const first = hedgedTask(name) ?? name;
    const task = parseItemName(first)?.group ?? first;
    const sum = sumUsage([used.get(task), usage]);
    if (sum !== undefined) used.set(task, sum);
  }
  return used;
}

/** Records per second, where agents report records. */
export const throughputOf = (usage: Usage | undefined, seconds: number): { throughput_records_per_second?: number } =>
  usage?.records === undefined || seconds === 0 ? {} : { throughput_records_per_second: usage.records / seconds };

/**
 * What an execution that ends has used, where it has a parent or a caller over A2A who is to hear it. Reads every row
 * then, and nothing otherwise.
 */
export async function usageToTell(
  store: ExecutionStore,
  { tenant, executionId, parent, contextId }: Pick<Execution, "tenant" | "executionId" | "parent" | "contextId">,
): Promise<Usage | undefined> {
  if (parent === undefined && contextId === undefined) return undefined;
  let used: Usage | undefined;
  for await (const { usage } of allTasks(store, { tenant, execution: executionId })) used = sumUsage([used, usage]);
  return used;
}
