import type { Runtime, Stores } from "../../shared/execution/runtime/runtime.ts";
import * as z from "zod";
import { loadExecution } from "../../shared/execution/store/execution-store.ts";
import { recordStart } from "../../shared/execution/run/record-start.ts";
import { isGraphRun } from "../../shared/execution/run/graph-run.ts";
import type { CommitOutcome } from "../../shared/aws/group-commit.ts";
import { NotFoundError } from "../../shared/core/errors.ts";
import { carryOutCompensation } from "../../shared/execution/run/compensate.ts";
import { endRun } from "../../shared/execution/run/end-run.ts";
import { EXECUTION_TIMED_OUT, RunFailure, runName, RunRef, TASK_FAILED } from "../../shared/execution/messages.ts";
import { type Execution, isFinished } from "../../shared/execution/execution.ts";

/** `detail` of EventBridge's "Step Functions Execution Status Change". */
export const MachineStatus = z.object({
  /** Absent: an operator has a graph run looked at, which has no machine. */
  executionArn: z.string().optional(),
  status: z.enum(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]),
  input: z.string().nullish(),
  error: z.string().nullish(),
  cause: z.string().nullish(),
});
export type MachineStatus = z.infer<typeof MachineStatus>;

/**
 * Carries the machine's status over to the execution. Repeats and latecomers change nothing; a nested machine's
 * status concerns only its parent.
 */
export async function trackExecution(runtime: Runtime, machine: MachineStatus): Promise<void> {
  const run = RunRef.safeParse(JSON.parse(machine.input ?? "null"));
  if (!run.success) return;
  if (machine.executionArn?.endsWith(`:${runName(run.data)}`) === false) return;
  const execution = await findExecution(runtime, run.data);
  if (execution === undefined) return;
  if ((await applyStatus(runtime, execution, { machine, run: run.data })) === "stale") return trackExecution(runtime, machine);
}

interface Told {
  readonly machine: MachineStatus;
  readonly run: RunRef;
}

async function applyStatus(runtime: Runtime, execution: Execution, { machine, run }: Told): Promise<CommitOutcome> {
  switch (machine.status) {
    case "PENDING_REDRIVE":
      return "written";
    case "RUNNING":
      return carryOn(runtime, execution, run);
    case "SUCCEEDED":
      return endRun(runtime, execution, { run: run.run });
    case "FAILED":
    case "TIMED_OUT":
    case "ABORTED":
      return endRun(runtime, execution, { run: run.run, failure: explain(machine) });
    default:
      return machine.status satisfies never;
  }
}

/** Its machine runs; or a compensation is on record that no worker has carried out. */
async function carryOn(runtime: Runtime, execution: Execution, run: RunRef): Promise<CommitOutcome> {
  if (execution.run !== run.run || isFinished(execution.status)) return endRun(runtime, execution, { run: run.run });
  if (execution.pending?.compensate !== undefined) {
    await carryOutCompensation(runtime, execution);
    return "written";
  }
  return isGraphRun(run) ? "written" : recordStart(runtime, execution);
}

async function findExecution(runtime: Stores, run: RunRef): Promise<Execution | undefined> {
  try {
    return await loadExecution(runtime.executions, run.tenant, run.execution);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function explain({ status, error, cause }: MachineStatus): RunFailure {
  if (error === TASK_FAILED) {
    const told = RunFailure.safeParse(parseJson(cause ?? ""));
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
