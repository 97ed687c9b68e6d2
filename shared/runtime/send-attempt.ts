import { moveTask, newEvent } from "../aws/execution-store.ts";
import { loadPayload, payloadBytes, presignPayload, savePayload } from "../aws/payload-store.ts";
import { contextIdOf, encodeDispatch, messageIdOf } from "../domain/dispatch-ref.ts";
import { LIMITS } from "../limits.ts";
import type { Agent } from "../schemas/agent.ts";
import type { PayloadRef, TaskRecord } from "../schemas/execution.ts";
import type { AttemptMessage, AttemptOutcome } from "./agent-calls.ts";
import { type Attempt, refOf } from "./attempt.ts";
import { isoNow, type Runtime } from "./runtime.ts";
import { settleAttempt } from "./settle-attempt.ts";
import { watchLater } from "./watching.ts";

/** Sends an attempt that is already on record, and carries on with whatever the agent answers at once. */
export async function sendAttempt(
  runtime: Runtime,
  attempt: Attempt,
  to: { agent: Agent; secret: string; inputs: ReadonlyMap<string, TaskRecord> },
): Promise<void> {
  const message = await composeMessage(runtime, attempt, to);
  const outcome = await runtime.calls.send(to.agent, message);
  await applyOutcome(runtime, attempt, { agent: to.agent, outcome });
}

/** Carries an attempt on with what its agent said, whichever way we heard it. */
export async function applyOutcome(
  runtime: Runtime,
  attempt: Attempt,
  heard: { agent: Agent; outcome: AttemptOutcome },
): Promise<void> {
  const { outcome, agent } = heard;
  switch (outcome.kind) {
    case "completed":
    case "failed":
      return settleAttempt(runtime, attempt, outcome);
    case "working":
      await bindAgentTask(runtime, attempt, outcome.agentTaskId);
      return watchLater(runtime, attempt, { agent, looks: 0, pushes: outcome.pushes });
    case "input_required":
      await requireInput(runtime, attempt, outcome);
      return watchLater(runtime, attempt, { agent, looks: 0 });
    case "in_doubt":
      runtime.logger.warn("send in doubt", { task: attempt.task.id, agent: agent.agent_id, reason: outcome.reason });
      return watchLater(runtime, attempt, { agent, looks: 0 });
    default:
      outcome satisfies never;
  }
}

async function bindAgentTask(runtime: Runtime, { record, head }: Attempt, agentTaskId: string): Promise<void> {
  if (record.state === "running" && record.agentTaskId === agentTaskId) return;
  const facts = {
    task_id: record.task,
    attempt: record.attempt,
    agent_id: record.agentId ?? "",
    agent_task_id: agentTaskId,
  };
  const id = `${record.task}.${record.attempt}.started`;
  await moveTask(runtime.executions, head, {
    task: record.task,
    from: ["dispatched", "running", "input_required"],
    attempt: record.attempt,
    set: { state: "running", agentTaskId, question: undefined },
    events: record.agentTaskId === agentTaskId ? [] : [newEvent("agent.task_started", { id, at: isoNow(runtime), facts })],
  });
}

async function requireInput(
  runtime: Runtime,
  attempt: Attempt,
  { agentTaskId, question }: { agentTaskId: string; question: unknown },
): Promise<void> {
  const { record, head } = attempt;
  if (record.state === "input_required" && record.agentTaskId === agentTaskId) return;
  const { tenant, execution } = attempt.run;
  const key = `T/${tenant}/X/${execution}/${record.task}/${record.attempt}/question.json`;
  const facts = { task_id: record.task, attempt: record.attempt, agent_id: record.agentId ?? "" };
  const at = isoNow(runtime);
  await moveTask(runtime.executions, head, {
    task: record.task,
    from: ["dispatched", "running"],
    attempt: record.attempt,
    set: { state: "input_required", agentTaskId, question: await savePayload(runtime.payloads, key, question) },
    events: [newEvent("task.input_required", { id: `${record.task}.${record.attempt}.input_required.${at}`, at, facts })],
  });
}

async function composeMessage(
  runtime: Runtime,
  attempt: Attempt,
  { agent, secret, inputs }: { agent: Agent; secret: string; inputs: ReadonlyMap<string, TaskRecord> },
): Promise<AttemptMessage> {
  const { task, run, view } = attempt;
  const ref = refOf(attempt);
  const execution = await runtime.execution(run.tenant, run.execution);
  const { data, files } = await gatherInputs(runtime, attempt, { input: execution.input, inputs });
  const pushes = agent.supports_push && runtime.pushBaseUrl !== undefined;
  const skill = task.skill ?? view.plan.agents[task.agent]?.capabilities[0];
  return {
    messageId: messageIdOf(ref),
    contextId: contextIdOf(ref),
    data: { task: task.id, ...(skill === undefined ? {} : { skill }), ...(task.description === undefined ? {} : { description: task.description }), ...data },
    metadata: {
      workflow_id: execution.workflowId,
      execution_id: run.execution,
      task_id: task.id,
      attempt: ref.attempt,
      trace_id: execution.traceId,
      ...(skill === undefined ? {} : { skill }),
    },
    files,
    push: pushes ? { url: `${runtime.pushBaseUrl}/push/${encodeDispatch(ref)}`, token: secret } : undefined,
  };
}

/** Small inputs travel inside the message; once the budget is spent, the rest travels as links (requirement B15). */
async function gatherInputs(
  runtime: Runtime,
  { task }: Attempt,
  given: { input: PayloadRef; inputs: ReadonlyMap<string, TaskRecord> },
): Promise<{ data: Record<string, unknown>; files: AttemptMessage["files"] }> {
  let budget: number = LIMITS.messagePayloadBytes;
  const files: { name: string; url: string; mediaType: string }[] = [];
  const carry = async (name: string, ref: PayloadRef): Promise<unknown> => {
    const bytes = payloadBytes(ref);
    if ("key" in ref && bytes > budget) {
      const url = await presignPayload(runtime.payloads, ref.key, task.timeoutSeconds);
      files.push({ name, url, mediaType: "application/json" });
      return { $file: name, bytes, sha256: ref.sha256 };
    }
    budget -= bytes;
    return loadPayload(runtime.payloads, ref);
  };
  const input = await carry("input", given.input);
  const dependencies: Record<string, unknown> = {};
  for (const id of task.dependsOn) {
    const output = given.inputs.get(id)?.output;
    dependencies[id] = output === undefined ? null : await carry(`dependencies/${id}`, output);
  }
  return { data: { input: overlay(input, task.input), dependencies }, files };
}

/** The task's own input lies over the execution's: its keys win. */
function overlay(input: unknown, own: Record<string, unknown> | undefined): unknown {
  if (own === undefined) return input;
  return typeof input === "object" && input !== null && !Array.isArray(input) ? { ...input, ...own } : own;
}
