import { DescribeExecutionCommand, ExecutionDoesNotExist } from "@aws-sdk/client-sfn";
import { queryAll } from "../../shared/aws/query.ts";
import { loadHeads } from "../../shared/execution/store/execution-queries.ts";
import { pruneQueues } from "../../shared/execution/store/admission-store.ts";
import type { DurationReader } from "../../shared/execution/store/task-stats.ts";
import { openPartitions } from "../../shared/execution/store/keys.ts";
import { EXECUTION_LIMITS } from "../../shared/execution/limits.ts";
import { admitWaiting } from "../../shared/execution/run/admit.ts";
import { runOf } from "../../shared/execution/runtime/attempt.ts";
import { releaseHeld } from "../../shared/execution/control/release-held.ts";
import { completePending } from "../../shared/execution/control/steer.ts";
import type { MissedStatus } from "../../shared/execution/control/tracker.ts";
import type { HooksBefore } from "../../shared/execution/run/hooks-before.ts";
import { timeOver } from "../../shared/execution/run/watch-execution.ts";
import { watchSla } from "../../shared/execution/run/watch-sla.ts";
import { type ReviveDeps, reviveRun } from "../../shared/execution/run/revive-run.ts";
import { runArn, startRun, stopRun } from "../../shared/execution/run/start-run.ts";
import { type Execution, isFinished } from "../../shared/execution/execution.ts";
import { rebuildMissed } from "./rebuild-missed.ts";

/** What `reconcileExecutions` stands on. */
export interface ReconcileDeps extends ReviveDeps {
  /** What was observed of tasks: service levels are judged by it. */
  readonly durations: DurationReader;
  /** Hooks before executions. */
  readonly before: HooksBefore;
  /** Hands a status to `track-execution`, as EventBridge does. */
  readonly report: (missed: MissedStatus) => Promise<void>;
}

/** What a sweep did. `failed`: executions it could not mend, which must not keep it from the others. */
export interface ReconcileResult {
  readonly started: number;
  readonly stopped: number;
  readonly reported: number;
  /** Changes of course that were on record and not carried out. */
  readonly completed: number;
  /** Tasks that were held back though no hold covers them. */
  readonly released: number;
  /** Executions that waited though there was a slot. */
  readonly admitted: number;
  /** Executions whose service level there was something new to tell of. */
  readonly slaTold: number;
  /** Things that were due in runs that had stopped moving. */
  readonly revived: number;
  /** Executions whose logs lacked something that their rows tell. */
  readonly rebuilt: number;
  readonly failed: readonly { readonly executionId: string; readonly error: unknown }[];
}

/**
 * Stops executions whose time is over, and mends what a crash or a lost event left behind: a change of course that is
 * only on record is carried out, a submission whose run never started is started, a machine whose status went
 * unheard is reported, a task that a hold forgot is let go, a log that the projection stopped writing is rebuilt, and
 * what a run without a move for a minute is due to do is derived from its rows and plan, and done.
 *
 * DescribeExecution allows about 15 calls a second, so a sweep looks at `EXECUTION_LIMITS.reconciledPerSweep` machines at most,
 * the next one at those after them, round and round. Deadlines need no such call: every open execution's is checked,
 * and as many machines are stopped at most.
 */
export async function reconcileExecutions(deps: ReconcileDeps): Promise<ReconcileResult> {
  const now = deps.now().getTime();
  const before = new Date(now - EXECUTION_LIMITS.reconcileAfterSeconds * 1000).toISOString();
  const pages = await Promise.all(openPartitions.map((partition) => listOpen(deps, partition, before)));
  const open = pages.flat().sort((a, b) => a.submittedAt.localeCompare(b.submittedAt));
  const pending = open.filter((execution) => execution.pending !== undefined).slice(0, EXECUTION_LIMITS.reconciledPerSweep);
  const steady = open.filter((execution) => execution.pending === undefined && !isFinished(execution.status));
  const unstarted = steady.filter(({ status }) => status === "submitted").slice(0, EXECUTION_LIMITS.reconciledPerSweep);
  const others = steady.filter(({ status }) => status !== "submitted" && status !== "queued");
  const overdue = steady.filter((execution) => isOverdue(execution, now)).slice(0, EXECUTION_LIMITS.reconciledPerSweep);
  const failed: { executionId: string; error: unknown }[] = [];
  const attempt = async (execution: Execution, act: typeof reconcileExecution): Promise<number> => {
    try {
      return await act(deps, execution);
    } catch (error) {
      failed.push({ executionId: execution.executionId, error });
      return 0;
    }
  };
  let [completed, stopped, reported] = [0, 0, 0];
  for (const execution of pending) completed += await attempt(execution, completeChange);
  for (const execution of overdue) stopped += await attempt(execution, stopExecution);
  for (const execution of [...unstarted, ...pageOfMinute(others, now)]) reported += await attempt(execution, reconcileExecution);
  let revived = 0;
  for (const execution of steady.filter((one) => isUnheard(one, now)).slice(0, EXECUTION_LIMITS.reconciledPerSweep)) revived += await attempt(execution, askAgain);
  const isLeft = (execution: Execution): boolean => !isOverdue(execution, now);
  for (const execution of pageOfMinute(others, now).filter(isLeft)) revived += await attempt(execution, reviveRun);
  const released = await releaseHeld(deps, { most: EXECUTION_LIMITS.releasedPerCall });
  const admitted = await admitMissed(deps);
  const sla = await watchSla(deps, steady);
  const logs = await rebuildMissed(deps.executions, steady, now);
  const counts = { started: unstarted.length, stopped, reported, completed, released, admitted, revived };
  return { ...counts, slaTold: sla.told, rebuilt: logs.rebuilt, failed: [...failed, ...sla.failed, ...logs.failed] };
}

