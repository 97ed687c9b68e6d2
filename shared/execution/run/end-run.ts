import type { CommitOutcome } from "../../aws/group-commit.ts";
import { loadSettled } from "../attempt/inputs.ts";
import { type Execution, isFinished } from "../execution.ts";
import type { RunFailure, TaskMessage } from "../messages.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { loadExecution } from "../store/execution-store.ts";
import { removeParked, saveParked } from "../store/parking-lot.ts";
import type { PlanView } from "../store/plan-store.ts";
import { beginCompensation, carryOutCompensation, wantsCompensation } from "./compensate.ts";
import { type Ending, finishExecution, propagateEnd } from "./finish-execution.ts";
import { runGraphOf } from "./run-graph.ts";

/** How a run ended: with all that was to be done, or with a failure. */
export interface RunEnd {
  readonly run: number;
  readonly failure?: RunFailure | undefined;
}

/**
 * Carries the end of a run over to its execution. Repeats and latecomers change nothing, but what follows is done again:
 * whoever recorded the end, or an undoing, may have been cut off before that.
 *
 * @returns `stale`: the head has moved since it was read.
 */
export async function endRun(runtime: Runtime, execution: Execution, { run, failure }: RunEnd): Promise<CommitOutcome> {
  if (isFollowedByCompensation(execution, run)) {
    await carryOutCompensation(runtime, execution);
    return "written";
  }
  if (execution.run !== run) return "written";
  if (isFinished(execution.status)) {
    await propagateEnd(runtime, execution);
    return "written";
  }
  return failure === undefined ? finishExecution(runtime, execution, endingOf(execution)) : failExecution(runtime, execution, failure);
}

const isFollowedByCompensation = ({ pending }: Execution, run: number): boolean => pending?.compensate !== undefined && pending.run === run + 1;

/** A run that undid everything ends as the one before it was about to. */
function endingOf({ compensation, failure }: Execution): Ending {
  if (compensation?.status !== "running") return { to: "completed" };
  return { to: compensation.endsAs, ...(failure === undefined ? {} : { failure }) };
}

async function failExecution(runtime: Runtime, execution: Execution, failure: RunFailure): Promise<CommitOutcome> {
  if (await wantsCompensation(runtime, execution, "failed")) return beginCompensation(runtime, execution, { endsAs: "failed", failure });
  const { compensation } = execution;
  if (compensation?.status !== "running") return finishExecution(runtime, execution, { to: "failed", failure });
  const broken = { ...execution, compensation: { ...compensation, status: "failed" as const } };
  return finishExecution(runtime, broken, { to: compensation.endsAs, failure: execution.failure ?? failure });
}

/** A message that a graph run is to end. */
interface Ended {
  readonly message: TaskMessage;
  readonly view: PlanView;
  readonly execution: Execution;
}

/** Ends a graph run once every end of the graph has settled; until then the look waits on one that has not. */
export async function endGraph(runtime: Runtime, { message, view, execution }: Ended): Promise<void> {
  const { run, failure } = message;
  const end = { run: run.run, failure };
  if (failure !== undefined || isFinished(execution.status) || run.run !== execution.run) return concludeRun(runtime, execution, end);
  const { sinks } = runGraphOf(view.plan);
  const seen = message.seen ?? 0;
  const ends = sinks.slice(seen);
  const settled = await loadSettled(runtime, run, ends);
  const missing = ends.findIndex((task) => !settled.has(task));
  const sink = ends[missing];
  if (sink === undefined) return concludeRun(runtime, execution, end);
  const look = { ...message, seen: seen + missing };
  await saveParked(runtime.executions, { on: sink, message: look });
  if (!(await loadSettled(runtime, run, [sink])).has(sink)) return;
  await endGraph(runtime, { message: look, view, execution });
  await removeParked(runtime.executions, { on: sink, message: look });
}

/** The head may be a moment old: where it has moved, it is read again. */
async function concludeRun(runtime: Runtime, execution: Execution, end: RunEnd): Promise<void> {
  if ((await endRun(runtime, execution, end)) === "written") return;
  await concludeRun(runtime, await loadExecution(runtime.executions, execution.tenant, execution.executionId), end);
}
