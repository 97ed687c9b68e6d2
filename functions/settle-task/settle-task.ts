import { loadAttempt } from "../../shared/execution/runtime/load-attempt.ts";
import { pollChild } from "../../shared/execution/run/child-execution.ts";
import { takeHedge } from "../../shared/execution/attempt/hedging.ts";
import type { Runtime } from "../../shared/execution/runtime/runtime.ts";
import { applyOutcome } from "../../shared/execution/attempt/send-attempt.ts";
import { transcribed } from "../../shared/execution/attempt/transcript.ts";
import { ensureConsequences } from "../../shared/execution/run/ensure-consequences.ts";
import { isAtWork, isNews } from "../../shared/execution/task/task-rules.ts";
import type { SettleMessage } from "../../shared/execution/messages.ts";

/**
 * Follows up a verified push: the body was not trusted, so the agent is asked with our own credentials.
 *
 * A push may overtake the answer to the send, or be all that is ever heard of it: the task id it names is the one to
 * ask for. Whatever cannot be learnt now is left to the backstop look.
 */
export async function settleTask(runtime: Runtime, { dispatch, agentTaskId: named }: SettleMessage): Promise<void> {
  const attempt = await loadAttempt(runtime, dispatch);
  if (attempt === undefined) return;
  const { record } = attempt;
  if (!isAtWork(record)) return ensureConsequences(runtime, attempt);
  const { agentId, agentTaskId = named } = record;
  const working = { ...attempt, record };
  if (attempt.task.kind === "workflow") return pollChild(runtime, attempt, { looks: 0 });
  if (await takeHedge(runtime, working)) return;
  const agent = await runtime.agent(dispatch.tenant, agentId);
  if (agent === undefined) return;
  if (agentTaskId === undefined) return runtime.mail.watch({ dispatch, looks: 0 }, 1);
  const found = await transcribed(runtime, working, { agent, act: "look", doing: () => runtime.calls.get(agent, agentTaskId) });
  if (found.kind === "not_found" || found.kind === "unsupported" || found.kind === "in_doubt") return;
  if ((found.kind === "working" || found.kind === "input_required") && !isNews(record, found)) return;
  await applyOutcome(runtime, working, { agent, outcome: found });
}
