import { listParked, loadOutlines } from "../store/control-store.ts";
import { commitExecution, loadExecution } from "../store/execution-store.ts";
import { changeCompleted } from "../lifecycle/execution-transitions.ts";
import { type ParkedTask, removeParked } from "../store/parking-lot.ts";
import { loadPayload } from "../store/payload-store.ts";
import { moveOf } from "../lifecycle/execution-actions.ts";
import { ConflictError, IllegalMoveError, NotFoundError, StoreUnavailableError } from "../../core/errors.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { Restart } from "../control.ts";
import { type Execution, isFinished, type PendingChange } from "../execution.ts";
import { admitWaiting } from "../run/admit.ts";
import { cancelOpenTasks } from "../attempt/cancel-open-tasks.ts";
import { watchExecutionLater } from "../run/watch-execution.ts";
import { runArn, startRun, stopMachine } from "../run/start-run.ts";
import { carryOutRestart, superseded } from "./carry-out-restart.ts";
import { takeCheckpoint } from "./checkpoints.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import type { ControlDeps, Steering } from "./control-deps.ts";
import { cancelChange, type Change, pauseChange, resumeChange } from "./course-changes.ts";
import { illegalMove } from "./illegal-move.ts";
import { restartChange } from "./restart.ts";
import { type ControlCommand, isRepeat, onRecord } from "./record-change.ts";

const TRIES = 8;
const START_POLL_MS = 200;

/**
 * Changes an execution's course: decides on what it is now, puts the change on record in one transaction, then carries
 * it out. A change that an earlier caller left half done is completed first. Whoever is cut off in between is completed
 * by the next caller, or by the sweep.
 *
 * The same act again changes nothing as long as the run it led to goes on.
 *
 * @param decide what the execution becomes; nothing: it is so already.
 * @throws {IllegalMoveError} the act is not allowed where the execution stands.
 */
export async function applyControl(
  deps: ControlDeps,
  act: ControlCommand,
  decide: (execution: Execution) => Promise<Change | undefined>,
): Promise<Execution> {
  let patience = EXECUTION_LIMITS.startPatienceMs;
  for (let tries = 0; tries < TRIES;) {
    const execution = await loadSteerable(deps, act);
    if (isRepeat(act, execution)) return execution;
    const move = moveOf(act.action, execution);
    if (move === "done") return execution;
    if (move === "illegal" && execution.status === "submitted" && patience > 0) {
      patience -= START_POLL_MS;
      await deps.pause(START_POLL_MS);
      continue;
    }
    if (move === "illegal") throw illegalMove(act.action, execution);
    const change = await decide(execution);
    if (change === undefined) return execution;
    tries += 1;
    const transition = onRecord(act, { execution, change, at: deps.now() });
    if ((await commitExecution(deps.executions, { transition })) === "stale") continue;
    return completePending(deps, await loadExecution(deps.executions, act.tenant, act.execution));
  }
  throw new StoreUnavailableError(`${act.execution} kept changing`);
}

/** The execution as it is, once nothing is pending any more. */
async function loadSteerable(deps: ControlDeps, { tenant, execution: id }: Steering): Promise<Execution> {
  const execution = await loadExecution(deps.executions, tenant, id);
  if (execution.pending === undefined) return execution;
  const completed = await completePending(deps, execution);
  if (completed.pending === undefined) return completed;
  throw new ConflictError(`the compensation of execution '${id}' is about to start; try again in a few seconds`);
}

/**
 * Carries out the change that an execution has on record, and takes it off. Safe to repeat, and for two at once. An
 * undoing is handed to `track-execution`, and stays on record until that is done with it.
 *
 * @returns the execution afterwards.
 */
export async function completePending(deps: ControlDeps, execution: Execution): Promise<Execution> {
  const { pending, tenant, executionId } = execution;
  if (pending === undefined) return execution;
  if (pending.compensate !== undefined) {
    await stopMachine(deps, runArn(execution, pending.run - 1), superseded("what the run did is undone"));
    // It waits until every dispatcher has heard that the former run is over, if one could still start something.
    await deps.handOver(execution);
    return loadExecution(deps.executions, tenant, executionId);
  }
  if (pending.restart !== undefined) {
    const restart = Restart.parse(await loadPayload(deps.payloads, pending.restart));
    await carryOutRestart(deps, execution, {
      restart,
      cancelChild: (child) => steerChild(deps, { execution, child }, "cancel"),
      reviveChild: (child) => reviveChild(deps, execution, child),
    });
  }
  await takePendingCheckpoint(deps, execution, pending);
  await follow(deps, execution, pending);
  if (pending.release !== undefined) await releaseTasks(deps, execution, pending.release);
  const waits = execution.status === "queued";
  if (!waits && isToStart(execution, pending)) await startRun(deps, execution);
  if (pending.follow === "resume") await watchExecutionLater(deps, execution);
  await clearPending(deps, execution, pending);
  // It may start itself now, or another in its place.
  if (waits || isFinished(execution.status))
    await admitWaiting({ ...deps, startRun: (admitted) => startRun(deps, admitted) });
  return loadExecution(deps.executions, tenant, executionId);
}

/** A machine that runs is not started twice; of a graph run that was paused, tasks that it had started are released. */
const isToStart = (execution: Execution, { restart, follow: verb }: PendingChange): boolean =>
  restart !== undefined || (verb === "resume" && runArn(execution) !== undefined);

