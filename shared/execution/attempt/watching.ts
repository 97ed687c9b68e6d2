import type { Agents, Engine, Runtime } from "../runtime/runtime.ts";
import type { Clock } from "../runtime/clock.ts";
import { EMPTY_ANSWER, TASK_TIMED_OUT } from "./blame.ts";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import type { Usage } from "../../core/usage.ts";
import type { Execution } from "../execution.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Agent } from "../../agents/agent.ts";
import type { InHands } from "../task/attempt-transitions.ts";
import type { TaskIn } from "../task/task-record.ts";
import { heartbeatDueAt } from "../../agents/registry/health.ts";

/** When an execution stood still. */
export type Stood = Pick<Execution, "pauses" | "pausedAt">;

/**
 * When an attempt's time is up, in epoch milliseconds: its deadline, and as much more as its execution has stood still
 * since it was sent. Never, for one that waits for an answer.
 */
export function deadlineOf({ record }: Pick<Attempt, "record">, { pauses = [], pausedAt }: Stood, now: number): number {
  const { deadlineAt, dispatchedAt = deadlineAt } = record;
  if (deadlineAt === undefined || dispatchedAt === undefined) return Infinity;
  const sent = Date.parse(dispatchedAt);
  const stood = pauses.map(({ from, to }) => overlap(sent, Date.parse(from), Date.parse(to)));
  const standing = pausedAt === undefined ? 0 : overlap(sent, Date.parse(pausedAt), now);
  return Date.parse(deadlineAt) + stood.reduce((sum, time) => sum + time, standing);
}

const overlap = (since: number, from: number, to: number): number => Math.max(0, to - Math.max(since, from));

/** Whether the attempt's time is up. */
export const isOverdue = (runtime: Pick<Clock, "now">, attempt: Pick<Attempt, "record">, stood: Stood = {}): boolean => {
  const now = runtime.now().getTime();
  return now >= deadlineOf(attempt, stood, now);
};

type Failed = Extract<AttemptOutcome, { kind: "failed" }>;

/** What an attempt comes to whose time is up. */
export const timedOut = ({ record, task }: Pick<Attempt, "record" | "task">, usage?: Usage): Failed => ({
  kind: "failed",
  failure: {
    code: TASK_TIMED_OUT,
    message: `agent ${record.agentId ?? "?"} did not finish within ${task.timeoutSeconds} s; raise timeout or look at the agent`,
  },
  retryable: true,
  usage,
});

/**
 * An agent that cancels after the deadline does what it was told to, and it ran out of time: that may be heard before
 * the timeout is on record, or after its writer died.
 */
export function blameDeadline<Outcome extends AttemptOutcome>(
  runtime: Pick<Clock, "now">,
  attempt: Pick<Attempt, "record" | "task">,
  outcome: Outcome,
): Outcome | Failed {
  const isOurs = outcome.kind === "failed" && outcome.failure.code === "AgentCanceled" && isOverdue(runtime, attempt);
  return isOurs ? timedOut(attempt, outcome.usage) : outcome;
}

type Final = Extract<AttemptOutcome, { kind: "completed" | "failed" }>;
type Done = Extract<AttemptOutcome, { kind: "completed" }>;

/**
 * What an end comes to: an answer that cannot be read is none, unless author or registration say that the work is an
 * effect. It is not tried again, because the agent says that the work is done.
 */
export async function judgeAnswer(runtime: Pick<Agents, "agent">, attempt: Attempt, outcome: Final): Promise<Final> {
  if (outcome.kind !== "completed" || !(await isMissed(runtime, attempt, outcome))) return outcome;
  const message =
    `agent ${attempt.record.agentId ?? "?"} completed the task and left no answer that can be read in artifacts, status message ` +
    "or history; set on_empty_answer: accept if its work is an effect";
  return { kind: "failed", failure: { code: EMPTY_ANSWER, message }, retryable: false, usage: outcome.usage };
}

/** Whether an end without an answer is too young to count: some agents send their artifact after that. */
export async function mayAnswerYet(
  runtime: Pick<Agents, "agent"> & Pick<Clock, "now">,
  attempt: Attempt,
  { outcome, emptySince }: { outcome: Done; emptySince: string },
): Promise<boolean> {
  const isYoung = runtime.now().getTime() < Date.parse(emptySince) + EXECUTION_LIMITS.lateArtifactSeconds * 1000;
  return isYoung && outcome.agentTaskId !== undefined && (await isMissed(runtime, attempt, outcome));
}

