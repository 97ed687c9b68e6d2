import { claimNext, closeEach, endChain, noteAwaited, noteFailed } from "../aws/each-store.ts";
import { allTasks } from "../aws/execution-queries.ts";
import { loadTask } from "../aws/execution-store.ts";
import { parkTask, unparkTask } from "../aws/parking-lot.ts";
import { itemName, parseItemName, toleratedFailures } from "../domain/for-each.ts";
import { LIMITS } from "../limits.ts";
import { isSettled, type TaskRecord } from "../schemas/execution.ts";
import type { RunRef } from "../schemas/messages.ts";
import { type Attempt, refOf } from "./attempt.ts";
import type { Runtime } from "./runtime.ts";
import { recallAttempt } from "./recall-attempt.ts";
import { settleAttempt } from "./settle-attempt.ts";

/**
 * Instances of a `for_each` run in as many chains as may run at once: whoever settles starts the next of the list, and
 * a chain that finds none left ends. When all have ended the task looks at its instances, starts again what a crash
 * lost between claim and message, and ends with the last of them.
 */

/** What follows from the end of one instance. */
export async function concludeItem(runtime: Runtime, attempt: Attempt, settled: TaskRecord): Promise<void> {
  const { run } = attempt;
  const item = parseItemName(settled.task);
  const group = item && attempt.view.tasks.get(item.group);
  if (item === undefined || group === undefined) return;
  const { tenant, execution } = run;
  const ref = { tenant, execution, task: group.id };
  const look = { run, task: group.id, token: settled.token, seen: seenAll(attempt, group.id) };
  if (group.forEach === undefined) return runtime.mail.task(look, 0);
  const { count } = await runtime.items(run, group.id);
  if (settled.state === "failed") {
    const failed = await noteFailed(runtime.executions, ref, item.index);
    if (failed > toleratedFailures(group.forEach, count)) return failGroup(runtime, attempt, { group: group.id, failed });
  }
  const { maxConcurrency } = group.forEach;
  const next = count > maxConcurrency ? await claimNext(runtime.executions, ref) : undefined;
  if (next !== undefined) return runtime.mail.task({ run, task: itemName(group.id, next), token: settled.token }, 0);
  const each = await endChain(runtime.executions, ref);
  const isLast = each.ended >= Math.min(count, maxConcurrency);
  if (!isLast && each.awaited !== settled.task) return;
  await runtime.mail.task(look, 0);
  if (each.awaited === settled.task) await unparkTask(runtime.executions, { on: settled.task, message: groupMessage(run, group.id, settled.token) });
}

const seenAll = ({ view }: Attempt, group: string): number => view.tasks.get(group)?.needs.length ?? 0;
const groupMessage = (run: RunRef, task: string, token: string) => ({ run, task, token });

/** The group's attempt, as it stands. */
async function groupAttempt(runtime: Runtime, attempt: Attempt, group: string): Promise<Attempt | undefined> {
  const { run, view, head } = attempt;
  const task = view.tasks.get(group);
  const record = await loadTask(runtime.executions, { tenant: run.tenant, execution: run.execution, task: group });
  return task === undefined || record?.items === undefined ? undefined : { run, view, head, task, record };
}

async function failGroup(runtime: Runtime, attempt: Attempt, { group, failed }: { group: string; failed: number }): Promise<void> {
  const whole = await groupAttempt(runtime, attempt, group);
  if (whole === undefined || isSettled(whole.record.state)) return;
  await closeEach(runtime.executions, refOf(whole));
  const message = `${failed} of ${whole.record.items?.count ?? 0} instances of '${group}' failed, more than it tolerates`;
  await settleAttempt(runtime, whole, { kind: "failed", failure: { code: "TooManyFailures", message }, retryable: false });
  for await (const record of itemRecords(runtime, whole)) {
    if (isSettled(record.state)) continue;
    await recallAttempt(runtime, { head: whole.head, record });
  }
}

async function* itemRecords(runtime: Runtime, { run, task }: Attempt): AsyncGenerator<TaskRecord> {
  yield* allTasks(runtime.executions, { tenant: run.tenant, execution: run.execution }, `${task.id}[`);
}

/** Ends the task if every instance has settled; otherwise has the missing ones looked at, and waits for one of them. */
export async function settleItems(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { run, task, record } = attempt;
  if (record.items === undefined || isSettled(record.state)) return;
  const found = new Map<string, TaskRecord>();
  for await (const instance of itemRecords(runtime, attempt)) found.set(instance.task, instance);
  const names = Array.from({ length: record.items.count }, (_, index) => itemName(task.id, index));
  const open = names.filter((name) => !isDone(found.get(name), run));
  const [awaited] = open;
  if (awaited === undefined) return settleGroup(runtime, attempt, names.map((name) => found.get(name)));
  // Rows that nobody works on: their message was lost, or belongs to an earlier run.
  const idle = open.filter((name) => !isAtWork(found.get(name), run));
  await runtime.mail.tasks(idle.map((name) => ({ run, task: name, token: record.token, seen: 0 })));
  const ref = { tenant: run.tenant, execution: run.execution, task: task.id };
  await noteAwaited(runtime.executions, ref, awaited);
  const message = { run, task: task.id, token: record.token, seen: task.needs.length };
  await parkTask(runtime.executions, { on: awaited, message });
  const now = await loadTask(runtime.executions, { ...ref, task: awaited });
  if (isDone(now, run)) await runtime.mail.task(message, 0);
}

const isDone = (record: TaskRecord | undefined, run: RunRef): boolean =>
  record !== undefined && isSettled(record.state) && record.state !== "cancelled" && record.run <= run.run;

const isAtWork = (record: TaskRecord | undefined, run: RunRef): boolean =>
  record !== undefined && record.run === run.run && (record.state !== "queued" || record.notBefore !== undefined);

/** The output is the list of the instances' outputs, in the list's order; null where one failed. */
async function settleGroup(runtime: Runtime, attempt: Attempt, records: readonly (TaskRecord | undefined)[]): Promise<void> {
  const output: unknown[] = [];
  for (let start = 0; start < records.length; start += LIMITS.payloadsAtOnce) {
    const part = records.slice(start, start + LIMITS.payloadsAtOnce);
    output.push(...(await Promise.all(part.map((record) => (record?.output === undefined ? null : runtime.load(record.output))))));
  }
  await settleAttempt(runtime, attempt, { kind: "completed", output });
}
