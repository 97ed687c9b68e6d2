import { loadTasks, taskId } from "../store/execution-store.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import type { RunRef } from "../messages.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Those of `tasks` that have settled, by task. Known ones cost nothing: settled is settled (invariant 8). */
export async function loadSettled(runtime: Runtime, run: RunRef, tasks: readonly string[]): Promise<Map<string, TaskRecord>> {
  const settled = new Map<string, TaskRecord>();
  const unknown = tasks.filter((task) => {
    const record = runtime.settled.get(run, task);
    if (record !== undefined) settled.set(task, record);
    return record === undefined;
  });
  if (unknown.length === 0) return settled;
  const { tenant, execution } = run;
  const refs = unknown.map((task) => ({ tenant, execution, task }));
  const loaded = await loadTasks(runtime.executions, refs);
  for (const ref of refs) {
    const record = loaded.get(taskId(ref));
    if (record === undefined || !isSettled(record.state)) continue;
    runtime.settled.set(run, record);
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
  const loaded = await loadSettled(runtime, run, task.dependsOn.filter((input) => !given.has(input)));
  return new Map([...loaded, ...given]);
}
