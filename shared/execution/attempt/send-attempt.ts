import { moveTask, newEvent } from "../store/execution-store.ts";
import { loadPayload, payloadBytes, presignPayload, savePayload, storeJson } from "../store/payload-store.ts";
import { contextIdOf, encodeDispatch, messageIdOf } from "../task/dispatch-ref.ts";
import { parseItemName } from "../task/for-each.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Agent } from "../../agents/agent.ts";
import type { PayloadRef, TaskRecord } from "../execution.ts";
import type { AttemptMessage, AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { type Attempt, refOf, skillOf } from "../runtime/attempt.ts";
import { loadItem } from "./expression-scope.ts";
import { loadInputs } from "./inputs.ts";
import { overlay, ownInput } from "./resolve-input.ts";
import { isoAfter, isoNow, type Runtime } from "../runtime/runtime.ts";
import { settleAttempt } from "./settle-attempt.ts";
import { watchLater } from "./watching.ts";

/** Sends an attempt that is already on record, and carries on with whatever the agent answers at once. */
export async function sendAttempt(
  runtime: Runtime,
  attempt: Attempt,
  { agent, message }: { agent: Agent; message: AttemptMessage },
): Promise<void> {
  const outcome = await runtime.calls.send(agent, message);
  await applyOutcome(runtime, attempt, { agent, outcome });
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
      await bindAgentTask(runtime, attempt, outcome);
      return watchLater(runtime, attempt, { agent, looks: 0, pushes: outcome.pushes });
    case "input_required":
      await requireInput(runtime, attempt, outcome);
      return watchLater(runtime, attempt, { agent, looks: 0 });
    case "in_doubt":
      runtime.logger.warn("send in doubt", { ...refOf(attempt), agent: agent.agent_id, reason: outcome.reason });
      return watchLater(runtime, attempt, { agent, looks: 0 });
    default:
      outcome satisfies never;
  }
}

/** The agent's own context replaces the one we proposed: an answer under another would be refused. */
const bindingOf = ({ agentTaskId, contextId }: { agentTaskId: string; contextId?: string | undefined }) =>
  contextId === undefined ? { agentTaskId } : { agentTaskId, contextId };

/**
 * The agent works on it. Moves only from the state that was seen before the agent was asked: news that was overtaken
 * on the way changes nothing, and the next look tells.
 */
async function bindAgentTask(
  runtime: Runtime,
  { record, head, task }: Attempt,
  heard: Extract<AttemptOutcome, { kind: "working" }>,
): Promise<void> {
  const { agentTaskId } = heard;
  if (record.state === "running" && record.agentTaskId === agentTaskId) return;
  const facts = {
    task_id: record.task,
    attempt: record.attempt,
    agent_id: record.agentId ?? "",
    agent_task_id: agentTaskId,
  };
  const at = isoNow(runtime);
  const isResumed = record.state === "input_required";
  const id = `${record.task}.${record.attempt}.${isResumed ? `resumed.${at}` : "started"}`;
  await moveTask(runtime.executions, head, {
    task: record.task,
    from: [record.state],
    attempt: record.attempt,
    set: {
      state: "running",
      ...bindingOf(heard),
      question: undefined,
      deadlineAt: record.deadlineAt ?? isoAfter(runtime, task.timeoutSeconds),
    },
    events: record.agentTaskId === agentTaskId && !isResumed ? [] : [newEvent("agent.task_started", { id, at, facts })],
  });
}

/** The agent asks. Its deadline stops until it is answered: the wait is ours, not the agent's. */
async function requireInput(
  runtime: Runtime,
  attempt: Attempt,
  heard: Extract<AttemptOutcome, { kind: "input_required" }>,
): Promise<void> {
  const { record, head } = attempt;
  const { agentTaskId, question } = heard;
  if (record.state === "input_required" && record.agentTaskId === agentTaskId) return;
  const { tenant, execution } = attempt.run;
  const key = `T/${tenant}/X/${execution}/${record.task}/${record.attempt}/question`;
  const facts = { task_id: record.task, attempt: record.attempt, agent_id: record.agentId ?? "" };
  const at = isoNow(runtime);
  await moveTask(runtime.executions, head, {
    task: record.task,
    from: [record.state],
    attempt: record.attempt,
    set: {
      state: "input_required",
      ...bindingOf(heard),
      question: await savePayload(runtime.payloads, key, question),
      deadlineAt: undefined,
    },
    events: [newEvent("task.input_required", { id: `${record.task}.${record.attempt}.input_required.${at}`, at, facts })],
  });
}

