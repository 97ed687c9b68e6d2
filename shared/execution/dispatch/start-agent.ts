import { loadTask, newEvent, type NewTask } from "../store/execution-store.ts";
import { hedgedTask, parseItemName, scatterOf } from "../task/for-each.ts";
import { contextIdOf, hashSecret, messageIdOf } from "../task/dispatch-ref.ts";
import type { Assigned } from "../../agents/pool/agent-pool.ts";
import type { AttemptMessage } from "../../agents/calls/agent-calls.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { excessOf, openBudget, payWrite, warnOfBudget } from "../run/budget.ts";
import { loadItem } from "../attempt/expression-scope.ts";
import { LIMITS } from "../../core/limits.ts";
import { AgentId } from "../../core/names.ts";
import type { AgentRole } from "../../workflow/definition/workflow-definition.ts";
import { waitsFor } from "../run/graph-run.ts";
import { routingKeyOf } from "../attempt/routing-key.ts";
import { isoAfter, isoNow, type Runtime } from "../runtime/runtime.ts";
import { composeMessage, sendAttempt } from "../attempt/send-attempt.ts";
import type { Agent } from "../../agents/agent.ts";
import type { TaskRecord } from "../execution.ts";
import type { Step } from "./begin-task.ts";
import { attemptOf, blankRecord, type Candidate, loadRecord, refOf, writeTask } from "./candidate.ts";
import { haltForBudget } from "./budget-limit.ts";

/** Gives a task to an agent: records the attempt, then sends it. */
export async function startAgent(runtime: Runtime, candidate: Candidate, record: TaskRecord | undefined): Promise<Step> {
  const { execution, task } = candidate;
  const assigned = await assign(runtime, candidate, record);
  if (!("agent" in assigned)) return waitForAgent(runtime, candidate, { record, assigned });
  const open = await openBudget(runtime, execution);
  const excess = open && excessOf(open);
  if (open !== undefined && excess !== undefined) {
    // A repeat of this very message may have spent the rest on this very task.
    const moved = await whatMoved(runtime, candidate, record);
    return moved ?? haltForBudget(runtime, candidate, { record, open, excess });
  }
  const start = await prepare(runtime, candidate, { agent: assigned.agent, previous: record });
  const { set, events, attempt } = start;
  const also = open === undefined ? [] : [payWrite(runtime, open, task.estimateCost)];
  if ((await writeTask(runtime, candidate, { record, set, events, also })) === "stale") {
    return open === undefined && record !== undefined ? "done" : lookAgain(runtime, candidate, record);
  }
  if (open !== undefined) await warnOfBudget(runtime, execution, open, task.estimateCost);
  await sendAttempt(runtime, attempt, start);
  return "done";
}

/** Somebody else moved the row, or spent what was left: a row that stands as it was means the latter. */
async function lookAgain(runtime: Runtime, candidate: Candidate, record: TaskRecord | undefined): Promise<Step> {
  return (await whatMoved(runtime, candidate, record)) ?? startAgent(runtime, candidate, record);
}

/** What remains to be done for a row that is no longer as it was seen; nothing when it is. */
async function whatMoved(runtime: Runtime, candidate: Candidate, record: TaskRecord | undefined): Promise<Step | undefined> {
  const found = await loadRecord(runtime, candidate);
  const isAsItWas = found?.state === record?.state && found?.attempt === record?.attempt;
  if (isAsItWas) return undefined;
  return record === undefined ? "exists" : "done";
}

/** A first attempt, ready to be recorded together with other rows and then sent; nothing when no agent is free for it. */
export async function prepareStart(
  runtime: Runtime,
  candidate: Candidate,
  given: ReadonlyMap<string, TaskRecord>,
): Promise<(NewTask & Start) | undefined> {
  const assigned = await assign(runtime, candidate, undefined);
  if (!("agent" in assigned)) return undefined;
  const start = await prepare(runtime, candidate, { agent: assigned.agent, previous: undefined, given });
  return { ...start, record: start.attempt.record };
}

/** Looks for the agent of a task. `tried` are those to leave out while there are others. */
export async function assign(
  runtime: Runtime,
  candidate: Candidate,
  record: TaskRecord | undefined,
  tried?: readonly string[],
): Promise<Assigned> {
  const { task, message, execution } = candidate;
  const role = await roleOf(runtime, candidate);
  if (task.kind !== "agent" || role === undefined) return { reason: "no_capable_agent", retrySeconds: LIMITS.noAgentRetrySeconds };
  return runtime.pool.assign({
    tenant: message.run.tenant,
    execution: message.run.execution,
    role,
    task,
    tried: tried ?? (await avoided(runtime, candidate, record)),
    workflow: execution.workflowId,
    priority: task.priority ?? execution.priority,
    routingKey: await routingKeyOf(runtime, attemptOf(candidate, record ?? blankRecord(runtime, candidate))),
  });
}

