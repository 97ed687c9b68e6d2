import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Code of an attempt that its agent did not finish in time. */
export const TASK_TIMED_OUT = "TaskTimedOut";

/** Whether the attempt's time is up. One that waits for an answer has no deadline. */
export const isOverdue = (runtime: Pick<Runtime, "now">, { record }: Pick<Attempt, "record">): boolean =>
  record.deadlineAt !== undefined && runtime.now().getTime() >= Date.parse(record.deadlineAt);

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
 * An agent that cancels after the deadline does what we told it, and it ran out of time: that may be heard before
 * whoever told it has written so, or after they died.
 */
export function blameDeadline<Outcome extends AttemptOutcome>(runtime: Pick<Runtime, "now">, attempt: Attempt, outcome: Outcome): Outcome | Failed {
  const isOurs = outcome.kind === "failed" && outcome.failure.code === "AgentCanceled" && isOverdue(runtime, attempt);
  return isOurs ? timedOut(attempt) : outcome;
}
