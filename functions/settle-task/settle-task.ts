import { loadAttempt } from "../../shared/runtime/attempt.ts";
import type { Runtime } from "../../shared/runtime/runtime.ts";
import { applyOutcome } from "../../shared/runtime/send-attempt.ts";
import { isSettled } from "../../shared/schemas/execution.ts";
import type { SettleMessage } from "../../shared/schemas/messages.ts";

/**
 * Follows up a verified push: the body was not trusted, so the agent is asked with our own credentials.
 *
 * A push may overtake the answer to the send; then a look follows a second later, when that answer is recorded.
 * Whatever cannot be learnt now is left to the backstop look.
 */
export async function settleTask(runtime: Runtime, { dispatch }: SettleMessage): Promise<void> {
  const attempt = await loadAttempt(runtime, dispatch);
  if (attempt === undefined || isSettled(attempt.record.state)) return;
  const { agentId, agentTaskId } = attempt.record;
  const agent = (await runtime.agents(dispatch.tenant)).find(({ agent_id }) => agent_id === agentId);
  if (agent === undefined) return;
  if (agentTaskId === undefined) return runtime.mail.watch({ dispatch, looks: 0 }, 1);
  const found = await runtime.calls.get(agent, agentTaskId);
  if (found.kind === "not_found" || found.kind === "unsupported" || found.kind === "in_doubt") return;
  if (found.kind === "working" && attempt.record.state === "running") return;
  await applyOutcome(runtime, attempt, { agent, outcome: found });
}