async function isMissed(
  runtime: Pick<Agents, "agent">,
  { task, run, record }: Attempt,
  { isEmpty }: Done,
): Promise<boolean> {
  if (isEmpty !== true) return false;
  const author = task.kind === "agent" ? task.onEmptyAnswer : undefined;
  const rule = author ?? (await runtime.agent(run.tenant, record.agentId))?.on_empty_answer ?? "fail";
  return rule === "fail";
}

/**
 * Seconds until the next look at an attempt. A pushing agent is looked at rarely, as a backstop; one that cannot
 * push soon and then less often.
 */
export function pollDelaySeconds(pushes: boolean, looks: number): number {
  const [first, last] = pushes
    ? [EXECUTION_LIMITS.backstopSeconds, EXECUTION_LIMITS.longestDelaySeconds]
    : [EXECUTION_LIMITS.pollSeconds, EXECUTION_LIMITS.pollMaxSeconds];
  return Math.min(Math.ceil(first * 1.5 ** looks), last);
}

/** Seconds until a second agent should get the task; infinite when none should. */
export function secondsToHedge(runtime: Pick<Clock, "now">, { task, record }: Attempt<InHands>): number {
  if (task.kind !== "agent" || task.hedge === undefined || record.hedgedAt !== undefined) return Infinity;
  const age = (runtime.now().getTime() - Date.parse(record.dispatchedAt)) / 1000;
  return task.hedge.afterSeconds - age;
}

/** When an agent's silence alone says that it is gone; never for one that owes no heartbeats. */
export const silentAt = ({ sends_heartbeats: sends, last_heartbeat_at: at, heartbeat_interval_seconds: interval }: Agent): number =>
  sends ? heartbeatDueAt(Date.parse(at), interval) + EXECUTION_LIMITS.heartbeatGraceSeconds * 1000 : Number.POSITIVE_INFINITY;

/** Has the attempt looked at again: at the latest when its deadline passes. */
export async function schedulePoll(
  runtime: Runtime,
  attempt: Attempt<InHands>,
  { agent, looks, pushes }: { agent: Agent; looks: number; pushes?: boolean | undefined },
): Promise<void> {
  const now = runtime.now().getTime();
  const execution = await runtime.execution(attempt.run.tenant, attempt.run.execution);
  const left = (deadlineOf(attempt, execution, now) - now) / 1000;
  const delay = pollDelaySeconds(pushes ?? (agent.supports_push && runtime.pushBaseUrl !== undefined), looks);
  const silent = Math.max(1, (silentAt(agent) - now) / 1000);
  const soonest = Math.ceil(Math.min(left, secondsToHedge(runtime, attempt), silent <= delay ? silent : Infinity));
  const seconds = Math.max(1, Math.min(delay, soonest, EXECUTION_LIMITS.longestDelaySeconds));
  await runtime.mail.watch({ dispatch: refOf(attempt), looks }, seconds);
}

/**
 * From when a send can no longer be under way, in epoch milliseconds: its sender has run out of time. Never, for one that
 * is still in the queue of those who may wait long.
 */
export function sendOverAt({ dispatchedAt, awaited }: InHands): number {
  if (awaited !== undefined) return awaited.openUntil === undefined ? Infinity : Date.parse(awaited.openUntil);
  return Date.parse(dispatchedAt) + EXECUTION_LIMITS.sendingSeconds * 1000;
}

/**
 * Has an unanswered send looked at: when a second agent should get the task, when its time is up, or when it can no
 * longer be under way. Sent while the send is open, so that nothing depends on the life of its sender.
 */
export async function watchSend(runtime: Engine & Clock, attempt: Attempt<TaskIn<"dispatched">>): Promise<void> {
  const now = runtime.now().getTime();
  const left = (Date.parse(attempt.record.deadlineAt) - now) / 1000;
  const open = (sendOverAt(attempt.record) - now) / 1000;
  const hedge = secondsToHedge(runtime, attempt);
  const soonest = Math.min(left, hedge, open, EXECUTION_LIMITS.longestDelaySeconds);
  await runtime.mail.watch({ dispatch: refOf(attempt), looks: 0 }, Math.max(1, Math.ceil(soonest)));
}
