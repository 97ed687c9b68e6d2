import type { Agents, Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Failure } from "../../core/failure.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Write } from "../../aws/group-commit.ts";
import { AGENT_LOST, blameFor } from "./blame.ts";
import { DEFAULTS } from "../../workflow/limits.ts";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { newEvent } from "../new-event.ts";
import { usageWrites } from "../run/budget.ts";
import { waitsFor } from "../run/graph-run.ts";
import { type Attempt, refOf, skillOf } from "../runtime/attempt.ts";
import { loadAttempt } from "../runtime/load-attempt.ts";
import { appendEvent, commitTransition, loadTask } from "../store/execution-store.ts";
import { parkedWrite } from "../store/parking-lot.ts";
import { savePayload } from "../store/payload-store.ts";
import { completed, failed, type InHands, kept, retryScheduled } from "../task/attempt-transitions.ts";
import { attemptPayload } from "../task/payload-keys.ts";
import { mayRetry, retryDelaySeconds } from "../task/retry-delay.ts";
import { type SettledState, type TaskIn, type TaskRecord, type TaskState } from "../task/task-record.ts";
import { hasSettled, isAtWork } from "../task/task-rules.ts";
import { about, eventId, type TaskTransition } from "../task/transition.ts";
import { afterSettled } from "./instances.ts";
import { blameDeadline, judgeAnswer } from "./watching.ts";
import { present } from "../../core/present.ts";

/** An outcome that ends the attempt. */
export type FinalOutcome = Extract<AttemptOutcome, { kind: "completed" | "failed" }>;

type Settled = TaskIn<SettledState>;

/** What a task's end says of the work. */
const kindOf = (attempt: Attempt) => ({
  skill: skillOf(attempt),
  operation: attempt.task.kind === "agent" ? attempt.task.operation : undefined,
});

/** An attempt that somebody works on. */
type Working = Attempt<InHands>;

/**
 * Applies what an attempt ended with: stores the output, writes state and event, frees what waits, answers the machine.
 *
 * Safe to repeat: a settled task keeps its state, and its consequences are carried out again in case they were not.
 */
export async function settleAttempt(runtime: Runtime, attempt: Attempt, said: FinalOutcome): Promise<void> {
  const { record } = attempt;
  const heard = await judgeAnswer(runtime, attempt, said);
  if (!isAtWork(record)) return settleLate(runtime, attempt, heard);
  const outcome = blameDeadline(runtime, attempt, heard);
  return outcome.kind === "completed"
    ? completeAttempt(runtime, { ...attempt, record }, outcome)
    : endFailed(runtime, { ...attempt, record }, outcome);
}

/** The attempt is out of its agent's hands already: what follows is carried out again, the result is only recorded. */
async function settleLate(runtime: Runtime, attempt: Attempt, heard: FinalOutcome): Promise<void> {
  const { record } = attempt;
  if (!hasSettled(record)) return;
  if (record.state !== heard.kind) await recordIgnored(runtime, attempt, record.state);
  await afterSettled(runtime, await inOwnRun(runtime, attempt, record), record, { isRepeat: true });
}

async function endFailed(
  runtime: Runtime,
  attempt: Working,
  outcome: Extract<FinalOutcome, { kind: "failed" }>,
): Promise<void> {
  const { task, view, record } = attempt;
  const policy = view.plan.retryPolicies[task.retryPolicy];
  const failure = shorten(outcome.failure);
  const tried = record.attempt - (record.retryBase ?? 0);
  if (policy !== undefined && mayRetry(policy, tried, { code: failure.code, retryable: outcome.retryable })) {
    // Another agent is there for it.
    const backoff = failure.code === AGENT_LOST ? 0 : retryDelaySeconds(policy, tried, runtime.random());
    const delay = Math.max(backoff, outcome.retryAfterSeconds ?? 0);
    return retryAttempt(runtime, attempt, { heard: outcome, failure, delay });
  }
  return task.onFailure === "park"
    ? keepForOperator(runtime, attempt, { heard: outcome, failure })
    : failAfterAttempt(runtime, attempt, { heard: outcome, failure });
}

/** Agents may say more than a row holds. */
const shorten = ({ code, message }: Failure): Failure => ({ code, message: message.slice(0, LIMITS.failureCharacters) });

async function completeAttempt(
  runtime: Runtime,
  attempt: Working,
  heard: Extract<FinalOutcome, { kind: "completed" }>,
): Promise<void> {
  const { output, usage } = heard;
  const stored = await savePayload(runtime.payloads, attemptPayload(refOf(attempt), "output"), output);
  const at = isoNow(runtime);
  await settle(runtime, attempt, {
    heard,
    transitionOf: (record) => completed(record, { output: stored, usage, at, ...kindOf(attempt) }),
  });
}

interface Failed {
  readonly heard: FinalOutcome;
  readonly failure: Failure;
}

