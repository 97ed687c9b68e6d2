import type { Agents, Engine, Runtime, Stores } from "../runtime/runtime.ts";
import type { Write } from "../../aws/group-commit.ts";
import { blameFor } from "./blame.ts";
import { DEFAULTS } from "../../workflow/limits.ts";
import type { AgentCalls, AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { usageWrites } from "../run/budget.ts";
import { type Attempt, refOf, skillOf } from "../runtime/attempt.ts";
import { commitTransition, type ExecutionHead, loadTask } from "../store/execution-store.ts";
import type { InHands } from "../task/attempt-transitions.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { hasSettled, isAtWork } from "../task/task-rules.ts";
import type { TaskTransition } from "../task/transition.ts";
import { present } from "../../core/present.ts";
import { secondsOfHooks } from "../../hooks/hook-list.ts";
import type { HookEvent } from "../../hooks/hook-event.ts";
import { HOOK_LIMITS } from "../../hooks/limits.ts";
import { MADE } from "../../hooks/made-event.ts";
import type { TaskMessage } from "../messages.ts";
import { payloadBytes, type PayloadRef } from "../payload.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import { waitsFor } from "../run/graph-run.ts";
import { parkedWrite } from "../store/parking-lot.ts";
import { resultHeld } from "../task/waiting-transitions.ts";
import { sumUsage, type Usage } from "../../core/usage.ts";
import { markCancelled } from "../control/mark-cancelled.ts";
import { parkedKey } from "../store/keys.ts";
import { calledOff, cancelled } from "../task/steering-transitions.ts";

/** An outcome that ends the attempt. */
export type FinalOutcome = Extract<AttemptOutcome, { kind: "completed" | "failed" }>;

/** An attempt that somebody works on. */
export type Working = Attempt<InHands>;

/** What a task's end says of the work. */
export const kindOf = (attempt: Attempt) => ({
  skill: skillOf(attempt),
  operation: attempt.task.kind === "agent" ? attempt.task.operation : undefined,
});

/** How an attempt leaves its agent's hands, worked out anew when the row has moved within them. */
export interface End<Row extends TaskRecord> {
  readonly heard: FinalOutcome;
  readonly transitionOf: (record: InHands) => TaskTransition<Row>;
  readonly alsoFor?: ((row: Row) => readonly Write[]) | undefined;
  /** Rows of tasks that start with the end. */
  readonly followers?: readonly Write[] | undefined;
}

/** What became of it. */
export interface Ended {
  readonly hasMoved: boolean;
  readonly hasFollowed: boolean;
  readonly record: TaskRecord | undefined;
}

/**
 * Takes an attempt out of its agent's hands. Where the row has moved meanwhile (a newer run bound its token, the agent
 * was heard to work) the end is worked out for the row as it is. Breaker and trust hear of it once: when it moved.
 */
export async function commitEnd<Row extends TaskRecord>(
  runtime: Stores & Agents,
  attempt: Working,
  end: End<Row>,
): Promise<Ended> {
  const { head, task } = attempt;
  const transition = end.transitionOf(attempt.record);
  const spent = await usageWrites(runtime, head, { usage: end.heard.usage, task });
  const also = [...spent, ...(end.alsoFor?.(transition.row) ?? []), ...(end.followers ?? [])];
  if ((await commitTransition(runtime.executions, { head, transition, also })) === "written") {
    await reportOutcome(runtime, attempt, end.heard);
    return { hasMoved: true, hasFollowed: end.followers !== undefined, record: transition.row };
  }
  const found = await loadTask(runtime.executions, refOf(attempt));
  if (found === undefined || found.attempt !== attempt.record.attempt || !isAtWork(found)) {
    return { hasMoved: false, hasFollowed: false, record: found };
  }
  // Where a follower had a row already, it is looked at by message.
  return commitEnd(runtime, { ...attempt, record: found }, { ...end, followers: undefined });
}

/** Tells the agent's breaker and its standing how an attempt went. Once per attempt: when the row has moved. */
async function reportOutcome(
  runtime: Pick<Agents, "pool">,
  attempt: Attempt,
  outcome: Extract<AttemptOutcome, { kind: "completed" | "failed" }>,
): Promise<void> {
  const { record, run, task, view } = attempt;
  if (record.agentId === undefined || task.kind !== "agent") return;
  const blame = outcome.kind === "failed" ? blameFor(outcome.failure, record.agentTaskId !== undefined) : undefined;
  const { failureThreshold, timeoutSeconds } = view.plan.faultTolerance?.circuitBreaker ?? DEFAULTS.circuitBreaker;
  await runtime.pool.report({
    tenant: run.tenant,
    agentId: record.agentId,
    skill: skillOf(attempt),
    ok: outcome.kind === "completed",
    isAgentFault: blame === "agent",
    wasCalled: blame !== "us",
    circuitBreaker: present(view.plan.retryPolicies[task.retryPolicy]).circuitBreaker,
    breaker: { failureThreshold, timeoutSeconds },
    messageId: record.messageId,
    tokens: outcome.usage?.tokens,
    startedAt: record.dispatchedAt,
  });
}

/** Hooks that look at a result before it counts. */
export interface HooksAfter {
  /** Whoever has not heard of them by then asks again, which repeats nothing. */
  readonly until: string;
  /** The task's message, for the row as it was written. */
  readonly messageOf: (row: { readonly token: string }) => TaskMessage;
  /** Has them run. */
  readonly ask: (message: TaskMessage) => Promise<void>;
}

/** The hooks that are to look at what an attempt made; nothing where none are for it. Tasks that edit nothing cost nothing. */
export async function hooksAfter(runtime: Stores & Engine & Clock, attempt: Attempt, output: PayloadRef): Promise<HooksAfter | undefined> {
  const { task, run, record } = attempt;
  if (task.kind !== "agent" || task.operation !== "edit") return undefined;
  const view = await runtime.hooks(run.tenant);
  if (!view.has("post_edit")) return undefined;
  const event = await madeEvent(runtime, attempt, output);
  const hooks = (await view.matcher()).match(event, ["post_edit"]);
  if (hooks.length === 0) return undefined;
  return {
    until: isoAfter(runtime, secondsOfHooks(hooks)),
    messageOf: ({ token }) => ({ run, task: record.task, token, seen: waitsFor(run, task).length }),
    ask: (message) => {
      const order = { tenant: run.tenant, event, hooks: hooks.map(({ hook_id: id }) => id), waiting: { task: message, attempt: record.attempt + 1, isMade: true as const } };
      return runtime.orderHooks([order]);
    },
  };
}

/** Keeps what an attempt made until hooks have looked at it. */
export async function holdResult(
  runtime: Runtime,
  attempt: Working,
  { heard, output, after }: { heard: Extract<FinalOutcome, { kind: "completed" }>; output: PayloadRef; after: HooksAfter },
): Promise<void> {
  const end = { output, until: after.until, usage: heard.usage, at: isoNow(runtime), ...kindOf(attempt) };
  const { workflowId } = attempt.head;
  const { hasMoved, record } = await commitEnd(runtime, attempt, {
    heard,
    transitionOf: (before) => resultHeld(before, end),
    alsoFor: (row) => [parkedWrite(runtime.executions, { reason: "hooks", message: after.messageOf(row), workflowId, at: end.at })],
  });
  if (hasMoved && record !== undefined) await after.ask(after.messageOf(record));
}

/** What such hooks are told. */
async function madeEvent(runtime: Stores & Clock, attempt: Attempt, output: PayloadRef): Promise<HookEvent> {
  const { head, record, task } = attempt;
  const bytes = payloadBytes(output);
  const { agentId = record.made?.agentId } = record;
  const skill = skillOf(attempt);
  return {
    event_id: `${refOf(attempt).task}.${record.attempt}.made`,
    type: MADE,
    tenant: head.tenant,
    timestamp: isoNow(runtime),
    workflow_id: head.workflowId,
    execution_id: head.executionId,
    trace_id: head.traceId,
    facts: {
      task_id: record.task,
      attempt: record.attempt,
      ...(agentId === undefined ? {} : { agent_id: agentId }),
      ...(skill === undefined ? {} : { skill }),
      ...(task.kind === "agent" ? { operation: task.operation } : {}),
      ...(bytes <= HOOK_LIMITS.inputBytes ? { output: await runtime.load(output) } : { output_bytes: bytes }),
    },
  };
}

/** What recalling stands on. */
export type CancelAttemptDeps = CancelDeps & Pick<Clock, "now">;

/**
 * Ends a task whose execution is over: nothing waits for it any more. The row first, so that nothing new starts; then
 * those at work on it are told to stop, which an agent may or may not do. A row that a newer run took over meanwhile is
 * left alone.
 */
export async function cancelAttempt(
  runtime: CancelAttemptDeps,
  { head, record }: Pick<Attempt, "head" | "record">,
): Promise<void> {
  const endChild = (child: string): Promise<void> => markCancelled(runtime, { parent: head, child });
  // The one who took it back may have been cut off before it told anybody.
  if (hasSettled(record)) return notifyAgentsOfCancel(runtime, head, { record, endChild });
  const { executions } = runtime;
  const ref = { tenant: head.tenant, execution: head.executionId, task: record.task };
  const transition = cancelled(record, isoNow(runtime));
  const lot = { Delete: { TableName: executions.table, Key: { ...parkedKey(ref) } } };
  const also = record.reason === undefined ? [] : [lot];
  if ((await commitTransition(executions, { head, transition, also })) === "written") {
    return notifyAgentsOfCancel(runtime, head, { record: transition.row, endChild });
  }
  const found = await loadTask(executions, ref);
  if (found === undefined || hasSettled(found) || found.run !== record.run) return;
  return cancelAttempt(runtime, { head, record: found });
}

/** What calling tasks off stands on. */
export type CancelDeps = Pick<Stores, "executions"> &
  Pick<Agents, "agent"> & { readonly calls: Pick<AgentCalls, "cancel"> };

/**
 * Tells those to stop who were at work on a task that was taken back, then strikes them off its row. Agents may go on
 * all the same: what they answer changes nothing. Safe to repeat: of a row that moved meanwhile the next one does it.
 */
export async function notifyAgentsOfCancel(
  { executions, agent, calls }: CancelDeps,
  head: ExecutionHead,
  { record, endChild }: { record: TaskRecord; endChild: (child: string) => Promise<void> },
): Promise<void> {
  const { recall } = record;
  if (recall === undefined) return;
  const used: (Usage | undefined)[] = [];
  for (const { agentId, agentTaskId } of recall.agents) {
    const found = await agent(head.tenant, agentId);
    if (found !== undefined) used.push(await calls.cancel(found, agentTaskId));
  }
  if (recall.child !== undefined) await endChild(recall.child);
  await commitTransition(executions, { head, transition: calledOff(record, sumUsage(used)) });
}
