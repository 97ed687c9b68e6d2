import { AGENT_LIMITS, AWAITING } from "../limits.ts";
import type { Agent, AgentAnswering } from "../agent.ts";
import type { OnLostAnswer } from "../../workflow/definition/task-definition.ts";

/**
 * How agents answer, and what follows for sending to them.
 *
 * 1. A dispatcher holds a send open for `AGENT_LIMITS.agentCallSeconds` at most. An agent that may take longer to answer gets its
 *    messages from `await-agent`, which can wait: no answer is hung up on that was not looked for yet.
 * 2. Only what an agent does proves that it answers at once: it named a task that it was still working on.
 * 3. One late answer outweighs all early ones: agents answer some questions at once and think about others.
 */

type Known = Pick<Agent, "blocking" | "answering" | "protocol_version">;

/** What is known of when an agent answers. Servers of 0.2 take no wish for an answer at once. */
function isLate({ blocking, answering, protocol_version: version }: Known): boolean | undefined {
  if (blocking !== undefined) return blocking;
  if (answering !== undefined) return answering.answers === "late";
  return version === "0.2" ? true : undefined;
}

/** Whether a send to an agent may stay open for long. `isPushed`: it gets a push configuration if it takes one. */
export function mayBlock(agent: Known & Pick<Agent, "supports_push">, isPushed: boolean): boolean {
  const known = isLate(agent);
  if (known !== undefined) return known;
  // What such an agent answers too late, it pushes as well.
  return !(agent.supports_push && isPushed);
}

/**
 * Whether a send that may stay open is better a stream. Its first event names the task, so that a lost connection loses
 * nothing; but only a plain send shows whether the agent answers at once.
 */
export const shouldStream = (agent: Known & Pick<Agent, "supports_streaming">, timeoutSeconds: number): boolean =>
  agent.supports_streaming && (isLate(agent) === true || timeoutSeconds > AGENT_LIMITS.awaitedSeconds);

/** What whoever registers an agent should know of how its answers are waited for. */
export function waitingWarnings(agent: Pick<Agent, "blocking" | "supports_push" | "supports_streaming">): string[] {
  if (agent.blocking === false || (agent.blocking === undefined && agent.supports_push)) return [];
  const hourly = (3600 * AWAITING.memoryMb * AWAITING.dollarsPerGbSecond) / 1024;
  const when = agent.blocking === true ? "Its answers are waited for" : "Until it is seen to name a task at once, its answers are waited for";
  const then = agent.supports_streaming
    ? "then the task that its stream named is polled"
    : "tasks that take longer need an agent that streams or heeds returnImmediately";
  return [`${when}: an open call costs up to $${hourly.toFixed(3)} an hour (${AWAITING.memoryMb} MB of Lambda) and lasts ${AGENT_LIMITS.awaitedSeconds / 60} minutes at most; ${then}.`];
}

/** What a send shows of how its agent answers; nothing when that is known, or it shows nothing. */
export function answeringSeen(
  known: AgentAnswering | undefined,
  send: { readonly seconds: number; readonly callSeconds: number; readonly hasNamedTask: boolean },
): AgentAnswering["answers"] | undefined {
  if (known?.answers === "late") return undefined;
  if (send.seconds >= send.callSeconds) return "late";
  return send.hasNamedTask && known === undefined ? "at_once" : undefined;
}

/** What to do about a lost answer: the author's word, the registration's, or what the agent's card promises. */
export const onLostAnswer = (
  agent: Pick<Agent, "on_lost_answer" | "idempotent_messages">,
  author?: OnLostAnswer,
): OnLostAnswer => author ?? agent.on_lost_answer ?? (agent.idempotent_messages ? "resend" : "wait");
