import type { Agent } from "../../shared/agents/agent.ts";
import { isFinished } from "../../shared/execution/execution.ts";
import { cancelAttempt } from "../../shared/execution/attempt/end-attempt.ts";
import { giveAnswer } from "../../shared/execution/attempt/give-answer.ts";
import { recoverAnswer } from "../../shared/execution/attempt/lost-answer.ts";
import { holdSend } from "../../shared/execution/attempt/hold-send.ts";
import { composeMessage } from "../../shared/execution/attempt/compose-message.ts";
import { recordDoubt } from "../../shared/execution/attempt/send-attempt.ts";
import { schedulePoll } from "../../shared/execution/attempt/watching.ts";
import { ensureConsequences } from "../../shared/execution/run/ensure-consequences.ts";
import type { AwaitMessage } from "../../shared/execution/messages.ts";
import type { Attempt } from "../../shared/execution/runtime/attempt.ts";
import { loadAttempt } from "../../shared/execution/runtime/load-attempt.ts";
import { type Runtime } from "../../shared/execution/runtime/runtime.ts";
import { isoAfter, isoNow } from "../../shared/execution/runtime/clock.ts";
import { commitTransition } from "../../shared/execution/store/execution-store.ts";
import { sendOpened } from "../../shared/execution/task/attempt-transitions.ts";
import { hashSecret } from "../../shared/execution/task/dispatch-ref.ts";
import { type TaskIn } from "../../shared/execution/task/task-record.ts";
import { isAtWork } from "../../shared/execution/task/task-rules.ts";
import { AGENT_LIMITS } from "../../shared/agents/limits.ts";

/**
 * Sends what an agent may answer only when it is done, and waits for that (the exception to invariant 5).
 *
 * 1. The row says that the send has begun before it begins. A message that comes again and finds it so was another's,
 *    who died: the rule for lost answers applies, and nothing is blindly sent twice.
 * 2. What ends the attempt elsewhere (its deadline, a cancel, a hedge) ends the call here within seconds.
 */
export async function awaitAgent(runtime: Runtime, { dispatch, answer }: AwaitMessage): Promise<void> {
  const attempt = await loadAttempt(runtime, dispatch);
  if (attempt === undefined) return;
  const { record } = attempt;
  if (!isAtWork(record)) return ensureConsequences(runtime, attempt);
  const { status } = await runtime.execution(dispatch.tenant, dispatch.execution);
  if (isFinished(status)) return cancelAttempt(runtime, attempt);
  const agent = await runtime.agent(dispatch.tenant, record.agentId);
  // The next look finds an agent that left the registry, and ends the attempt.
  if (agent === undefined) return;
  if (answer !== undefined) return giveAnswer(runtime, { ...attempt, record }, { agent, answer });
  if (record.state !== "dispatched") return schedulePoll(runtime, { ...attempt, record }, { agent, looks: 0 });
  const dispatched = { ...attempt, record };
  return record.awaited?.openUntil === undefined ? openSend(runtime, dispatched, agent) : takeOver(runtime, dispatched, agent);
}

type Dispatched = Attempt<TaskIn<"dispatched">>;

async function openSend(runtime: Runtime, attempt: Dispatched, agent: Agent): Promise<void> {
  const { record, head, task } = attempt;
  if (record.awaited === undefined) return;
  const secret = runtime.newSecret();
  const transition = sendOpened(record, {
    at: isoNow(runtime),
    pushSecretHash: hashSecret(secret),
    openUntil: isoAfter(runtime, AGENT_LIMITS.awaitedSeconds),
    deadlineAt: isoAfter(runtime, task.timeoutSeconds),
  });
  const opened = { ...attempt, record: transition.row };
  const message = await composeMessage(runtime, opened, { agent, secret });
  if ((await commitTransition(runtime.executions, { head, transition })) === "stale") return;
  await holdSend(runtime, opened, { agent, message });
}

/** The one who held the send open is gone, and the answer with it. */
async function takeOver(runtime: Runtime, attempt: Dispatched, agent: Agent): Promise<void> {
  if ((await recoverAnswer(runtime, attempt, { agent, isOver: true })) === "recovered") return;
  await schedulePoll(runtime, attempt, { agent, looks: 0 });
  await recordDoubt(runtime, attempt, "who waited for the answer was cut off");
}
