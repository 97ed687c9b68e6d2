import type { Agent } from "../../agents/agent.ts";
import { AGENT_REFUSED, CONTENT_REFUSED } from "../../agents/blame.ts";
import type { AttemptMessage } from "../../agents/calls/agent-calls.ts";
import type { AwaitMessage } from "../messages.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { loadAttempt } from "../runtime/load-attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { InHands } from "../task/attempt-transitions.ts";
import { isAtWork } from "../task/task-rules.ts";
import { sendPatiently } from "./hold-send.ts";
import { applyOutcome } from "./send-attempt.ts";

const REFUSALS: ReadonlySet<string> = new Set([AGENT_REFUSED, CONTENT_REFUSED]);

/**
 * Gives an agent what a person answered to its question: the same A2A task and context, a new message. Whatever the
 * agent replies is an outcome like that of any send.
 *
 * The agent is asked first whether it still waits, so that an answer which may have been given already is not given
 * twice.
 */
export async function giveAnswer(
  runtime: Runtime,
  attempt: Attempt<InHands>,
  { agent, answer }: { agent: Agent; answer: NonNullable<AwaitMessage["answer"]> },
): Promise<void> {
  const { record } = attempt;
  const { agentTaskId } = record;
  // A look that came between found the question still open, and asked it again: it is answered all the same.
  if (record.state === "dispatched" || agentTaskId === undefined) return;
  const found = await runtime.calls.get(agent, agentTaskId);
  if (found.kind === "completed" || found.kind === "failed" || found.kind === "working") {
    return applyOutcome(runtime, attempt, { agent, outcome: found });
  }
  const message = answerMessage(attempt, { agentTaskId, messageId: answer.messageId, input: await runtime.load(answer.input) });
  const outcome = await sendPatiently(runtime, attempt, { agent, message });
  // What was not taken leaves the question open: the look finds it, and asks again.
  if (outcome.kind === "in_doubt" || (outcome.kind === "failed" && REFUSALS.has(outcome.failure.code))) {
    return runtime.mail.watch({ dispatch: refOf(attempt), looks: 0 }, 1);
  }
  const current = await loadAttempt(runtime, refOf(attempt));
  if (current === undefined || !isAtWork(current.record)) return;
  await applyOutcome(runtime, { ...current, record: current.record }, { agent, outcome });
}

function answerMessage(
  { run, record, task }: Attempt<InHands>,
  { agentTaskId, messageId, input }: { agentTaskId: string; messageId: string; input: unknown },
): AttemptMessage {
  return {
    messageId,
    contextId: record.contextId ?? "",
    agentTaskId,
    data: { task: task.id, input },
    metadata: { execution_id: run.execution, task_id: task.id, attempt: record.attempt, answers: agentTaskId },
    files: [],
    push: undefined,
  };
}