/** Starts what waits though there is a slot, and drops the counters of empty queues. */
async function admitMissed(deps: ReconcileDeps): Promise<number> {
  await pruneQueues(deps.executions);
  return admitWaiting({ ...deps, startRun: (execution) => startRun(deps, execution) });
}

async function completeChange(deps: ReconcileDeps, execution: Execution): Promise<number> {
  await completePending(deps, execution);
  return 1;
}

/** The time of one that waits or is paused stands still. One that is being undone takes as long as that takes: its tasks have deadlines. */
function isOverdue({ status, deadlineAt, compensation }: Execution, now: number): boolean {
  const stands = status === "paused" || status === "queued" || compensation?.status === "running";
  return !stands && deadlineAt !== undefined && Date.parse(deadlineAt) <= now;
}

/**
 * The machine's end is heard of as any other; an execution whose machine is gone is told of here, or it would be
 * overdue for ever.
 */
async function stopExecution(deps: ReconcileDeps, execution: Execution): Promise<number> {
  const why = timeOver(execution);
  if (await stopRun(deps, execution, why)) return 1;
  const input = JSON.stringify(runOf(execution, deps.queues));
  await deps.report({ executionArn: runArn(execution), status: "ABORTED", input, ...why });
  return 1;
}

/** Whether the hooks before it should have run by now. */
const isUnheard = ({ awaiting }: Execution, now: number): boolean => awaiting !== undefined && Date.parse(awaiting.until) <= now;

async function askAgain(deps: ReconcileDeps, execution: Execution): Promise<number> {
  await deps.before.ask(execution);
  return 1;
}

/** This minute's share of a list that is too long for one sweep. */
function pageOfMinute(executions: readonly Execution[], now: number): readonly Execution[] {
  const { reconciledPerSweep: share } = EXECUTION_LIMITS;
  const turns = Math.max(1, Math.ceil(executions.length / share));
  const turn = Math.floor(now / 60_000) % turns;
  return executions.slice(turn * share, (turn + 1) * share);
}

/** @returns how many statuses were reported: one or none. */
async function reconcileExecution(deps: ReconcileDeps, execution: Execution): Promise<number> {
  const isUnstarted = execution.status === "submitted";
  const executionArn = runArn(execution);
  if (executionArn === undefined) return isUnstarted ? startAgain(deps, execution) : 0;
  if (isUnstarted) await startRun(deps, execution);
  const machine = await describeMachine(deps, executionArn);
  if (machine === undefined || (machine.status === "RUNNING" && !isUnstarted)) return 0;
  await deps.report(machine);
  return 1;
}

async function listOpen({ executions }: ReconcileDeps, partition: string, before: string): Promise<Execution[]> {
  const rows = await queryAll(executions, {
    IndexName: "byOpen",
    KeyConditionExpression: "byOpen = :partition AND submittedAt < :before",
    ExpressionAttributeValues: { ":partition": partition, ":before": before },
  });
  return loadHeads(executions, rows);
}

/** The message that starts a graph run may only be late: while its queue is long it is not sent again. */
async function startAgain(deps: ReconcileDeps, execution: Execution): Promise<number> {
  if ((await deps.depth(deps.queues[execution.priority])) <= EXECUTION_LIMITS.backlogMessages) await startRun(deps, execution);
  return 0;
}

async function describeMachine({ sfn }: ReconcileDeps, executionArn: string): Promise<MissedStatus | undefined> {
  try {
    const { status = "RUNNING", input = "", error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return { executionArn, status, input, error, cause };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}
