import { DEFAULTS } from "../../workflow/limits.ts";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import type { Failure } from "../../core/failure.ts";
import { TASK_TIMED_OUT } from "./watching.ts";
import { type Attempt, skillOf } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** What an agent said of the task: an answer like any other. Trust and error rate hear of it, breakers do not. */
const ANSWERS: ReadonlySet<string> = new Set(["AgentFailed", "AgentRejected", "AgentCanceled"]);

/**
 * Whether a failure speaks of the agent: silence, refusal, transport. One that took the task and ran out of the time
 * that its author gave it was not silent.
 */
const speaksOfAgent = ({ code }: Failure, agentTaskId: string | undefined): boolean =>
  !ANSWERS.has(code) && !(code === TASK_TIMED_OUT && agentTaskId !== undefined);

/** Tells the agent's breaker and its standing how an attempt went. Once per attempt: when the row has moved. */
export async function reportOutcome(
  runtime: Pick<Runtime, "pool">,
  attempt: Attempt,
  outcome: Extract<AttemptOutcome, { kind: "completed" | "failed" }>,
): Promise<void> {
  const { record, run, task, view } = attempt;
  if (record.agentId === undefined || task.kind !== "agent") return;
  const { failureThreshold, timeoutSeconds } = view.plan.faultTolerance?.circuitBreaker ?? DEFAULTS.circuitBreaker;
  await runtime.pool.report({
    tenant: run.tenant,
    agentId: record.agentId,
    skill: skillOf(attempt),
    ok: outcome.kind === "completed",
    isAgentFault: outcome.kind === "failed" && speaksOfAgent(outcome.failure, record.agentTaskId),
    circuitBreaker: view.plan.retryPolicies[task.retryPolicy]?.circuitBreaker ?? true,
    breaker: { failureThreshold, timeoutSeconds },
    startedAt: record.dispatchedAt,
  });
}