/** The role; for one call of several, pinned to the agent that it is for. */
async function roleOf(runtime: Runtime, candidate: Candidate): Promise<AgentRole | undefined> {
  const { task, view, message } = candidate;
  const role = task.kind === "agent" ? view.plan.agents[task.agent] : undefined;
  const item = parseItemName(task.id);
  const group = item && view.tasks.get(item.group);
  if (role === undefined || item === undefined || group === undefined || scatterOf(group) === undefined) return role;
  const agentId = await loadItem(runtime, message, item);
  return { ...role, agentId: AgentId.parse(agentId), strategy: undefined };
}

/** Agents that had their turn, and the one that a hedge is to be an alternative to. */
async function avoided(runtime: Runtime, candidate: Candidate, record: TaskRecord | undefined): Promise<readonly string[]> {
  const tried = record?.triedAgents ?? [];
  const first = hedgedTask(candidate.task.id);
  if (first === undefined) return tried;
  const { agentId, triedAgents = [] } = (await loadTask(runtime.executions, { ...refOf(candidate), task: first })) ?? {};
  return [...triedAgents, ...tried, ...(agentId === undefined ? [] : [agentId])];
}

/** The execution's own deadline ends the wait. */
export async function waitForAgent(
  runtime: Runtime,
  candidate: Candidate,
  { record, assigned }: { record: TaskRecord | undefined; assigned: Exclude<Assigned, { agent: Agent }> },
): Promise<Step> {
  const { message, task } = candidate;
  if (record === undefined) {
    const facts = { task_id: task.id, attempt: 0, reason: assigned.reason };
    const event = newEvent("task.parked", { id: `${task.id}.0.no_agent`, at: isoNow(runtime), facts });
    const created = await writeTask(runtime, candidate, { record, set: {}, events: [event] });
    if (created === "stale") return "exists";
  }
  await runtime.mail.task({ ...message, seen: waitsFor(message.run, task).length }, Math.ceil(assigned.retrySeconds));
  return "done";
}

interface Assignment {
  readonly agent: Agent;
  /** The row as it stands, when there is one. */
  readonly previous: TaskRecord | undefined;
  /** Inputs that are about to settle in the same transaction. */
  readonly given?: ReadonlyMap<string, TaskRecord> | undefined;
}

/** An attempt that only has to be recorded and sent. */
interface Start {
  readonly attempt: Attempt;
  readonly agent: Agent;
  readonly message: AttemptMessage;
  readonly set: Partial<TaskRecord>;
  readonly events: NewTask["events"];
}

/** All that an attempt takes, made before it is recorded: after that nothing but the send may fail. */
async function prepare(runtime: Runtime, candidate: Candidate, to: Assignment): Promise<Start> {
  const { message } = candidate;
  const secret = runtime.newSecret();
  const set = attemptRow(runtime, candidate, { ...to, secret });
  const record: TaskRecord = { ...(to.previous ?? blankRecord(runtime, candidate)), ...set, token: message.token, run: message.run.run };
  const attempt = attemptOf(candidate, record);
  const composed = await composeMessage(runtime, attempt, { agent: to.agent, secret, given: to.given });
  return { attempt, agent: to.agent, message: composed, set, events: [assignedEvent(candidate.task, record)] };
}

function attemptRow(runtime: Runtime, { message, task }: Candidate, to: Assignment & { secret: string }) {
  const attempt = (to.previous?.attempt ?? 0) + 1;
  const ref = { tenant: message.run.tenant, execution: message.run.execution, task: task.id, attempt };
  return {
    state: "dispatched" as const,
    attempt,
    agentId: to.agent.agent_id,
    agentTaskId: undefined,
    messageId: messageIdOf(ref),
    contextId: contextIdOf(ref),
    pushSecretHash: hashSecret(to.secret),
    dispatchedAt: isoNow(runtime),
    deadlineAt: isoAfter(runtime, task.timeoutSeconds),
    notBefore: undefined,
    reason: undefined,
    hedgedAt: undefined,
  } satisfies Partial<Record<keyof TaskRecord, unknown>>;
}

function assignedEvent(task: Candidate["task"], record: TaskRecord) {
  const { attempt, agentId = "", dispatchedAt: at = "" } = record;
  const facts = {
    task_id: task.id,
    attempt,
    agent_id: agentId,
    dependencies: task.dependsOn,
    estimated_duration_seconds: task.estimateSeconds,
  };
  return newEvent("agent.task_assigned", { id: `${task.id}.${attempt}.assigned`, at, facts });
}

