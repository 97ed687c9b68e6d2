import { claimNext, closeEach, endChain, noteFailed } from "../store/each-store.ts";
import { loadTask } from "../store/execution-store.ts";
import { removeParked } from "../store/parking-lot.ts";
import { hedgedTask, hedgeName, itemName, parseItemName, toleratedFailures } from "../task/for-each.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { cancelAttempt } from "./cancel-attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";

/**
 * Instances of a `for_each` run in as many chains as may run at once: whoever settles starts the next of the list, and
 * a chain that finds none left ends. When all have ended, or too many failed, the task is looked at
 * (`settle-items.ts`): it ends, or starts again what a crash lost between claim and message.
 */
export async function afterSettledItem(runtime: Runtime, attempt: Attempt, settled: TaskRecord): Promise<void> {
  const { run, view } = attempt;
  const item = parseItemName(settled.task);
  const group = item && view.tasks.get(item.group);
  if (item === undefined || group === undefined) return;
  const ref = { tenant: run.tenant, execution: run.execution, task: group.id };
  const look = { run, task: group.id, token: settled.token, seen: group.needs.length };
  if (group.forEach === undefined) return runtime.mail.task(look, 0);
  const { count } = await runtime.items(run, group.id);
  const { maxConcurrency } = group.forEach;
  if (settled.state === "failed") {
    const failed = await noteFailed(runtime.executions, ref, item.index);
    if (failed > toleratedFailures(group.forEach, count)) {
      await closeEach(runtime.executions, ref);
      return runtime.mail.task(look, 0);
    }
  }
  const next = count > maxConcurrency ? await claimNext(runtime.executions, ref) : undefined;
  if (next !== undefined) return runtime.mail.task({ run, task: itemName(group.id, next), token: settled.token }, 0);
  const each = await endChain(runtime.executions, ref);
  const isAwaited = each.awaited === settled.task;
  if (each.ended < Math.min(count, maxConcurrency) && !isAwaited) return;
  await runtime.mail.task(look, 0);
  if (isAwaited) await removeParked(runtime.executions, { on: settled.task, message: look });
}

/** The second attempt beside a task's first has ended: with an answer, the first is looked at (`hedging.ts`). */
export async function afterSettledHedge(runtime: Runtime, { run }: Attempt, settled: TaskRecord): Promise<void> {
  const task = hedgedTask(settled.task);
  if (task === undefined || settled.state !== "completed") return;
  const ref = { tenant: run.tenant, execution: run.execution, task };
  const first = await loadTask(runtime.executions, ref);
  if (first === undefined || isSettled(first.state)) return;
  await runtime.mail.settle({ dispatch: { ...ref, attempt: first.attempt } });
}

/** The first attempt has ended: the second is not needed any more. */
export async function cancelHedge(runtime: Runtime, attempt: Attempt): Promise<void> {
  const record = await loadTask(runtime.executions, { ...refOf(attempt), task: hedgeName(attempt.record.task) });
  if (record !== undefined && !isSettled(record.state)) await cancelAttempt(runtime, { head: attempt.head, record });
}
