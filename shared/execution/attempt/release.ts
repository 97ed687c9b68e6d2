import type { TaskRef } from "../store/execution-store.ts";
import { findParked, removeParked } from "../store/parking-lot.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { endsRun } from "../task/task-rules.ts";
import { DEFAULTS } from "../../workflow/limits.ts";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { blameFor } from "../../agents/blame.ts";
import { type Attempt, skillOf } from "../runtime/attempt.ts";

/** `Error` that a failed task reports to its machine. */
export const TASK_FAILED = "TaskFailed";

/** `Error` of a machine that is stopped because its execution's time is over, and the execution's failure code. */
export const EXECUTION_TIMED_OUT = "ExecutionTimedOut";

/**
 * Queues again those of `dependents` that wait for this task. The message goes out before the row is deleted: a crash in
 * between queues it twice, which dispatching tolerates, never not at all.
 */
export async function releaseParked(runtime: Runtime, input: TaskRef, dependents: readonly string[]): Promise<void> {
  const parked = await findParked(runtime.rows, input, dependents);
  await Promise.all(
    parked.map(async (waiting) => {
      await runtime.mail.task(waiting.message, 0);
      await removeParked(runtime.executions, waiting);
    }),
  );
}

/** Tells the machine how a task ended. A failure that the definition tolerates counts as an end like any other. */
export async function answerToken(runtime: Runtime, task: PlanTask, settled: TaskRecord): Promise<void> {
  return endsRun(task, settled) ? failRun(runtime, task, settled) : succeedToken(runtime, settled.token);
}

/** Ends the run for a task's failure. */
export async function failRun(runtime: Runtime, task: PlanTask, settled: TaskRecord): Promise<void> {
  const { code, message } = settled.failure ?? { code: "Unknown", message: "no reason was recorded" };
  return failToken(runtime, settled.token, { task: task.id, code, message });
}

/**
 * Whether a machine has asked yet. A row that was put back has no token until the machine of its run asks for it; how
 * it ends before that is on record only, and the machine gets the answer when it asks.
 */
export const hasToken = ({ token }: { readonly token: string }): boolean => token !== "";

/** Answers a machine, if one has asked. */
export async function succeedToken(runtime: Pick<Runtime, "tokens">, token: string): Promise<void> {
  if (token !== "") await runtime.tokens.succeed(token);
}

/** Tells a machine, if one has asked, which task ended its run and why. */
export async function failToken(
  runtime: Pick<Runtime, "tokens">,
  token: string,
  cause: { readonly task: string; readonly code: string; readonly message: string },
): Promise<void> {
  if (token !== "") await runtime.tokens.fail(token, { error: TASK_FAILED, cause: JSON.stringify(cause) });
}

/** Tells the agent's breaker and its standing how an attempt went. Once per attempt: when the row has moved. */
export async function reportOutcome(
  runtime: Pick<Runtime, "pool">,
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
    circuitBreaker: view.plan.retryPolicies[task.retryPolicy]?.circuitBreaker ?? true,
    breaker: { failureThreshold, timeoutSeconds },
    messageId: record.messageId,
    tokens: outcome.kind === "completed" ? outcome.usage?.tokens : undefined,
    startedAt: record.dispatchedAt,
  });
}