async function failAfterAttempt(runtime: Runtime, attempt: Working, { heard, failure }: Failed): Promise<void> {
  const at = isoNow(runtime);
  const made = heard.kind === "failed" ? heard.partial : undefined;
  const partial = made === undefined ? undefined : await savePayload(runtime.payloads, attemptPayload(refOf(attempt), "partial"), made);
  await settle(runtime, attempt, {
    heard,
    transitionOf: (record) => failed(record, { failure, partial, usage: heard.usage, at, ...kindOf(attempt) }),
  });
}

/** Keeps a task whose last attempt failed until an operator retries or skips it. */
async function keepForOperator(
  runtime: Stores & Agents & Clock,
  attempt: Working,
  { heard, failure }: Failed,
): Promise<void> {
  const { run, task, head } = attempt;
  const { workflowId } = head;
  const at = isoNow(runtime);
  await commitEnd(runtime, attempt, {
    heard,
    transitionOf: (record) => kept(record, { failure, usage: heard.usage, at }),
    alsoFor: ({ task: name, token }) => {
      const message = { run, task: name, token, seen: waitsFor(run, task).length };
      return [parkedWrite(runtime.executions, { reason: "operator", message, workflowId, at })];
    },
  });
}

/** How an attempt leaves its agent's hands, worked out anew when the row has moved within them. */
interface End<Row extends TaskRecord> {
  readonly heard: FinalOutcome;
  readonly transitionOf: (record: InHands) => TaskTransition<Row>;
  readonly alsoFor?: ((row: Row) => readonly Write[]) | undefined;
  /** Rows of tasks that start with the end. */
  readonly followers?: readonly Write[] | undefined;
}

interface Ended {
  readonly hasMoved: boolean;
  readonly hasFollowed: boolean;
  readonly record: TaskRecord | undefined;
}

/**
 * Takes an attempt out of its agent's hands. Where the row has moved meanwhile (a newer run bound its token, the agent
 * was heard to work) the end is worked out for the row as it is. Breaker and trust hear of it once: when it moved.
 */
async function commitEnd<Row extends TaskRecord>(
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

async function settle<Row extends Settled>(runtime: Runtime, attempt: Working, how: End<Row>): Promise<void> {
  const follow = await runtime.follow?.(attempt, how.transitionOf(attempt.record).row);
  const end = { ...how, followers: follow?.writes };
  const { hasMoved, hasFollowed, record: settled } = await commitEnd(runtime, attempt, end);
  if (settled === undefined || !hasSettled(settled)) return;
  if (!hasMoved && settled.state !== end.heard.kind) await recordIgnored(runtime, attempt, settled.state);
  const isRepeat = !hasMoved;
  if (!hasFollowed || follow === undefined) return afterSettled(runtime, await inOwnRun(runtime, attempt, settled), settled, { isRepeat });
  runtime.settled.set(attempt.run, settled);
  await Promise.all([afterSettled(runtime, attempt, settled, { followed: follow.tasks }), follow.launch()]);
}

async function recordIgnored(runtime: Stores & Clock, { record, head }: Attempt, state: TaskState): Promise<void> {
  const facts = {
    ...about(record),
    agent_id: record.agentId,
    reason: `the task was ${state} when this result arrived`,
  };
  const event = newEvent("task.result_ignored", { id: eventId(record, "ignored"), at: isoNow(runtime), facts });
  await appendEvent(runtime.executions, head, event);
}

async function retryAttempt(
  runtime: Runtime,
  attempt: Working,
  { heard, failure, delay }: Failed & { delay: number },
): Promise<void> {
  const at = isoNow(runtime);
  const notBefore = isoAfter(runtime, delay);
  const { hasMoved, record } = await commitEnd(runtime, attempt, {
    heard,
    transitionOf: (before) => retryScheduled(before, { failure, usage: heard.usage, notBefore, at, ...kindOf(attempt) }),
  });
  if (hasMoved && record?.state === "queued") await requeue(runtime, await inOwnRun(runtime, attempt, record), record);
}

/** The attempt in the run that owns its row: a newer one may have taken it over while its agent was at work. */
async function inOwnRun(runtime: Stores & Engine, attempt: Attempt, { run }: TaskRecord): Promise<Attempt> {
  return run === attempt.run.run ? attempt : ((await loadAttempt(runtime, refOf(attempt))) ?? attempt);
}

/** Sends a task that waits for its next attempt on its way; it was ready before, so its inputs are. */
async function requeue(runtime: Engine & Clock, { run, task }: Attempt, record: TaskIn<"queued">): Promise<void> {
  const wait = (Date.parse(record.notBefore ?? "") - runtime.now().getTime()) / 1000;
  const seconds = Math.min(Math.max(Math.ceil(wait), 0), EXECUTION_LIMITS.longestDelaySeconds);
  const seen = waitsFor(run, task).length;
  await runtime.mail.task({ run, task: task.id, token: record.token, seen }, seconds || 0);
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
