import type { Stores, Engine } from "./runtime.ts";
import type { DispatchRef } from "../task/dispatch-ref.ts";
import { loadTask } from "../store/execution-store.ts";
import { askedTask } from "../task/asked.ts";
import { findTask } from "../task/for-each.ts";
import { type Attempt, planOf, runOf } from "./attempt.ts";

/**
 * Everything about the attempt a watch or push message names, in the run that owns its row: a newer run comes by the row
 * with a token of its own, and what follows from the row in the former one is late then.
 *
 * @returns nothing when another attempt is current: the message is late.
 */
export async function loadAttempt(runtime: Stores & Engine, ref: DispatchRef): Promise<Attempt | undefined> {
  const record = await loadTask(runtime.executions, ref);
  if (record === undefined || record.attempt !== ref.attempt) return undefined;
  const execution = await runtime.execution(ref.tenant, ref.execution, record.run);
  const view = await runtime.plan(ref.tenant, planOf(execution));
  const planned = findTask(view.tasks, ref.task);
  if (planned === undefined) return undefined;
  const task = askedTask(planned, record, view);
  return {
    run: { ...runOf(execution, runtime.queues), run: record.run },
    head: execution,
    view,
    task,
    record,
  };
}
