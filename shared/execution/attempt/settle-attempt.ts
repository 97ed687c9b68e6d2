import { appendEvent, loadTask, moveTask, newEvent, type TaskMove } from "../store/execution-store.ts";
import type { Write } from "../../aws/group-commit.ts";
import { holdWrite } from "../store/parking-lot.ts";
import { payloadBytes, savePayload } from "../store/payload-store.ts";
import { hedgedTask, parseItemName } from "../task/for-each.ts";
import { mayRetry, retryDelaySeconds } from "../task/retry-delay.ts";
import { AWS_QUOTAS, DEFAULTS, LIMITS } from "../../core/limits.ts";
import { isSettled, type TaskRecord, type TaskState } from "../execution.ts";
import { type Failure } from "../../core/failure.ts";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { type Attempt, loadAttempt, refOf, skillOf } from "../runtime/attempt.ts";
import { blameDeadline } from "./deadline.ts";
import { advanceGraph, isGraphRun, waitsFor } from "../run/graph-run.ts";
import { answerToken, endsRun, releaseParked } from "./release.ts";
import { isoAfter, isoNow, type Runtime } from "../runtime/runtime.ts";
import { concludeHedge, concludeItem, recallHedge } from "./conclude-instance.ts";
import { usageWrites } from "../run/budget.ts";

const IN_HANDS: readonly TaskState[] = ["dispatched", "running", "input_required"];

/** An outcome that ends the attempt. */
export type FinalOutcome = Extract<AttemptOutcome, { kind: "completed" | "failed" }>;

/**
 * Applies what an attempt ended with: stores the output, writes state and event, frees who waits, answers the machine.
 *
 * Safe to repeat: a settled task keeps its state, and its consequences are carried out again in case they were not.
 */
export async function settleAttempt(runtime: Runtime, attempt: Attempt, heard: FinalOutcome): Promise<void> {
  const outcome = blameDeadline(runtime, attempt, heard);
  await reportOutcome(runtime, attempt, outcome);
  if (outcome.kind === "completed") return completeAttempt(runtime, attempt, outcome);
  const { task, view, record } = attempt;
  const policy = view.plan.retryPolicies[task.retryPolicy];
  const failure = shorten(outcome.failure);
  const tried = record.attempt - (record.retryBase ?? 0);
  if (policy !== undefined && mayRetry(policy, tried, { code: failure.code, retryable: outcome.retryable })) {
    const backoff = retryDelaySeconds(policy, tried, runtime.random());
    return retryAttempt(runtime, attempt, { failure, delay: Math.max(backoff, outcome.retryAfterSeconds ?? 0) });
  }
  return task.onFailure === "park" ? parkFailed(runtime, attempt, failure) : failAttempt(runtime, attempt, failure);
}

/** An agent's considered no speaks of the task; every other failure speaks of the agent. */
const CONTENT_FAULT = "AgentRejected";

/** Tells the agent's breaker how the attempt went. */
async function reportOutcome(runtime: Runtime, attempt: Attempt, outcome: FinalOutcome): Promise<void> {
  const { record, run, task, view } = attempt;
  if (record.agentId === undefined || task.kind !== "agent") return;
  const { failureThreshold, timeoutSeconds } = view.plan.faultTolerance?.circuitBreaker ?? DEFAULTS.circuitBreaker;
  await runtime.pool.report({
    tenant: run.tenant,
    agentId: record.agentId,
    skill: skillOf(attempt),
    ok: outcome.kind === "completed",
    isAgentFault: outcome.kind === "failed" && outcome.failure.code !== CONTENT_FAULT,
    circuitBreaker: view.plan.retryPolicies[task.retryPolicy]?.circuitBreaker ?? true,
    breaker: { failureThreshold, timeoutSeconds },
    startedAt: record.dispatchedAt,
  });
}

/** Agents may say more than a row holds. */
const shorten = ({ code, message }: Failure): Failure => ({ code, message: message.slice(0, LIMITS.failureCharacters) });

