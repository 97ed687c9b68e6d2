import { AWS_QUOTAS } from "../../core/limits.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Agent } from "../../agents/agent.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { deadlineOf } from "./deadline.ts";
import type { Runtime } from "../runtime/runtime.ts";

/**
 * Seconds until the next look at an attempt. A pushing agent is looked at rarely, as a backstop; one that cannot
 * push soon and then less often.
 */
export function pollDelaySeconds(pushes: boolean, looks: number): number {
  const [first, last] = pushes
    ? [EXECUTION_LIMITS.backstopSeconds, AWS_QUOTAS.sqs.delaySeconds]
    : [EXECUTION_LIMITS.pollSeconds, EXECUTION_LIMITS.pollMaxSeconds];
  return Math.min(Math.ceil(first * 1.5 ** looks), last);
}

/** Seconds until a second agent should get the task; infinite when none should. */
export function secondsToHedge(runtime: Pick<Runtime, "now">, { task, record }: Attempt): number {
  if (task.kind !== "agent" || task.hedge === undefined || record.hedgedAt !== undefined) return Infinity;
  const age = (runtime.now().getTime() - Date.parse(record.dispatchedAt ?? "")) / 1000;
  return task.hedge.afterSeconds - age;
}

/** Has the attempt looked at again: at the latest when its deadline passes. */
export async function schedulePoll(
  runtime: Runtime,
  attempt: Attempt,
  { agent, looks, pushes }: { agent: Agent; looks: number; pushes?: boolean | undefined },
): Promise<void> {
  const now = runtime.now().getTime();
  const execution = await runtime.execution(attempt.run.tenant, attempt.run.execution);
  const left = (deadlineOf(attempt, execution, now) - now) / 1000;
  const delay = pollDelaySeconds(pushes ?? (agent.supports_push && runtime.pushBaseUrl !== undefined), looks);
  const seconds = Math.max(1, Math.min(delay, Math.ceil(Math.min(left, secondsToHedge(runtime, attempt))), AWS_QUOTAS.sqs.delaySeconds));
  await runtime.mail.watch({ dispatch: refOf(attempt), looks }, seconds);
}

/**
 * From when a send can no longer be under way, in epoch milliseconds: its sender has run out of time. Never, for one that
 * is still in the queue of those who may wait long.
 */
export function sendOverAt({ dispatchedAt, awaited }: Attempt["record"]): number {
  if (awaited !== undefined) return awaited.openUntil === undefined ? Infinity : Date.parse(awaited.openUntil);
  return Date.parse(dispatchedAt ?? "") + EXECUTION_LIMITS.sendingSeconds * 1000;
}

/**
 * Has an unanswered send looked at: when a second agent should get the task, when its time is up, or when it can no
 * longer be under way. Sent while the send is open, so that nothing depends on the life of its sender.
 */
export async function watchSend(runtime: Runtime, attempt: Attempt): Promise<void> {
  const now = runtime.now().getTime();
  const left = (Date.parse(attempt.record.deadlineAt ?? "") - now) / 1000;
  const open = (sendOverAt(attempt.record) - now) / 1000;
  const hedge = secondsToHedge(runtime, attempt);
  const soonest = Math.min(Number.isNaN(left) ? Infinity : left, hedge, open, AWS_QUOTAS.sqs.delaySeconds);
  await runtime.mail.watch({ dispatch: refOf(attempt), looks: 0 }, Math.max(1, Math.ceil(soonest)));
}
