import type { Runtime, Stores } from "../runtime/runtime.ts";
import type { Clock } from "../runtime/clock.ts";
import { shouldStream } from "../../agents/registry/answering.ts";
import type { Agent } from "../../agents/agent.ts";
import type { AttemptMessage, AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { AGENT_LIMITS } from "../../agents/limits.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { loadAttempt } from "../runtime/load-attempt.ts";
import { loadTask } from "../store/execution-store.ts";
import type { InHands } from "../task/attempt-transitions.ts";
import { isAtWork } from "../task/task-rules.ts";
import { applyOutcome, bindAgentTask, noteAnswering } from "./send-attempt.ts";
import { settleAttempt } from "./settle-attempt.ts";
import { transcribed } from "./transcript.ts";
import { schedulePoll } from "./watching.ts";

/** What goes to the agent. */
export interface Held {
  readonly agent: Agent;
  readonly message: AttemptMessage;
}

/**
 * Sends a message and waits as long as it may take for the answer, with which the attempt goes on. A stream that names
 * its task makes the wait safe: from then on looks find the answer, whatever happens here.
 */
export async function holdSend(runtime: Runtime, attempt: Attempt<InHands>, held: Held): Promise<void> {
  const outcome = await sendPatiently(runtime, attempt, held);
  const current = await loadAttempt(runtime, refOf(attempt));
  if (current !== undefined && isAtWork(current.record)) {
    return applyOutcome(runtime, { ...current, record: current.record }, { agent: held.agent, outcome });
  }
  // Too late: what it says is recorded, and what it still does is called off.
  if (current !== undefined && (outcome.kind === "completed" || outcome.kind === "failed")) return settleAttempt(runtime, current, outcome);
  if (outcome.kind === "working" || outcome.kind === "input_required") await runtime.calls.cancel(held.agent, outcome.agentTaskId);
}

/** The answer to a message; doubt, when the attempt ended elsewhere before it came. */
export async function sendPatiently(
  runtime: Runtime,
  attempt: Attempt<InHands>,
  { agent, message }: Held,
): Promise<AttemptOutcome> {
  const call = new AbortController();
  const stopLooking = lookWhileOpen(runtime, attempt, call);
  const stream = shouldStream(agent, attempt.task.timeoutSeconds);
  let binding: Promise<void> | undefined;
  const onTask = (heard: Extract<AttemptOutcome, { kind: "working" }>): void => {
    if (attempt.record.agentTaskId === undefined) binding = bindEarly(runtime, attempt, { agent, heard });
  };
  const from = runtime.now().getTime();
  const patience = { seconds: AGENT_LIMITS.awaitedSeconds, stream, onTask, signal: call.signal };
  const doing = () => runtime.calls.send(agent, message, patience).finally(stopLooking);
  const act = message.agentTaskId === undefined ? "send" : "answer";
  const outcome = await transcribed(runtime, attempt, { agent, act, message, doing });
  await binding;
  await noteAnswering(runtime, agent, { outcome, from, isStream: stream });
  return outcome;
}

/** Looks are for the case that nobody reads the stream to its end. */
async function bindEarly(
  runtime: Runtime,
  attempt: Attempt<InHands>,
  { agent, heard }: { agent: Agent; heard: Extract<AttemptOutcome, { kind: "working" }> },
): Promise<void> {
  try {
    await schedulePoll(runtime, attempt, { agent, looks: 0, pushes: true });
    await bindAgentTask(runtime, attempt, { agent, outcome: heard });
  } catch (error) {
    runtime.logger.warn("the task of a stream was not noted", { ...refOf(attempt), error });
  }
}

/** Hangs up once the attempt is no longer its agent's. @returns ends the looking. */
function lookWhileOpen(runtime: Stores & Clock, attempt: Attempt<InHands>, call: AbortController): () => void {
  let cancel = (): void => {};
  let isOver = false;
  const again = (): void => {
    if (!isOver) cancel = runtime.after(EXECUTION_LIMITS.awaitRenewalSeconds * 1000, look);
  };
  const look = async (): Promise<void> => {
    try {
      const found = await loadTask(runtime.executions, refOf(attempt));
      if (found === undefined || found.attempt !== attempt.record.attempt || !isAtWork(found)) return call.abort();
    } finally {
      again();
    }
  };
  again();
  return () => {
    isOver = true;
    cancel();
  };
}
