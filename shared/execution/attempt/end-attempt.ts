import type { Agents, Stores } from "../runtime/runtime.ts";
import type { Write } from "../../aws/group-commit.ts";
import { blameFor } from "./blame.ts";
import { DEFAULTS } from "../../workflow/limits.ts";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { usageWrites } from "../run/budget.ts";
import { type Attempt, refOf, skillOf } from "../runtime/attempt.ts";
import { commitTransition, loadTask } from "../store/execution-store.ts";
import type { InHands } from "../task/attempt-transitions.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { isAtWork } from "../task/task-rules.ts";
import type { TaskTransition } from "../task/transition.ts";
import { present } from "../../core/present.ts";

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