async function completeAttempt(
  runtime: Runtime,
  attempt: Attempt,
  { output, usage }: Extract<FinalOutcome, { kind: "completed" }>,
): Promise<void> {
  const { tenant, execution, task, attempt: number } = refOf(attempt);
  const key = `T/${tenant}/X/${execution}/${task}/${number}/output`;
  const ref = await savePayload(runtime.payloads, key, output);
  const settledAt = isoNow(runtime);
  const result = { bytes: payloadBytes(ref), ...("key" in ref ? { key: ref.key } : {}) };
  const set = { state: "completed" as const, output: ref, failure: undefined, question: undefined, settledAt };
  await settle(runtime, attempt, set, { status: "success", result, ...(usage === undefined ? {} : { usage }) });
}

/** Keeps a task that failed for good until a person retries or skips it. */
async function parkFailed(runtime: Runtime, attempt: Attempt, failure: Failure): Promise<void> {
  const { record, run, task, head } = attempt;
  const at = isoNow(runtime);
  const facts = { task_id: record.task, attempt: record.attempt, reason: "operator" as const, error: failure };
  const message = { run, task: record.task, token: record.token, seen: waitsFor(run, task).length };
  await endAttempt(runtime, attempt, {
    set: { state: "parked", reason: "operator", failure, question: undefined },
    events: [newEvent("task.parked", { id: `${record.task}.${record.attempt}.operator`, at, facts })],
    also: [holdWrite(runtime.executions, { reason: "operator", message, workflowId: head.workflowId, at })],
  });
}

async function failAttempt(runtime: Runtime, attempt: Attempt, failure: Failure): Promise<void> {
  const set = { state: "failed" as const, failure, question: undefined, settledAt: isoNow(runtime) };
  await settle(runtime, attempt, set, { status: "failed", error: failure });
}

type Settled = Pick<TaskRecord, "state" | "output" | "failure" | "question"> & { settledAt: string };
interface Verdict {
  readonly status: "success" | "failed";
  readonly result?: { bytes: number; key?: string };
  readonly error?: Failure;
  readonly usage?: { cost?: number | undefined; tokens?: number | undefined };
}

async function settle(runtime: Runtime, attempt: Attempt, set: Settled, verdict: Verdict): Promise<void> {
  const { record } = attempt;
  const started = record.dispatchedAt ?? record.queuedAt ?? set.settledAt;
  const facts = {
    task_id: record.task,
    attempt: record.attempt,
    agent_id: record.agentId,
    ...skillFact(attempt),
    duration_seconds: (Date.parse(set.settledAt) - Date.parse(started)) / 1000,
    ...verdict,
  };
  const id = `${record.task}.${record.attempt}.settled`;
  const event = newEvent("task.completed", { id, at: set.settledAt, facts });
  const follow = await runtime.follow?.(attempt, { ...record, ...set });
  const also = await usageWrites(runtime, attempt, verdict.usage);
  const change = { set, events: [event], also, followers: follow?.writes };
  const { hasMoved, hasFollowed, record: settled } = await endAttempt(runtime, attempt, change);
  if (settled === undefined || !isSettled(settled.state)) return;
  if (!hasMoved && settled.state !== set.state) await recordIgnored(runtime, attempt, settled.state);
  if (!hasFollowed || follow === undefined) return concludeTask(runtime, await inOwnRun(runtime, attempt, settled), settled);
  runtime.settled.set(attempt.run, settled);
  await Promise.all([concludeTask(runtime, attempt, settled, follow.tasks), follow.launch()]);
}

/**
 * Takes an attempt out of its agent's hands. Conditional on the token, because a newer run may bind its own at any
 * moment: an answer to the older one would leave the newer waiting for ever.
 */
async function endAttempt(
  runtime: Runtime,
  attempt: Attempt,
  { followers = [], ...change }: Pick<TaskMove, "set" | "events" | "also"> & { followers?: readonly Write[] | undefined },
): Promise<{ hasMoved: boolean; hasFollowed: boolean; record: TaskRecord | undefined }> {
  const { record, head } = attempt;
  const from = { task: record.task, from: IN_HANDS, attempt: record.attempt, holds: { token: record.token } };
  const also = [...(change.also ?? []), ...followers];
  const moved = await moveTask(runtime.executions, head, { ...from, ...change, also });
  if (moved === "written") return { hasMoved: true, hasFollowed: true, record: { ...record, ...change.set } };
  const found = await loadTask(runtime.executions, refOf(attempt));
  const isInHands = found !== undefined && found.attempt === record.attempt && IN_HANDS.includes(found.state);
  if (!isInHands) return { hasMoved: false, hasFollowed: false, record: found };
  // The token is a newer one, or a follower has a row already: it will be looked at by message.
  return { ...(await endAttempt(runtime, { ...attempt, record: found }, change)), hasFollowed: false };
}

