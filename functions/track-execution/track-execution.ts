import type { Runtime, Stores } from "../../shared/execution/runtime/runtime.ts";
import * as z from "zod";
import { loadExecution } from "../../shared/execution/store/execution-store.ts";
import { recordStart } from "../../shared/execution/run/record-start.ts";
import { isGraphRun } from "../../shared/execution/run/graph-run.ts";
import type { CommitOutcome } from "../../shared/aws/group-commit.ts";
import { NotFoundError } from "../../shared/core/errors.ts";
import { beginCompensation, carryOutCompensation, wantsCompensation } from "../../shared/execution/run/compensate.ts";
import { type Ending, finishExecution, propagateEnd } from "../../shared/execution/run/finish-execution.ts";
import { EXECUTION_TIMED_OUT, runName, RunRef, TASK_FAILED } from "../../shared/execution/messages.ts";
import { type Execution, isFinished } from "../../shared/execution/execution.ts";
import { type Failure } from "../../shared/core/failure.ts";

/** `detail` of EventBridge's "Step Functions Execution Status Change". */
export const MachineStatus = z.object({
  executionArn: z.string(),
  status: z.enum(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]),
  input: z.string().nullish(),
  error: z.string().nullish(),
  cause: z.string().nullish(),
  /** Not told by Step Functions: a sweep found that it went unheard, or an operator has the execution looked at. */
  isLook: z.boolean().optional(),
});
export type MachineStatus = z.infer<typeof MachineStatus>;

/**
 * Carries the machine's status over to the execution. Repeats and latecomers change nothing; a nested machine's
 * status concerns only its parent.
 */
export async function trackExecution(runtime: Runtime, machine: MachineStatus): Promise<void> {
  const run = RunRef.safeParse(JSON.parse(machine.input ?? "null"));
  if (!run.success || isNoNews(machine, run.data)) return;
  const execution = await findExecution(runtime, run.data);
  if (execution === undefined) return;
  // Whoever put an undoing on record may have been cut off before it began.
  if (isFollowedByCompensation(execution, run.data)) return carryOutCompensation(runtime, execution);
  if (execution.run !== run.data.run) return;
  if (!machine.executionArn.endsWith(`:${runName(run.data)}`)) return;
  // Whoever recorded the end may have been cut off before everybody knew.
  if (isFinished(execution.status)) return propagateEnd(runtime, execution);
  if ((await applyStatus(runtime, execution, machine)) === "stale") return trackExecution(runtime, machine);
}

/** A graph run's start is recorded by who takes up its first message; where that got lost a sweep has it looked at. */
const isNoNews = ({ status, isLook }: MachineStatus, run: RunRef): boolean =>
  status === "RUNNING" && isLook !== true && isGraphRun(run);

const isFollowedByCompensation = ({ pending }: Execution, { run }: RunRef): boolean => pending?.compensate !== undefined && pending.run === run + 1;

async function applyStatus(runtime: Runtime, execution: Execution, machine: MachineStatus): Promise<CommitOutcome> {
  switch (machine.status) {
    case "PENDING_REDRIVE":
      return "written";
    case "RUNNING":
      // Also told by whoever finds an undoing on record that nobody carried out.
      if (execution.pending?.compensate !== undefined) {
        await carryOutCompensation(runtime, execution);
        return "written";
      }
      return recordStart(runtime, execution);
    case "SUCCEEDED":
      return finishExecution(runtime, execution, endingOf(execution));
    case "FAILED":
    case "TIMED_OUT":
    case "ABORTED":
      return failExecution(runtime, execution, explain(machine));
    default:
      return machine.status satisfies never;
  }
}

/** A run that undid everything ends as the one before it was about to. */
function endingOf({ compensation, failure }: Execution): Ending {
  if (compensation?.status !== "running") return { to: "completed" };
  return { to: compensation.endsAs, ...(failure === undefined ? {} : { failure }) };
}

async function failExecution(
  runtime: Runtime,
  execution: Execution,
  failure: NonNullable<Execution["failure"]>,
): Promise<CommitOutcome> {
  if (await wantsCompensation(runtime, execution, "failed")) return beginCompensation(runtime, execution, { endsAs: "failed", failure });
  const { compensation } = execution;
  if (compensation?.status !== "running") return finishExecution(runtime, execution, { to: "failed", failure });
  const broken = { ...execution, compensation: { ...compensation, status: "failed" as const } };
  return finishExecution(runtime, broken, { to: compensation.endsAs, failure: execution.failure ?? failure });
}

async function findExecution(runtime: Stores, run: RunRef): Promise<Execution | undefined> {
  try {
    return await loadExecution(runtime.executions, run.tenant, run.execution);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

const TaskCause = z.object({ task: z.string(), code: z.string(), message: z.string() });

function explain({ status, error, cause }: MachineStatus): Failure & { task?: string } {
  if (error === TASK_FAILED) {
    const told = TaskCause.safeParse(parseJson(cause ?? ""));
    if (told.success) return told.data;
  }
  if (status === "TIMED_OUT" || error === EXECUTION_TIMED_OUT) {
    return { code: EXECUTION_TIMED_OUT, message: cause ?? "the execution's own deadline passed" };
  }
  if (status === "ABORTED") return { code: "ExecutionAborted", message: cause ?? "the run was stopped from outside" };
  return { code: error ?? "ExecutionFailed", message: cause ?? "the state machine gave no cause" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
