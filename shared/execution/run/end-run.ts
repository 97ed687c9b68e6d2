import type { CommitOutcome } from "../../aws/group-commit.ts";
import { type Execution, isFinished } from "../execution.ts";
import type { RunFailure } from "../messages.ts";
import type { RunEnd, Runtime } from "../runtime/runtime.ts";
import { loadExecution } from "../store/execution-store.ts";
import { beginCompensation, carryOutCompensation, wantsCompensation } from "./compensate.ts";
import { type Ending, finishExecution, propagateEnd } from "./finish-execution.ts";

/**
 * Carries the end of a run over to its execution. Repeats and latecomers change nothing, but what follows is done again:
 * the worker that recorded the end, or a compensation, may have been cut off before that.
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
  if (failure !== undefined) return failExecution(runtime, execution, failure);
  return finishExecution(runtime, execution, endingOf(execution));
}

const isFollowedByCompensation = ({ pending }: Execution, run: number): boolean =>
  pending?.compensate !== undefined && pending.run === run + 1;

/** A run that undid everything ends as the one before it was about to. */
function endingOf({ compensation, failure }: Execution): Ending {
  if (compensation?.status !== "running") return { to: "completed" };
  return { to: compensation.endsAs, ...(failure === undefined ? {} : { failure }) };
}

async function failExecution(
  runtime: Runtime,
  execution: Execution,
  failure: RunFailure,
): Promise<CommitOutcome> {
  const isToUndo = await wantsCompensation(runtime, execution, "failed");
  if (isToUndo) return beginCompensation(runtime, execution, { endsAs: "failed", failure });
  const { compensation } = execution;
  if (compensation?.status !== "running") return finishExecution(runtime, execution, { to: "failed", failure });
  const broken = { ...execution, compensation: { ...compensation, status: "failed" as const } };
  return finishExecution(runtime, broken, { to: compensation.endsAs, failure: execution.failure ?? failure });
}

/** As `endRun`, of a head that may be a moment old: where it has moved, it is read again. */
export async function concludeRun(runtime: Runtime, execution: Execution, end: RunEnd): Promise<void> {
  if ((await endRun(runtime, execution, end)) === "written") return;
  await concludeRun(runtime, await loadExecution(runtime.executions, execution.tenant, execution.executionId), end);
}
