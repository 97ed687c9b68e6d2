import type { Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoNow } from "../runtime/clock.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { afterSettled, compareInstances } from "../attempt/instances.ts";
import { hasToken, isGraphRun, releaseParked, waitsFor } from "./graph-run.ts";
import { runGraphOf } from "./run-graph.ts";
import { RUN_END } from "../messages.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { loadTasks, taskId, type TaskRef } from "../store/execution-store.ts";
import { loadParked } from "../store/parking-lot.ts";
import { hedgedTask, parseItemName } from "../task/for-each.ts";
import { type SettledState, type TaskIn, type TaskRecord } from "../task/task-record.ts";
import { endsRun, hasSettled } from "../task/task-rules.ts";

/**
 * Has carried out what follows from a row that is out of its agent's hands. Whether anything is due is read from rows,
 * never from how often a message was received: the one who wrote the row may have died right after, and a redriven
 * dead letter counts its receipts anew. Costs a read of its followers when all of it was done.
 */
export async function ensureConsequences(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { record, run, task } = attempt;
  if (record.state === "parked") return;
  if (record.state === "queued") return requeueWhenLost(runtime, attempt);
  if (!hasSettled(record)) return;
  const isPart = hedgedTask(task.id) !== undefined || parseItemName(task.id) !== undefined;
  if (isPart || !isGraphRun(run) || endsRun(task, record)) return afterSettled(runtime, attempt, record, { isRepeat: true });
  await ensureFollowers(runtime, attempt, record);
}

/** A retry has a message on its way; one that is still queued a moment after its time may have lost it. */
async function requeueWhenLost(runtime: Engine & Clock, attempt: Attempt): Promise<void> {
  const { record, run, task } = attempt;
  const lostAt = Date.parse(record.notBefore ?? isoNow(runtime)) + EXECUTION_LIMITS.nudgeSeconds * 1000;
  const left = Math.ceil((lostAt - runtime.now().getTime()) / 1000);
  if (left > 0) return runtime.mail.watch({ dispatch: refOf(attempt), looks: 0 }, Math.min(left, EXECUTION_LIMITS.longestDelaySeconds));
  await runtime.mail.task({ run, task: task.id, token: record.token, seen: waitsFor(run, task).length }, 0);
}

/**
 * Tasks that start with this one, those that waited for it, and the end of the run. Followers may have been taken on in
 * place: the one who died had no message of their own for them.
 */
async function ensureFollowers(runtime: Runtime, attempt: Attempt, settled: TaskIn<SettledState>): Promise<void> {
  const { run, task, view } = attempt;
  const { triggers, awaited, sinks } = runGraphOf(view.plan);
  const { tenant, execution } = run;
  const refs = (triggers.get(task.id) ?? []).map((id) => ({ tenant, execution, task: id }));
  const rows = refs.length === 0 ? new Map<string, TaskRecord>() : await loadTasks(runtime.executions, refs);
  const due = sinks[0] === task.id ? [RUN_END] : [];
  for (const ref of refs) {
    const row = rows.get(taskId(ref));
    if (row === undefined || (await isUnstarted(runtime, ref, row))) due.push(ref.task);
    else await ensureGoing(runtime, attempt, row);
  }
  if (due.length > 0 && hasToken(settled)) await runtime.next(due.map((id) => ({ run, task: id, token: settled.token })));
  const waiting = awaited.get(task.id);
  if (waiting !== undefined) await releaseParked(runtime, { tenant, execution, task: task.id }, waiting);
}

/**
 * Whether no agent is known to have a task, and nothing but a message could lead on. One that waits for an event looks for
 * it among those that came before, once it is parked.
 */
async function isUnstarted(runtime: Stores, ref: TaskRef, row: TaskRecord): Promise<boolean> {
  if (row.state === "queued" || row.state === "dispatched") return true;
  if (row.state !== "parked") return false;
  return row.reason === "event" || (row.reason === undefined && (await loadParked(runtime.executions, ref)) === undefined);
}

/**
 * A follower that came further. Instances and a child may not have been started; what settled without an agent's task has
 * nobody else who carries out what follows from it. An agent's task is looked at by messages of its own.
 */
async function ensureGoing(runtime: Runtime, attempt: Attempt, record: TaskRecord): Promise<void> {
  const { run, view } = attempt;
  const task = view.tasks.get(record.task);
  if (task === undefined) return;
  const follower = { ...attempt, task, record };
  if (hasSettled(record)) return record.agentTaskId === undefined ? ensureConsequences(runtime, follower) : undefined;
  if (record.state !== "running" || record.run !== run.run) return;
  if (record.items !== undefined) return compareInstances(runtime, attempt, record.task);
  if (record.child !== undefined) await runtime.mail.watch({ dispatch: refOf(follower), looks: 0, once: true }, 0);
}
