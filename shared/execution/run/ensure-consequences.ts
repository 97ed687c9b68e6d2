import { AWS_QUOTAS } from "../../core/limits.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { afterSettled } from "../attempt/settle-attempt.ts";
import { hasToken, releaseParked } from "../attempt/release.ts";
import { runGraphOf } from "../../workflow/plan/run-graph.ts";
import { RUN_END } from "../messages.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { loadTasks, taskId } from "../store/execution-store.ts";
import { hedgedTask, parseItemName } from "../task/for-each.ts";
import { hasSettled, type SettledState, type TaskIn, type TaskRecord } from "../task/task-record.ts";
import { isGraphRun, waitsFor } from "./graph-run.ts";
import { endsRun } from "../task/task-rules.ts";

/**
 * Has carried out what follows from a row that is out of its agent's hands. Whether anything is due is read from rows,
 * never from how often a message was received: the one who wrote the row may have died right after, and a redriven
 * dead letter counts its receipts anew. Does nothing, at the price of one read, when all of it was done.
 */
export async function ensureConsequences(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { record, run, task } = attempt;
  if (record.state === "parked") return;
  if (record.state === "queued") return requeueWhenLost(runtime, attempt);
  if (!hasSettled(record) || record.run > run.run) return;
  // Chains of instances count their ends: a broken one is found by the sweep, which asks the whole group.
  if (parseItemName(task.id) !== undefined) return;
  const isHedge = hedgedTask(task.id) !== undefined;
  if (isHedge || !isGraphRun(run) || endsRun(task, record)) return afterSettled(runtime, attempt, record);
  await ensureFollowers(runtime, attempt, record);
}

/** Whether no agent is known to have a task, and nothing but a message could lead on. */
const isUnstarted = (record: TaskRecord | undefined): boolean =>
  record === undefined || record.state === "queued" || record.state === "dispatched";

/** A retry has a message on its way; one that is still queued a while after its time has lost it. */
async function requeueWhenLost(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { record, run, task } = attempt;
  const lostAt = Date.parse(record.notBefore ?? isoNow(runtime)) + EXECUTION_LIMITS.lostMessageSeconds * 1000;
  const left = Math.ceil((lostAt - runtime.now().getTime()) / 1000);
  if (left > 0) return runtime.mail.watch({ dispatch: refOf(attempt), looks: 0 }, Math.min(left, AWS_QUOTAS.sqs.delaySeconds));
  await runtime.mail.task({ run, task: task.id, token: record.token, seen: waitsFor(run, task).length }, 0);
}

/**
 * Followers without a row were never looked at, those recorded together with the end may never have been sent, and those
 * parked on this task never released.
 */
async function ensureFollowers(runtime: Runtime, { run, task, view }: Attempt, settled: TaskIn<SettledState>): Promise<void> {
  const { triggers, awaited, sinks } = runGraphOf(view.plan);
  const { tenant, execution } = run;
  const followers = triggers.get(task.id) ?? [];
  const refs = followers.map((id) => ({ tenant, execution, task: id }));
  const rows = refs.length === 0 ? new Map<string, TaskRecord>() : await loadTasks(runtime.executions, refs);
  const missed = refs.filter((ref) => isUnstarted(rows.get(taskId(ref)))).map((ref) => ref.task);
  const due = [...missed, ...(sinks[0] === task.id ? [RUN_END] : [])];
  if (due.length > 0 && hasToken(settled)) await runtime.next(due.map((id) => ({ run, task: id, token: settled.token })));
  const waiting = awaited.get(task.id);
  if (waiting !== undefined) await releaseParked(runtime, { tenant, execution, task: task.id }, waiting);
}
