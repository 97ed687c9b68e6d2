import { loadTasks, taskId, type TaskRef } from "../aws/execution-store.ts";
import { isSettled, type TaskRecord } from "../schemas/execution.ts";
import type { Attempt } from "./attempt.ts";
import type { Runtime } from "./runtime.ts";

/** Those of `refs` that have settled, by task. Known ones cost nothing: settled is settled (invariant 8). */
export async function loadSettled(
  runtime: Runtime,
  refs: readonly TaskRef[],
): Promise<Map<string, TaskRecord>> {
  const settled = new Map<string, TaskRecord>();
  const unknown = refs.filter((ref) => {
    const record = runtime.settled.get(ref);
    if (record !== undefined) settled.set(ref.task, record);
    return record === undefined;
  });
  if (unknown.length === 0) return settled;
  const loaded = await loadTasks(runtime.executions, unknown);
  for (const ref of unknown) {
    const record = loaded.get(taskId(ref));
    if (record === undefined || !isSettled(record.state)) continue;
    runtime.settled.set(ref, record);
    settled.set(ref.task, record);
  }
  return settled;
}

/**
 * The settled tasks whose outputs this attempt gets.
 *
 * @param given those that are not on record yet but will be before the attempt is sent.
 */
export async function loadInputs(
  runtime: Runtime,
  { run, task }: Attempt,
  given: ReadonlyMap<string, TaskRecord> = new Map(),
): Promise<ReadonlyMap<string, TaskRecord>> {
  const { tenant, execution } = run;
  const others = task.dependsOn.filter((input) => !given.has(input));
  const loaded = await loadSettled(runtime, others.map((input) => ({ tenant, execution, task: input })));
  return new Map([...loaded, ...given]);
}