/** Writes what the agent gets. Done before the attempt is recorded, so that nothing but the send comes after that. */
export async function composeMessage(
  runtime: Runtime,
  attempt: Attempt,
  { agent, secret, given }: { agent: Agent; secret: string | undefined; given?: ReadonlyMap<string, TaskRecord> | undefined },
): Promise<AttemptMessage> {
  const { task, run } = attempt;
  const ref = refOf(attempt);
  const execution = await runtime.execution(run.tenant, run.execution);
  const inputs = await loadInputs(runtime, attempt, given);
  const { data, files } = await gatherInputs(runtime, attempt, { input: execution.input, inputs });
  const extra = await extraData(runtime, attempt);
  const isPushed = agent.supports_push && runtime.pushBaseUrl !== undefined && secret !== undefined;
  const skill = skillOf(attempt);
  return {
    messageId: messageIdOf(ref),
    contextId: contextIdOf(ref),
    data: {
      task: task.id,
      ...(skill === undefined ? {} : { skill }),
      ...(task.description === undefined ? {} : { description: task.description }),
      ...data,
      ...extra,
    },
    metadata: {
      workflow_id: execution.workflowId,
      execution_id: run.execution,
      task_id: task.id,
      attempt: ref.attempt,
      trace_id: execution.traceId,
      ...(skill === undefined ? {} : { skill }),
    },
    files,
    push: isPushed ? { url: `${runtime.pushBaseUrl}/push/${encodeDispatch(ref)}`, token: secret } : undefined,
  };
}

/** What only some tasks have: an element of a list, an event, a decision, and what earlier attempts came to. */
async function extraData(runtime: Runtime, attempt: Attempt): Promise<Record<string, unknown>> {
  const { record } = attempt;
  const item = parseItemName(record.task);
  const { failure, triedAgents = [], decision } = record;
  return {
    ...(item === undefined ? {} : { index: item.index, item: await loadItem(runtime, attempt, item) }),
    ...(record.event === undefined ? {} : { event: await runtime.load(record.event) }),
    ...(decision === undefined ? {} : { approval: { approved_by: decision.by, reason: decision.reason ?? null } }),
    ...(record.attempt <= 1 || failure === undefined ? {} : { previous: { attempts: record.attempt - 1, agents: triedAgents, failure } }),
  };
}

/** Small inputs travel inside the message; once the budget is spent, the rest travels as links (requirement B15). */
async function gatherInputs(
  runtime: Runtime,
  attempt: Attempt,
  given: { input: PayloadRef; inputs: ReadonlyMap<string, TaskRecord> },
): Promise<{ data: Record<string, unknown>; files: AttemptMessage["files"] }> {
  const { task } = attempt;
  let budget: number = LIMITS.messagePayloadBytes;
  const files: AttemptFile[] = [];
  const carry = async (name: string, ref: PayloadRef): Promise<unknown> => {
    const bytes = payloadBytes(ref);
    if (bytes <= budget) {
      budget -= bytes;
      return loadPayload(runtime.payloads, ref);
    }
    const file = { name, url: "", mediaType: "application/json" };
    files.push(file);
    const stored = "key" in ref ? ref : await storeJson(runtime.payloads, inputName(attempt, name), ref.json);
    file.url = await presignPayload(runtime.payloads, stored.key, task.timeoutSeconds);
    return { $file: name, bytes, sha256: stored.sha256 };
  };
  // Each takes its share of the budget before its first await, so the order of the plan decides who travels inside.
  const [input, ...outputs] = await Promise.all([
    carry("input", given.input),
    ...task.dependsOn.map((id) => {
      const output = given.inputs.get(id)?.output;
      return output === undefined ? null : carry(`dependencies/${id}`, output);
    }),
  ]);
  const dependencies = Object.fromEntries(task.dependsOn.map((id, index) => [id, outputs[index]]));
  return { data: { input: overlay(input, await ownInput(runtime, attempt, given.inputs)), dependencies }, files };
}

type AttemptFile = { -readonly [Key in keyof AttemptMessage["files"][number]]: AttemptMessage["files"][number][Key] };

const inputName = ({ run, record }: Attempt, name: string): string =>
  `T/${run.tenant}/X/${run.execution}/${record.task}/${record.attempt}/${name}`;
