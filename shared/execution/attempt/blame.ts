import { CONTENT_REFUSED } from "../../agents/calls/refusal.ts";
import type { Failure } from "../../core/failure.ts";

/**
 * Whom a failed attempt speaks of.
 *
 * - `agent`: it was silent, out of reach, or turned calls away; its breaker counts that.
 * - `task`: it answered, and the answer is no result of this task; trust and error rate hear of that, a breaker does not.
 * - `us`: the agent was never called, and nothing of its own hears of it (invariant 9 of `shared/README.md`).
 */
export type Blame = "agent" | "task" | "us";

/** Code of an attempt whose agent went away with it. */
export const AGENT_LOST = "AgentLost";
/** Code of an attempt whose agent says that it is done and left nothing that can be read. */
export const EMPTY_ANSWER = "EmptyAnswer";
/** Code of an attempt that its agent did not finish in time. */
export const TASK_TIMED_OUT = "TaskTimedOut";

const OF_TASK: ReadonlySet<string> = new Set(["AgentFailed", "AgentRejected", "AgentCanceled", CONTENT_REFUSED, EMPTY_ANSWER]);
const OF_US: ReadonlySet<string> = new Set(["AgentSecretUnusable"]);

/**
 * Judges a failure by its code.
 *
 * @param hasTaken whether the agent had taken the task: one that then ran out of its author's time was not silent.
 */
export function blameFor({ code }: Pick<Failure, "code">, hasTaken: boolean): Blame {
  if (OF_US.has(code)) return "us";
  return OF_TASK.has(code) || (code === TASK_TIMED_OUT && hasTaken) ? "task" : "agent";
}
