import type { Agents, Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import { claimNext, closeEach, endChain, loadEach, noteComparison, noteFailed, openEach } from "../store/each-store.ts";
import { loadTask } from "../store/execution-store.ts";
import { removeParked } from "../store/parking-lot.ts";
import { hedgedTask, hedgeName, itemName, parseItemName, toleratedFailures } from "../task/for-each.ts";
import { advanceGraph, answerToken, isGraphRun, releaseParked } from "../run/graph-run.ts";
import { isSettled, type SettledState, type TaskIn, type TaskRecord } from "../task/task-record.ts";
import { endsRun } from "../task/task-rules.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { cancelAttempt } from "./end-attempt.ts";
import type { DispatchRef } from "../task/dispatch-ref.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { RunRef, TaskMessage } from "../messages.ts";

/**
 * What follows from a settled task: what waits for it goes on, and its machine learns the result.
 *
 * @param how.followed tasks that were recorded together with it and are on their way already.
 * @param how.isRepeat another function ended it, which may have carried this out as well or died before.
 */
export async function afterSettled(
  runtime: Runtime,
  attempt: Attempt,
  settled: TaskIn<SettledState>,
  { followed = new Set(), isRepeat = false }: { readonly followed?: ReadonlySet<string>; readonly isRepeat?: boolean } = {},
): Promise<void> {
  const { run, task } = attempt;
  runtime.settled.set(run, settled);
  if (settled.state === "cancelled") return;
  if (hedgedTask(task.id) !== undefined) return afterSettledHedge(runtime, attempt, settled);
  if (settled.hedgedAt !== undefined) await cancelHedge(runtime, attempt);
  const item = parseItemName(task.id);
  if (item !== undefined) return isRepeat ? compareInstances(runtime, attempt, item.group) : afterSettledItem(runtime, attempt, settled);
  const at = { tenant: run.tenant, execution: run.execution, task: task.id };
  if (isGraphRun(run)) return advanceGraph(runtime, attempt, { settled, followed });
  if (task.releases.length > 0 && !endsRun(task, settled)) await releaseParked(runtime, at, task.releases);
  await answerToken(runtime, attempt, settled);
}

/**
 * Instances of a `for_each` run in as many chains as may run at once: whoever settles starts the next of the list, and
 * a chain that finds none left ends. When all have ended, or too many failed, the task is looked at
 * (`settle-group.ts`): it ends, or starts again what a crash lost between claim and message.
 */
async function afterSettledItem(runtime: Stores & Engine, attempt: Attempt, settled: TaskRecord): Promise<void> {
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
async function afterSettledHedge(runtime: Stores & Engine, { run }: Attempt, settled: TaskRecord): Promise<void> {
  const task = hedgedTask(settled.task);
  if (task === undefined || settled.state !== "completed") return;
  const ref = { tenant: run.tenant, execution: run.execution, task };
  const found = await loadTask(runtime.executions, ref);
  if (found === undefined || isSettled(found.state)) return;
  await runtime.mail.settle({ dispatch: { ...ref, attempt: found.attempt } });
}

/** The first attempt has ended: the second is not needed any more. */
async function cancelHedge(runtime: Stores & Agents & Clock, attempt: Attempt): Promise<void> {
  const record = await loadTask(runtime.executions, { ...refOf(attempt), task: hedgeName(attempt.record.task) });
  if (record !== undefined && !isSettled(record.state)) await cancelAttempt(runtime, { head: attempt.head, record });
}

/**
 * Instances start each other, and their ends are counted. Who dies between an instance's end and the start of the next
 * leaves a chain that has broken off, and nobody may carry out an end a second time: there would be a chain too many.
 * So whoever has a message about an instance that settled before has the whole group compared with what it started.
 */

/** Has the instances of a group compared, unless that is going to happen anyway. */
export async function compareInstances(
  runtime: Stores & Engine & Clock,
  { run, view }: Attempt,
  group: string,
): Promise<void> {
  const task = view.tasks.get(group);
  const ref = { tenant: run.tenant, execution: run.execution, task: group };
  const record = await loadTask(runtime.executions, ref);
  if (task === undefined || record === undefined || isSettled(record.state) || record.run !== run.run) return;
  const look = { run, task: group, token: record.token, seen: task.needs.length };
  // Answers of several agents are gathered anew each time.
  if (task.forEach === undefined) return runtime.mail.task(look, 0);
  await compareLater(runtime, look);
}

async function compareLater(runtime: Stores & Engine & Clock, look: TaskMessage): Promise<void> {
  const ref = { tenant: look.run.tenant, execution: look.run.execution, task: look.task };
  const each = await loadEach(runtime.executions, ref);
  if (each?.comparedAt !== undefined && each.comparedAt > isoNow(runtime)) return;
  const { nudgeSeconds, comparedPerSecond } = EXECUTION_LIMITS;
  const delay = Math.max(nudgeSeconds, Math.ceil((each?.count ?? 0) / comparedPerSecond));
  await runtime.mail.task(look, delay);
  await noteComparison(runtime.executions, ref, isoAfter(runtime, delay));
}

/**
 * Starts what was started and nobody works on, and as many more as may be under way beside those that are.
 *
 * @param found rows of instances, by name.
 * @returns whether all of the list has been started.
 */
export async function startMissing(
  runtime: Stores & Engine & Clock,
  attempt: Attempt,
  found: ReadonlyMap<string, TaskRecord>,
): Promise<boolean> {
  const { run, task, record } = attempt;
  const count = record.items?.count ?? 0;
  const ref = { tenant: run.tenant, execution: run.execution, task: task.id };
  const most = Math.min(count, task.forEach?.maxConcurrency ?? count);
  const next = await startedSoFar(runtime, { ref, run, count, most });
  const started = Array.from({ length: next }, (_, index) => itemName(task.id, index));
  const open = started.filter((name) => !isDone(found.get(name), run));
  const free = Math.min(most - open.length, count - next);
  const claimed = await claimSome(runtime, ref, free - settledJustNow(runtime, started, found));
  const idle = [...open.filter((name) => !isAtWork(found.get(name), run)), ...claimed.map((index) => itemName(task.id, index))];
  await runtime.mail.tasks(idle.map((name) => ({ run, task: name, token: record.token, seen: 0 })));
  const last = Math.max(next, ...claimed.map((index) => index + 1));
  if (last < count && free > claimed.length) await compareLater(runtime, { run, task: task.id, token: record.token, seen: task.needs.length });
  return last >= count;
}

/** How far this run is in the list; a worker may have died before it noted that the list was begun. */
async function startedSoFar(
  { executions }: Pick<Stores, "executions">,
  { ref, run, count, most }: { ref: Omit<DispatchRef, "attempt">; run: RunRef; count: number; most: number },
): Promise<number> {
  const each = await loadEach(executions, ref);
  if (each !== undefined && each.run >= run.run) return Math.min(each.next, count);
  await openEach(executions, ref, { run: run.run, count, started: most });
  return most;
}

/** Instances that settled a moment ago: their workers are about to start the next ones. */
function settledJustNow(
  runtime: Pick<Clock, "now">,
  started: readonly string[],
  found: ReadonlyMap<string, TaskRecord>,
): number {
  const since = runtime.now().getTime() - EXECUTION_LIMITS.nudgeSeconds * 1000;
  return started.filter((name) => Date.parse(found.get(name)?.settledAt ?? "") > since).length;
}

async function claimSome(
  { executions }: Pick<Stores, "executions">,
  ref: Omit<DispatchRef, "attempt">,
  most: number,
): Promise<number[]> {
  const claimed: number[] = [];
  while (claimed.length < most) {
    const index = await claimNext(executions, ref);
    if (index === undefined) break;
    claimed.push(index);
  }
  return claimed;
}

/** Whether an instance has ended for a run. */
export const isDone = (record: TaskRecord | undefined, run: RunRef): boolean =>
  record !== undefined && isSettled(record.state) && record.state !== "cancelled" && record.run <= run.run;

/** Rows of earlier runs, and those without a time of their own, may have nobody who works on them. */
const isAtWork = (record: TaskRecord | undefined, run: RunRef): boolean =>
  record !== undefined && record.run === run.run && (record.state !== "queued" || record.notBefore !== undefined);
