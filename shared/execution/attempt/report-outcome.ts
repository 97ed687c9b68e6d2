import { DEFAULTS } from "../../workflow/limits.ts";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { blameFor } from "../../agents/blame.ts";
import { type Attempt, skillOf } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";

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
    startedAt: record.dispatchedAt,
  });
}
