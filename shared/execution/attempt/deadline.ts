import { TASK_TIMED_OUT } from "../../agents/blame.ts";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import type { Execution } from "../execution.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";

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
export const isOverdue = (runtime: Pick<Runtime, "now">, attempt: Pick<Attempt, "record">, stood: Stood = {}): boolean => {
  const now = runtime.now().getTime();
  return now >= deadlineOf(attempt, stood, now);
};

type Failed = Extract<AttemptOutcome, { kind: "failed" }>;

/** What an attempt comes to whose time is up. */
export const timedOut = ({ record, task }: Pick<Attempt, "record" | "task">): Failed => ({
  kind: "failed",
  failure: {
    code: TASK_TIMED_OUT,
    message: `agent ${record.agentId ?? "?"} did not finish within ${task.timeoutSeconds} s; raise timeout or look at the agent`,
  },
  retryable: true,
});

/**
 * An agent that cancels after the deadline does what it was told to, and it ran out of time: that may be heard before
 * the timeout is on record, or after its writer died.
 */
export function blameDeadline<Outcome extends AttemptOutcome>(
  runtime: Pick<Runtime, "now">,
  attempt: Pick<Attempt, "record" | "task">,
  outcome: Outcome,
): Outcome | Failed {
  const isOurs = outcome.kind === "failed" && outcome.failure.code === "AgentCanceled" && isOverdue(runtime, attempt);
  return isOurs ? timedOut(attempt) : outcome;
}
