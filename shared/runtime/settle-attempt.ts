import { appendEvent, loadTask, moveTask, newEvent } from "../aws/execution-store.ts";
import { payloadBytes, savePayload } from "../aws/payload-store.ts";
import { mayRetry, retryDelaySeconds } from "../domain/retry-delay.ts";
import { AWS_QUOTAS } from "../limits.ts";
import { type Failure, isSettled, type PayloadRef, type TaskRecord, type TaskState } from "../schemas/execution.ts";
import type { AttemptOutcome } from "./agent-calls.ts";
import { type Attempt, refOf } from "./attempt.ts";
import { answerToken, releaseParked } from "./release.ts";
import { isoAfter, isoNow, type Runtime } from "./runtime.ts";

const IN_HANDS: readonly TaskState[] = ["dispatched", "running", "input_required"];

/** An outcome that ends the attempt. */
export type FinalOutcome = Extract<AttemptOutcome, { kind: "completed" | "failed" }>;

/**
 * Applies what an attempt ended with: stores the output, writes state and event, frees who waits, answers the machine.
 *
 * Safe to repeat: a settled task keeps its state, and its consequences are carried out again in case they were not.
 */
export async function settleAttempt(runtime: Runtime, attempt: Attempt, outcome: FinalOutcome): Promise<void> {
  if (outcome.kind === "completed") return completeAttempt(runtime, attempt, outcome.output);
  const { task, view, record } = attempt;
  const policy = view.plan.retryPolicies[task.retryPolicy];
  const { code } = outcome.failure;
  if (policy !== undefined && mayRetry(policy, record.attempt, { code, retryable: outcome.retryable })) {
    const backoff = retryDelaySeconds(policy, record.attempt, runtime.random());
    return retryAttempt(runtime, attempt, { failure: outcome.failure, delay: Math.max(backoff, outcome.retryAfterSeconds ?? 0) });
  }
  return failAttempt(runtime, attempt, outcome.failure);
}

async function completeAttempt(runtime: Runtime, attempt: Attempt, output: unknown): Promise<void> {
  const { tenant, execution, task, attempt: number } = refOf(attempt);
  const key = `T/${tenant}/X/${execution}/${task}/${number}/output.json`;
  const ref = await savePayload(runtime.payloads, key, output);
  const settledAt = isoNow(runtime);
  const result = { bytes: payloadBytes(ref), ...("key" in ref ? { key: ref.key } : {}) };
  await settle(runtime, attempt, { state: "completed", output: ref, settledAt }, { status: "success", result });
}

async function failAttempt(runtime: Runtime, attempt: Attempt, failure: Failure): Promise<void> {
  await settle(runtime, attempt, { state: "failed", failure, settledAt: isoNow(runtime) }, { status: "failed", error: failure });
}

type Settled = Pick<TaskRecord, "state"> & { settledAt: string; output?: PayloadRef; failure?: Failure };
type Verdict = { status: "success" | "failed"; result?: { bytes: number; key?: string }; error?: Failure };

async function settle(runtime: Runtime, attempt: Attempt, set: Settled, verdict: Verdict): Promise<void> {
  const { record, head } = attempt;
  const started = record.dispatchedAt ?? record.queuedAt ?? set.settledAt;
  const facts = {
    task_id: record.task,
    attempt: record.attempt,
    agent_id: record.agentId,
    duration_seconds: (Date.parse(set.settledAt) - Date.parse(started)) / 1000,
    ...verdict,
  };
  const id = `${record.task}.${record.attempt}.settled`;
  const event = newEvent("task.completed", { id, at: set.settledAt, facts });
  const move = { task: record.task, from: IN_HANDS, attempt: record.attempt, set, events: [event] };
  const outcome = await moveTask(runtime.executions, head, move);
  const settled = outcome === "written" ? { ...record, ...set } : await loadTask(runtime.executions, refOf(attempt));
  if (settled === undefined || !isSettled(settled.state)) return;
  if (outcome === "stale" && settled.state !== set.state) await recordIgnored(runtime, attempt, settled.state);
  await concludeTask(runtime, attempt, settled);
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
export async function concludeTask(runtime: Runtime, attempt: Attempt, settled: TaskRecord): Promise<void> {
  const { run, task } = attempt;
  const at = { tenant: run.tenant, execution: run.execution, task: task.id };
  runtime.settled.set(at, settled);
  if (settled.state === "cancelled") return;
  if (task.releases.length > 0) await releaseParked(runtime, at);
  await answerToken(runtime, task, settled);
}

async function retryAttempt(
  runtime: Runtime,
  attempt: Attempt,
  { failure, delay }: { failure: Failure; delay: number },
): Promise<void> {
  const { record, head, run } = attempt;
  const facts = {
    task_id: record.task,
    attempt: record.attempt,
    agent_id: record.agentId,
    error: failure,
    delay_seconds: delay,
  };
  const id = `${record.task}.${record.attempt}.retry`;
  const triedAgents = [...(record.triedAgents ?? []), ...(record.agentId === undefined ? [] : [record.agentId])];
  const moved = await moveTask(runtime.executions, head, {
    task: record.task,
    from: IN_HANDS,
    attempt: record.attempt,
    set: { state: "queued", failure, triedAgents, notBefore: isoAfter(runtime, delay), agentTaskId: undefined },
    events: [newEvent("task.retry_scheduled", { id, at: isoNow(runtime), facts })],
  });
  if (moved === "stale") return;
  const seconds = Math.min(Math.ceil(delay), AWS_QUOTAS.sqs.delaySeconds);
  await runtime.mail.task({ run, task: record.task, token: record.token }, seconds);
}