/** Takes a change that is carried out off the record; one that came after it stays. */
async function clearPending(deps: ControlDeps, seen: Execution, { id }: PendingChange): Promise<void> {
  const execution = await loadExecution(deps.executions, seen.tenant, seen.executionId);
  if (execution.pending?.id !== id) return;
  const outcome = await commitExecution(deps.executions, { transition: changeCompleted(execution) });
  if (outcome === "stale") await clearPending(deps, execution, { id, run: execution.run });
}

async function takePendingCheckpoint(
  deps: ControlDeps,
  execution: Execution,
  { checkpoint: id }: PendingChange,
): Promise<void> {
  if (id === undefined) return;
  const at = execution.pausedAt ?? deps.now().toISOString();
  await takeCheckpoint(deps, execution, { id, at, reason: "pause", by: "orchestrator" });
}

/** What becomes of the tasks and of the executions below. */
async function follow(deps: ControlDeps, execution: Execution, { follow: verb }: PendingChange): Promise<void> {
  const { tenant, parent } = execution;
  if (verb === undefined) return;
  if (verb === "cancel") {
    await stopMachine(deps, runArn(execution), superseded("cancelled"));
    await cancelOpenTasks(deps, execution);
  }
  await Promise.all((await childrenOf(deps, execution)).map((child) => steerChild(deps, { execution, child }, verb)));
  if (verb === "cancel" && parent !== undefined) await deps.mail.settle({ dispatch: { tenant, ...parent } });
}

const mayHaveChildren = (task: PlanTask): boolean =>
  task.kind === "workflow" || (task.kind === "pattern" && task.pattern.workflows !== undefined);

/** Executions that serve as tasks of this one, finished ones included. */
async function childrenOf(deps: ControlDeps, { tenant, executionId, plan }: Execution): Promise<readonly string[]> {
  const { plan: current } = await deps.plan(tenant, plan);
  if (!current.tasks.some(mayHaveChildren)) return [];
  const outlines = await loadOutlines(deps.executions, { tenant, execution: executionId });
  return outlines.flatMap(({ child }) => (child === undefined ? [] : [child]));
}

type Verb = NonNullable<PendingChange["follow"]>;

/** Has a child go the way of its parent; one that is over, or not there yet, is left alone. */
async function steerChild(
  deps: ControlDeps,
  { execution: parent, child }: { execution: Execution; child: string },
  verb: Verb,
): Promise<void> {
  const reason = `its parent ${parent.executionId}: ${verb}`;
  const act: ControlCommand = {
    tenant: parent.tenant,
    execution: child,
    by: "orchestrator",
    reason,
    action: verb === "release" ? "raise_budget" : verb,
    asked: reason,
  };
  try {
    await applyControl(deps, act, async (execution) => childChange(execution, { verb, parent, at: deps.now() }));
  } catch (error) {
    if (!(error instanceof IllegalMoveError || error instanceof NotFoundError)) throw error;
  }
}

/** Has a child go on where it ended; one that has not ended, or has its result, is as it should be. */
async function reviveChild(deps: ControlDeps, { tenant, executionId }: Execution, child: string): Promise<boolean> {
  const reason = `its parent ${executionId}: redrive`;
  const act: ControlCommand = { tenant, execution: child, by: "orchestrator", reason, action: "redrive", asked: reason };
  const others = { rule: "failures" as const };
  try {
    const revived = await applyControl(deps, act, async (execution) => {
      return restartChange(deps, execution, { action: act.action, by: act.by, tasks: {}, others });
    });
    return revived.compensation === undefined;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    if (!(error instanceof IllegalMoveError)) throw error;
    const { status, compensation } = await loadExecution(deps.executions, tenant, child);
    return compensation === undefined && status !== "failed" && status !== "cancelled";
  }
}

function childChange(execution: Execution, { verb, parent, at }: { verb: Verb; parent: Execution; at: Date }): Change {
  switch (verb) {
    case "pause":
      return pauseChange(execution, at);
    case "resume":
      return resumeChange(execution, at);
    case "cancel":
      return cancelChange(execution, at);
    case "release": {
      const { release = [] } = parent.pending ?? {};
      return {
        to: execution.status,
        set: { pending: { id: `release.${at.toISOString()}`, run: execution.run, follow: "release", release } },
      };
    }
    default:
      return verb satisfies never;
  }
}

/** Queues parked tasks again, those that wait for one of `reasons`. */
async function releaseTasks(
  deps: ControlDeps,
  { tenant, executionId }: Execution,
  reasons: readonly string[],
): Promise<void> {
  const parked = await listParked(deps.executions, { tenant, execution: executionId });
  await requeue(
    deps,
    parked.filter(({ on }) => reasons.includes(on)),
  );
}

/**
 * The messages go out before the rows are deleted: a crash in between queues them twice, never not at all. They come
 * when no dispatcher believes any more in what they waited for to end: one that did would park them again.
 */
export async function requeue(
  deps: Pick<ControlDeps, "mail" | "executions">,
  parked: readonly ParkedTask[],
): Promise<void> {
  for (let start = 0; start < parked.length; start += EXECUTION_LIMITS.cancelsAtOnce) {
    const part = parked.slice(start, start + EXECUTION_LIMITS.cancelsAtOnce);
    await Promise.all(
      part.map(async (waiting) => {
        await deps.mail.task(waiting.message, EXECUTION_LIMITS.executionCacheSeconds);
        await removeParked(deps.executions, waiting);
      }),
    );
  }
}
