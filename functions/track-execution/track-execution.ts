import * as z from "zod";
import { allTasks } from "../../shared/aws/execution-queries.ts";
import { loadExecution, moveExecution, moveTask, newEvent } from "../../shared/aws/execution-store.ts";
import { NotFoundError } from "../../shared/errors.ts";
import { TASK_FAILED } from "../../shared/runtime/release.ts";
import { isoNow, type Runtime } from "../../shared/runtime/runtime.ts";
import {
  type Execution,
  type ExecutionStatus,
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

const OPEN: readonly ExecutionStatus[] = ["submitted", "queued", "running", "paused"];

/**
 * Carries the machine's status over to the execution. Repeats and latecomers change nothing; a nested machine's
 * status concerns only its parent.
 */
export async function trackExecution(runtime: Runtime, machine: MachineStatus): Promise<void> {
  const run = RunRef.safeParse(JSON.parse(machine.input ?? "null"));
  if (!run.success) return;
  const execution = await findExecution(runtime, run.data);
  if (execution === undefined || isFinished(execution.status) || execution.run !== run.data.run) return;
  if (!machine.executionArn.endsWith(`:${runName(run.data)}`)) return;
  if (machine.status === "PENDING_REDRIVE") return;
  if (machine.status === "RUNNING") return startExecution(runtime, execution);
  if (machine.status === "SUCCEEDED") return finishExecution(runtime, execution, { to: "completed" });
  const failure = explain(machine);
  await finishExecution(runtime, execution, { to: "failed", failure });
  await recallTasks(runtime, execution);
}

async function findExecution(runtime: Runtime, run: RunRef): Promise<Execution | undefined> {
  try {
    return await loadExecution(runtime.executions, run.tenant, run.execution);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function startExecution(runtime: Runtime, execution: Execution): Promise<void> {
  const at = isoNow(runtime);
  const id = `run.${execution.run}.started`;
  const { pattern, estimatedSeconds, status } = execution;
  const facts = { orchestration_pattern: pattern, estimated_duration_seconds: estimatedSeconds, allocated_agents: [] };
  const changed = { previous_status: status, new_status: "running" };
  await moveExecution(runtime.executions, execution, {
    from: ["submitted", "queued"],
    to: "running",
    set: { startedAt: at },
    events: [
      newEvent("workflow.execution_started", { id, at, facts }),
      newEvent("workflow.status_changed", { id: `${id}.status`, at, facts: changed }),
    ],
  });
}

async function finishExecution(
  runtime: Runtime,
  execution: Execution,
  end: { to: "completed" | "failed"; failure?: NonNullable<Execution["failure"]> },
): Promise<void> {
  const at = isoNow(runtime);
  const facts = {
    previous_status: execution.status,
    new_status: end.to,
    ...(end.failure === undefined ? {} : { reason: `${end.failure.code}: ${end.failure.message}` }),
  };
  const startedAt = execution.startedAt ?? execution.submittedAt;
  await moveExecution(runtime.executions, execution, {
    from: OPEN,
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
  if (status === "TIMED_OUT") return { code: "ExecutionTimedOut", message: "the execution's own deadline passed" };
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

/** Ends what is still under way: nobody waits for it any more. */
async function recallTasks(runtime: Runtime, execution: Execution): Promise<void> {
  const { tenant, executionId } = execution;
  const agents = await runtime.agents(tenant);
  for await (const record of allTasks(runtime.executions, { tenant, execution: executionId })) {
    if (isSettled(record.state)) continue;
    const agent = agents.find(({ agent_id }) => agent_id === record.agentId);
    await cancelTask(runtime, execution, record);
    if (agent !== undefined && record.agentTaskId !== undefined) await runtime.calls.cancel(agent, record.agentTaskId);
  }
}

async function cancelTask(runtime: Runtime, execution: Execution, record: TaskRecord): Promise<void> {
  const settledAt = isoNow(runtime);
  const facts = {
    task_id: record.task,
    attempt: record.attempt,
    agent_id: record.agentId,
    status: "cancelled" as const,
    duration_seconds: 0,
  };
  const id = `${record.task}.${record.attempt}.cancelled`;
  await moveTask(runtime.executions, execution, {
    task: record.task,
    from: [record.state],
    attempt: record.attempt,
    set: { state: "cancelled", settledAt },
    events: [newEvent("task.completed", { id, at: settledAt, facts })],
  });
}
