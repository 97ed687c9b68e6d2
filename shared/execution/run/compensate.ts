import type { Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import { allTasks } from "../store/execution-queries.ts";
import { commitExecution, loadTasks, taskId } from "../store/execution-store.ts";
import { changeCompleted, compensationBegun, compensationPlanned, heardAt } from "../lifecycle/execution-transitions.ts";
import type { CommitOutcome } from "../../aws/group-commit.ts";
import { savePlan } from "../store/plan-store.ts";
import { canStart } from "../saga/can-start.ts";
import { compensationPlan } from "../saga/compensation.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Execution } from "../execution.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { finishExecution, reload } from "./finish-execution.ts";
import { cancelOpenTasks } from "../attempt/cancel-open-tasks.ts";

/** Why what was done is undone, and how the execution ends then. */
export interface CompensationRequest {
  readonly endsAs: "failed" | "cancelled";
  readonly failure?: Execution["failure"];
}

/** Whether the definition wants completed tasks undone when the execution ends so. */
export async function wantsCompensation(
  runtime: Stores,
  execution: Execution,
  endsAs: CompensationRequest["endsAs"],
): Promise<boolean> {
  if (execution.compensation !== undefined) return false;
  const { plan } = await runtime.plan(execution.tenant, execution.plan);
  const saga = plan.faultTolerance?.sagaPattern;
  return saga?.compensationEnabled === true && (endsAs === "cancelled" || saga.rollbackOnFailure);
}

/**
 * Undoes what an execution did: its next run, a graph run, carries the plan of compensations. The intent goes on
 * record first, as a new run, so that messages of the old one die and a crash anywhere is picked up by the sweep.
 *
 * @returns `stale` when the execution moved meanwhile.
 */
export async function beginCompensation(
  runtime: Runtime,
  execution: Execution,
  { endsAs, failure }: CompensationRequest,
): Promise<CommitOutcome> {
  const at = isoNow(runtime);
  const deadlineAt = isoAfter(runtime, execution.executionTimeoutSeconds);
  const transition = compensationBegun(execution, { endsAs, failure, at, deadlineAt });
  if ((await commitExecution(runtime.executions, { transition })) === "stale") return "stale";
  await carryOutCompensation(runtime, transition.row);
  return "written";
}

/** Completes a compensation that is on record as pending. Safe to repeat, also by two at the same time. */
export async function carryOutCompensation(runtime: Runtime, execution: Execution): Promise<void> {
  const endsAs = execution.pending?.compensate;
  if (endsAs === undefined) return;
  await waitOutHeadCaches(runtime, execution);
  if (execution.compensation === undefined && !(await planCompensation(runtime, execution, endsAs))) {
    const { failure } = execution;
    await finishExecution(runtime, execution, { to: endsAs, ...(failure === undefined ? {} : { failure }) });
    return;
  }
  const planned = await reload(runtime, execution);
  if (planned.compensation?.status !== "running" || planned.run !== execution.run) return;
  await runtime.startRun(planned);
  await commitExecution(runtime.executions, { transition: changeCompleted(planned) });
}

/**
 * Dispatchers may believe in the old run for a moment: what they still start must be seen by the recall. Where nothing
 * could start there is nothing to wait for.
 */
async function waitOutHeadCaches(runtime: Stores & Clock, execution: Execution): Promise<void> {
  const since = execution.pending?.compensateSince;
  const left = since === undefined ? 0 : Date.parse(heardAt(since)) - runtime.now().getTime();
  if (left > 0 && (await mayStillStart(runtime, execution))) await runtime.pause(left);
}

/** Whether a dispatcher that has not heard of the end could start a task of the former run. */
async function mayStillStart(runtime: Stores, { tenant, executionId, plan: hash }: Execution): Promise<boolean> {
  const { tasks } = await runtime.plan(tenant, hash);
  if (tasks.size > EXECUTION_LIMITS.undoLookTasks) return true;
  const refOf = (task: string) => ({ tenant, execution: executionId, task });
  const rows = await loadTasks(runtime.executions, [...tasks.keys()].map(refOf));
  return canStart(tasks, (task) => rows.get(taskId(refOf(task))));
}

/** @returns whether there is anything to undo. */
async function planCompensation(
  runtime: Runtime,
  execution: Execution,
  endsAs: CompensationRequest["endsAs"],
): Promise<boolean> {
  const { tenant, executionId } = execution;
  await cancelOpenTasks(runtime, execution);
  const records: TaskRecord[] = [];
  for await (const record of allTasks(runtime.executions, { tenant, execution: executionId })) records.push(record);
  const { plan } = await runtime.plan(tenant, execution.plan);
  const strategy = plan.faultTolerance?.sagaPattern.strategy ?? "backward";
  const undoing = compensationPlan({ plan, records, strategy, failedTask: execution.failure?.task });
  if (undoing === undefined) return false;
  await savePlan(runtime.payloads, tenant, undoing);
  const { planHash: hash } = undoing;
  const compensation = { plan: hash, status: "running" as const, endsAs };
  // The first plan counts: a run may have begun with it.
  const current = await reload(runtime, execution);
  if (current.compensation !== undefined || current.run !== execution.run) return true;
  const failed = execution.failure?.task;
  const named = undoing.tasks.slice(0, EXECUTION_LIMITS.namedCompensations).map(({ id }) => id);
  const facts = { strategy, tasks: undoing.tasks.length, compensation_tasks: named, ...(failed === undefined ? {} : { failed_task_id: failed }) };
  await commitExecution(runtime.executions, { transition: compensationPlanned(current, { compensation, at: isoNow(runtime), ...facts }) });
  return true;
}
