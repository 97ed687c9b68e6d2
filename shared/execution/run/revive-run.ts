import { NotFoundError } from "../../core/errors.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { restartChange } from "../control/restart.ts";
import type { ControlDeps } from "../control/control-deps.ts";
import { completePending } from "../control/steer.ts";
import { type Execution, isFinished } from "../execution.ts";
import { recovered } from "../lifecycle/execution-transitions.ts";
import { type DueWork, dueWork } from "../liveness/due-work.ts";
import type { RunRef } from "../messages.ts";
import { planOf, runOf } from "../runtime/attempt.ts";
import { listParked } from "../store/control-store.ts";
import { allTasks, loadProgress } from "../store/execution-queries.ts";
import type { QueueDepth } from "../store/queue-depth.ts";
import { commitExecution, loadExecution } from "../store/execution-store.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { runTokenOf } from "../task/task-rules.ts";
import { isGraphRun } from "./graph-run.ts";

/** What reviving a run stands on. */
export interface ReviveDeps extends ControlDeps {
  readonly depth: QueueDepth;
}

/** How long an execution has not moved, in seconds; its counters are a moment behind. */
async function quietSeconds({ executions, now }: ReviveDeps, execution: Execution): Promise<number> {
  const { tenant, executionId, startedAt, submittedAt } = execution;
  const { lastEventAt = "" } = await loadProgress(executions, tenant, executionId);
  const begunAt = startedAt ?? submittedAt;
  const moved = lastEventAt > begunAt ? lastEventAt : begunAt;
  return (now().getTime() - Date.parse(moved)) / 1000;
}

/**
 * Has done what is due in a run that has not moved for a minute: what was to come by message was lost. Safe to repeat,
 * and beside messages that were only late; while its queue is long they are only late, and nothing is done.
 *
 * @returns how many things were due.
 */
export async function reviveRun(deps: ReviveDeps, execution: Execution): Promise<number> {
  if (execution.status !== "running") return 0;
  const quiet = await quietSeconds(deps, execution);
  if (quiet < EXECUTION_LIMITS.reconcileAfterSeconds) return 0;
  const run = runOf(execution, deps.queues);
  if ((await deps.depth(run.queue)) > EXECUTION_LIMITS.backlogMessages) return 0;
  const due = await dueOf(deps, execution, run);
  const tokenOf = isGraphRun(run) ? () => runTokenOf(run) : due.tokenOf;
  const looks = due.looks.flatMap((task) => {
    const token = tokenOf(task);
    return token === undefined ? [] : [{ task, token }];
  });
  // A machine waits for ever on a token that no row knows of: its successor starts from the rows.
  if (looks.length < due.looks.length && quiet > EXECUTION_LIMITS.strandedSeconds) return restartRun(deps, execution);
  const { tenant, executionId } = execution;
  const ref = { tenant, execution: executionId };
  // `seen: 0` has the row read first: most of these tasks have one.
  for (const look of looks) await deps.mail.task({ run, ...look, seen: 0 }, 0);
  for (const poll of due.polls) await deps.mail.watch({ dispatch: { ...ref, ...poll }, looks: 0, once: true }, 0);
  const ended = await endedChildren(deps, tenant, due.children);
  for (const { task, attempt } of ended) await deps.mail.settle({ dispatch: { ...ref, task, attempt } });
  return looks.length + due.polls.length + ended.length;
}

async function dueOf(deps: ReviveDeps, execution: Execution, run: RunRef): Promise<DueWork> {
  const { tenant, executionId } = execution;
  const at = { tenant, execution: executionId };
  const records: TaskRecord[] = [];
  for await (const record of allTasks(deps.executions, at)) records.push(record);
  const parked = await listParked(deps.executions, at);
  const { plan, tasks } = await deps.plan(tenant, planOf(execution));
  return dueWork({
    plan,
    tasks,
    isGraphRun: isGraphRun(run),
    run: execution.run,
    records,
    parkedOn: new Map(parked.map(({ on, message }) => [message.task, on])),
    now: deps.now(),
  });
}

/** Those whose execution has ended, or was never there: the task starts it anew. */
async function endedChildren(deps: ReviveDeps, tenant: string, children: DueWork["children"]): Promise<DueWork["children"]> {
  const found = await Promise.all(
    children.map(async (one) => {
      try {
        return isFinished((await loadExecution(deps.executions, tenant, one.child)).status) ? [one] : [];
      } catch (error) {
        if (error instanceof NotFoundError) return [one];
        throw error;
      }
    }),
  );
  return found.flat();
}

async function restartRun(deps: ReviveDeps, execution: Execution): Promise<number> {
  const { set } = await restartChange(deps, execution, { action: "recovery", by: "orchestrator", tasks: {} });
  const transition = recovered(execution, { set, at: deps.now().toISOString() });
  if ((await commitExecution(deps.executions, { transition })) === "stale") return 0;
  await completePending(deps, transition.row);
  return 1;
}
