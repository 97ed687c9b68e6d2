import type { Agents, Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import { AgentId } from "../../workflow/definition/names.ts";
import { AGENT_LIMITS } from "../../agents/limits.ts";
import { mayBlock } from "../../agents/registry/answering.ts";
import type { Agent } from "../../agents/agent.ts";
import type { AttemptMessage } from "../../agents/calls/agent-calls.ts";
import type { Assigned } from "../../agents/pool/agent-pool.ts";
import type { AgentRole } from "../../workflow/definition/workflow-definition.ts";
import { loadItem, routingKeyOf } from "../attempt/inputs.ts";
import { composeMessage } from "../attempt/compose-message.ts";
import { sendAttempt } from "../attempt/send-attempt.ts";
import { excessOf, openBudget, payWrite, warnOfBudget } from "../run/budget.ts";
import { waitsFor } from "../run/graph-run.ts";
import {
  afterStale,
  type Attempt,
  attemptOf,
  bindingOf,
  commit,
  type DispatchContext,
  type DispatchOutcome,
  loadRecord,
  taskRefOf,
} from "../runtime/attempt.ts";
import { loadTask } from "../store/execution-store.ts";
import { assigned } from "../task/attempt-transitions.ts";
import { contextFor, hashSecret, messageIdOf } from "../task/dispatch-ref.ts";
import { hedgedTask, parseItemName, scatterOf } from "../task/for-each.ts";
import { hookedNext } from "../task/task-rules.ts";
import type { TaskIn, TaskRecord } from "../task/task-record.ts";
import type { TaskTransition } from "../task/transition.ts";
import { agentAwaited, isPending } from "../task/waiting-transitions.ts";
import { haltForBudget } from "./gates.ts";

/** Gives a task to an agent: records the attempt, then sends it. */
export async function startAgent(runtime: Runtime, context: DispatchContext): Promise<DispatchOutcome> {
  const { execution, task, record } = context;
  const choice = await assign(runtime, context);
  if (!("agent" in choice)) return waitForAgent(runtime, context, choice);
  const open = await openBudget(runtime, execution);
  const excess = open && excessOf(open);
  if (open !== undefined && excess !== undefined) {
    // A repeat of this very message may have spent the rest on this very task.
    const moved = await whatMoved(runtime, context);
    return moved ?? haltForBudget(runtime, context, { open, excess });
  }
  const ready = await prepare(runtime, context, { agent: choice.agent });
  const also = open === undefined ? [] : [payWrite(runtime, open, task.estimateCost)];
  if ((await commit(runtime, context, { transition: ready.transition, also })) === "stale") {
    return open === undefined && !isPending(record) ? "handled" : reloadAndRetry(runtime, context);
  }
  if (open !== undefined) await warnOfBudget(runtime, execution, open, task.estimateCost);
  await sendAttempt(runtime, ready.attempt, ready);
  return "handled";
}

/** The row moved, or others spent what was left: a row that stands as it was means the latter. */
async function reloadAndRetry(runtime: Runtime, context: DispatchContext): Promise<DispatchOutcome> {
  return (await whatMoved(runtime, context)) ?? startAgent(runtime, context);
}

/** What remains to be done for a row that is no longer as it was seen; nothing when it is. */
async function whatMoved(runtime: Stores, context: DispatchContext): Promise<DispatchOutcome | undefined> {
  const { move = 0 } = (await loadRecord(runtime, context)) ?? {};
  return move === context.record.move ? undefined : afterStale(context);
}

/** A first attempt, ready to be recorded together with other rows and then sent; nothing when no agent is free for it. */
export async function prepareStart(
  runtime: Stores & Agents & Clock,
  context: DispatchContext,
  given: ReadonlyMap<string, TaskRecord>,
): Promise<Start | undefined> {
  const choice = await assign(runtime, context);
  return "agent" in choice ? prepare(runtime, context, { agent: choice.agent, given }) : undefined;
}

/** Looks for the agent of a task. `tried` are those to leave out while there are others. */
export async function assign(
  runtime: Stores & Agents,
  context: DispatchContext,
  tried?: readonly string[],
): Promise<Assigned> {
  const { task, message, execution, record } = context;
  const role = await roleOf(runtime, context);
  if (task.kind !== "agent" || role === undefined) return { reason: "no_capable_agent", retrySeconds: AGENT_LIMITS.noAgentRetrySeconds };
  return runtime.pool.assign({
    tenant: message.run.tenant,
    execution: message.run.execution,
    role,
    task,
    tried: tried ?? (await avoided(runtime, context)),
    messageId: messageIdOf({ ...taskRefOf(context), attempt: record.attempt + 1 }),
    workflow: execution.workflowId,
    priority: task.priority ?? execution.priority,
    routingKey: await routingKeyOf(runtime, attemptOf(context, record)),
  });
}

/** The role, pinned to the agent that a hook chose; for one call of several, to the agent that it is for. */
async function roleOf(
  runtime: Stores,
  { task, view, message, record }: DispatchContext,
): Promise<AgentRole | undefined> {
  const named = task.kind === "agent" ? view.plan.agents[task.agent] : undefined;
  const chosen = hookedNext(record)?.agentId ?? record.asked?.agent;
  const role = named === undefined || chosen === undefined ? named : { ...named, agentId: AgentId.parse(chosen), strategy: undefined };
  const item = parseItemName(task.id);
  const group = item && view.tasks.get(item.group);
  if (role === undefined || item === undefined || group === undefined || scatterOf(group) === undefined) return role;
  const agentId = await loadItem(runtime, message, item);
  return { ...role, agentId: AgentId.parse(agentId), strategy: undefined };
}

/** Agents that had their turn, and the one that a hedge is to be an alternative to. */
async function avoided(runtime: Stores, context: DispatchContext): Promise<readonly string[]> {
  const tried = [...(context.record.asked?.exclude ?? []), ...(context.record.triedAgents ?? [])];
  const first = hedgedTask(context.task.id);
  if (first === undefined) return tried;
  const { agentId, triedAgents = [] } = (await loadTask(runtime.executions, { ...taskRefOf(context), task: first })) ?? {};
  return [...triedAgents, ...tried, ...(agentId === undefined ? [] : [agentId])];
}

/** The task is looked at again soon; its row says why it waits. The execution's own deadline ends the wait. */
export async function waitForAgent(
  runtime: Stores & Engine & Clock,
  context: DispatchContext,
  { reason, retrySeconds }: Exclude<Assigned, { agent: Agent }>,
): Promise<DispatchOutcome> {
  const { message, task, record } = context;
  const seconds = Math.ceil(retrySeconds);
  const isNews = isPending(record) || record.wait?.reason !== reason;
  // A turn that came and brought nothing is followed by another: its time is worth a write.
  if (isNews || (reason === "limit" && record.wait.until <= isoNow(runtime))) {
    const until = isoAfter(runtime, seconds);
    const transition = agentAwaited(record, { ...bindingOf(context), reason, until, at: isoNow(runtime) });
    if ((await commit(runtime, context, { transition })) === "stale") return afterStale(context);
  }
  await runtime.mail.task({ ...message, seen: waitsFor(message.run, task).length }, seconds);
  return "handled";
}

/** An attempt that only has to be recorded and sent. */
export interface Start {
  readonly transition: TaskTransition<TaskIn<"dispatched">>;
  readonly attempt: Attempt<TaskIn<"dispatched">>;
  readonly agent: Agent;
  readonly message: AttemptMessage;
}

/**
 * All that an attempt takes, made before it is recorded: after that nothing but the send may fail.
 *
 * @param to `given` are inputs that are about to settle in the same transaction.
 */
async function prepare(
  runtime: Stores & Agents & Clock,
  context: DispatchContext,
  { agent, given }: { agent: Agent; given?: ReadonlyMap<string, TaskRecord> },
): Promise<Start> {
  const { task, record } = context;
  const secret = runtime.newSecret();
  const ref = { ...taskRefOf(context), attempt: record.attempt + 1 };
  const transition = assigned(record, {
    ...bindingOf(context),
    agentId: agent.agent_id,
    messageId: messageIdOf(ref),
    contextId: contextFor(ref, { session: context.execution.session?.id, agentId: agent.agent_id, asked: record.asked }),
    pushSecretHash: hashSecret(secret),
    at: isoNow(runtime),
    deadlineAt: isoAfter(runtime, task.timeoutSeconds),
    dependencies: task.dependsOn,
    estimateSeconds: task.estimateSeconds,
    isAwaited: mayBlock(agent, runtime.pushBaseUrl !== undefined),
  });
  const attempt = attemptOf(context, transition.row);
  return { transition, attempt, agent, message: await composeMessage(runtime, attempt, { agent, secret, given }) };
}
