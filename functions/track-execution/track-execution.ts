import * as z from "zod";
import { allTasks } from "../../shared/aws/execution-queries.ts";
import { loadExecution, moveExecution, newEvent } from "../../shared/aws/execution-store.ts";
import type { CommitOutcome } from "../../shared/aws/group-commit.ts";
import { NotFoundError } from "../../shared/errors.ts";
import { LIMITS } from "../../shared/limits.ts";
import { recallAttempt } from "../../shared/runtime/recall-attempt.ts";
import { EXECUTION_TIMED_OUT, TASK_FAILED } from "../../shared/runtime/release.ts";
import { isoNow, type Runtime } from "../../shared/runtime/runtime.ts";
import {
  type Execution,
  type Failure,
  isFinished,
  isSettled,
  type TaskRecord,
} from "../../shared/schemas/execution.ts";
import { RunRef, runName } from "../../shared/schemas/messages.ts";

/** `detail` of EventBridge's "Step Functions Execution Status Change". */
export const MachineStatus = z.object({
  executionArn: z.string(),
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
  const execution = await findExecution(runtime, run.data);
  if (execution === undefined || execution.run !== run.data.run) return;
  if (!machine.executionArn.endsWith(`:${runName(run.data)}`)) return;
  // Whoever recorded the failure may have been cut off before every task was recalled.
  if (isFinished(execution.status)) return execution.status === "failed" ? recallTasks(runtime, execution) : undefined;
  if ((await applyStatus(runtime, execution, machine)) === "stale") return trackExecution(runtime, machine);
}

async function applyStatus(runtime: Runtime, execution: Execution, machine: MachineStatus): Promise<CommitOutcome> {
  switch (machine.status) {
    case "PENDING_REDRIVE":
      return "written";
    case "RUNNING":
      return execution.startedAt === undefined ? startExecution(runtime, execution) : "written";
    case "SUCCEEDED":
      return finishExecution(runtime, execution, { to: "completed" });
    case "FAILED":
    case "TIMED_OUT":
    case "ABORTED": {
      const outcome = await finishExecution(runtime, execution, { to: "failed", failure: explain(machine) });
      if (outcome === "written") await recallTasks(runtime, execution);
      return outcome;
    }
    default:
      return machine.status satisfies never;
  }
}

async function findExecution(runtime: Runtime, run: RunRef): Promise<Execution | undefined> {
  try {
    return await loadExecution(runtime.executions, run.tenant, run.execution);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function startExecution(runtime: Runtime, execution: Execution): Promise<CommitOutcome> {
  const at = isoNow(runtime);
  const id = `run.${execution.run}.started`;
  const { pattern, estimatedSeconds, status } = execution;
  const facts = { orchestration_pattern: pattern, estimated_duration_seconds: estimatedSeconds, allocated_agents: [] };
  const changed = { previous_status: status, new_status: "running" };
  return moveExecution(runtime.executions, execution, {
    from: [status],
    to: "running",
    set: { startedAt: at },
    events: [
      newEvent("workflow.execution_started", { id, at, facts }),
      newEvent("workflow.status_changed", { id: `${id}.status`, at, facts: changed }),
    ],
  });
}

function finishExecution(
  runtime: Runtime,
  execution: Execution,
  end: { to: "completed" | "failed"; failure?: NonNullable<Execution["failure"]> },
): Promise<CommitOutcome> {
  const at = isoNow(runtime);
  const facts = {
    previous_status: execution.status,
    new_status: end.to,
    ...(end.failure === undefined ? {} : { reason: `${end.failure.code}: ${end.failure.message}` }),
  };
  const startedAt = execution.startedAt ?? execution.submittedAt;
  return moveExecution(runtime.executions, execution, {
    from: [execution.status],
    to: end.to,
    set: { startedAt, completedAt: at, ...(end.failure === undefined ? {} : { failure: end.failure }) },
    events: [newEvent("workflow.status_changed", { id: `run.${execution.run}.${end.to}`, at, facts })],
  });
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

/** Ends what is still under way, some tasks at a time: each may take a call to its agent. */
async function recallTasks(runtime: Runtime, execution: Execution): Promise<void> {
  const { tenant, executionId } = execution;
  let recalls: Promise<void>[] = [];
  for await (const record of allTasks(runtime.executions, { tenant, execution: executionId })) {
    if (!isSettled(record.state)) recalls.push(recallTask(runtime, execution, record));
    if (recalls.length < LIMITS.recallsAtOnce) continue;
    await Promise.all(recalls);
    recalls = [];
  }
  await Promise.all(recalls);
}

async function recallTask(runtime: Runtime, execution: Execution, record: TaskRecord): Promise<void> {
  await recallAttempt(runtime, { head: execution, record }, await runtime.agent(execution.tenant, record.agentId));
}