async function recordIgnored(runtime: Runtime, attempt: Attempt, state: TaskState): Promise<void> {
  const { record, head } = attempt;
  const facts = {
    task_id: record.task,
    attempt: record.attempt,
    agent_id: record.agentId,
    reason: `the task was ${state} when this result arrived`,
  };
  const id = `${record.task}.${record.attempt}.ignored`;
  await appendEvent(runtime.executions, head, newEvent("task.result_ignored", { id, at: isoNow(runtime), facts }));
}

/** What follows from a settled task: whoever waits for it goes on, and its machine learns the result. */
export async function concludeTask(
  runtime: Runtime,
  attempt: Attempt,
  settled: TaskRecord,
  followed: ReadonlySet<string> = new Set(),
): Promise<void> {
  const { run, task } = attempt;
  runtime.settled.set(run, settled);
  if (settled.state === "cancelled") return;
  if (hedgedTask(task.id) !== undefined) return concludeHedge(runtime, attempt, settled);
  if (settled.hedgedAt !== undefined) await recallHedge(runtime, attempt);
  if (parseItemName(task.id) !== undefined) return concludeItem(runtime, attempt, settled);
  const at = { tenant: run.tenant, execution: run.execution, task: task.id };
  if (isGraphRun(run)) return advanceGraph(runtime, attempt, { settled, followed });
  if (task.releases.length > 0 && !endsRun(task, settled)) await releaseParked(runtime, at, task.releases);
  await answerToken(runtime, task, settled);
}

/**
 * Carries out again what follows from a state on record: whoever wrote it may have been cut off right after. For
 * messages that come a second time; doing it once more than needed is harmless.
 */
export async function repeatConsequences(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { record } = attempt;
  if (isSettled(record.state)) return concludeTask(runtime, attempt, record);
  if (record.state === "queued") return requeue(runtime, attempt, record);
}

const skillFact = (attempt: Attempt): { skill?: string } => {
  const skill = skillOf(attempt);
  return skill === undefined ? {} : { skill };
};

async function retryAttempt(
  runtime: Runtime,
  attempt: Attempt,
  { failure, delay }: { failure: Failure; delay: number },
): Promise<void> {
  const { record } = attempt;
  const facts = {
    task_id: record.task,
    attempt: record.attempt,
    agent_id: record.agentId,
    ...skillFact(attempt),
    error: failure,
    duration_seconds: (runtime.now().getTime() - Date.parse(record.dispatchedAt ?? isoNow(runtime))) / 1000,
    delay_seconds: delay,
  };
  const id = `${record.task}.${record.attempt}.retry`;
  const triedAgents = [...(record.triedAgents ?? []), ...(record.agentId === undefined ? [] : [record.agentId])];
  const notBefore = isoAfter(runtime, delay);
  const { hasMoved, record: queued } = await endAttempt(runtime, attempt, {
    set: { state: "queued", failure, triedAgents, notBefore, agentTaskId: undefined, question: undefined },
    events: [newEvent("task.retry_scheduled", { id, at: isoNow(runtime), facts })],
  });
  if (hasMoved && queued !== undefined) await requeue(runtime, await inOwnRun(runtime, attempt, queued), queued);
}

/** The attempt in the run that owns its row: a newer one may have taken it over while its agent was at work. */
async function inOwnRun(runtime: Runtime, attempt: Attempt, { run }: TaskRecord): Promise<Attempt> {
  return run === attempt.run.run ? attempt : ((await loadAttempt(runtime, refOf(attempt))) ?? attempt);
}

/** Sends a task that waits for its next attempt on its way; it was ready before, so its inputs are. */
async function requeue(runtime: Runtime, { run, task }: Attempt, record: TaskRecord): Promise<void> {
  const wait = (Date.parse(record.notBefore ?? "") - runtime.now().getTime()) / 1000;
  const seconds = Math.min(Math.max(Math.ceil(wait), 0), AWS_QUOTAS.sqs.delaySeconds);
  const seen = waitsFor(run, task).length;
  await runtime.mail.task({ run, task: task.id, token: record.token, seen }, seconds || 0);
}
