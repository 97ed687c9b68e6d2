import type { Agents, Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Failure } from "../../core/failure.ts";
import { LIMITS } from "../../core/limits.ts";
import { AGENT_LOST } from "./blame.ts";
import { newEvent } from "../new-event.ts";
import { waitsFor } from "../run/graph-run.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { loadAttempt } from "../runtime/load-attempt.ts";
import { appendEvent } from "../store/execution-store.ts";
import { parkedWrite } from "../store/parking-lot.ts";
import { savePayload } from "../store/payload-store.ts";
import { completed, failed, kept, retryScheduled } from "../task/attempt-transitions.ts";
import { attemptPayload } from "../task/payload-keys.ts";
import { mayRetry, retryDelaySeconds } from "../task/retry-delay.ts";
import { type SettledState, type TaskIn, type TaskRecord, type TaskState } from "../task/task-record.ts";
import { hasSettled, isAtWork } from "../task/task-rules.ts";
import { about, eventId } from "../task/transition.ts";
import { afterSettled } from "./instances.ts";
import { commitEnd, type End, type FinalOutcome, kindOf, type Working } from "./end-attempt.ts";
import { holdResult, hooksAfter } from "./end-attempt.ts";
import { blameDeadline, judgeAnswer } from "./watching.ts";

type Settled = TaskIn<SettledState>;

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
const shorten = ({ code, message }: Failure): Failure => ({ code, message: message.slice(0, LIMITS.failureCharacters).toWellFormed() });

async function completeAttempt(
  runtime: Runtime,
  attempt: Working,
  heard: Extract<FinalOutcome, { kind: "completed" }>,
): Promise<void> {
  const { output, usage } = heard;
  const stored = await savePayload(runtime.payloads, attemptPayload(refOf(attempt), "output"), output);
  const at = isoNow(runtime);
  const after = await hooksAfter(runtime, attempt, stored);
  if (after !== undefined) return holdResult(runtime, attempt, { heard, output: stored, after });
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
