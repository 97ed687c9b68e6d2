import { onLostAnswer } from "../../agents/registry/answering.ts";
import type { Agent } from "../../agents/agent.ts";
import type { FoundAttempt } from "../../agents/calls/agent-calls.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { TaskIn } from "../task/task-record.ts";
import { resendAttempt } from "./resend-attempt.ts";
import { applyOutcome } from "./send-attempt.ts";
import { transcribed } from "./transcript.ts";

type Doubt = Extract<FoundAttempt, { kind: "in_doubt" }>;

/**
 * Whether an attempt goes out again whose answer got lost. The agent is asked first whether it has it. One that cannot
 * tell gets the message again where author or registration allow it, or its card promises to recognise a repeat; as long
 * as the first one may still be under way, only the latter. That an agent lists no task proves nothing where it may answer
 * without making one.
 *
 * @param isOver whether the send can no longer be under way.
 * @returns `"waiting"`: nothing can be done but wait for a push, or for the deadline; a doubt: its address took no call.
 */
export async function recoverAnswer(
  runtime: Runtime,
  attempt: Attempt<TaskIn<"dispatched">>,
  { agent, isOver }: { readonly agent: Agent; readonly isOver: boolean },
): Promise<"recovered" | "waiting" | Doubt> {
  const { record, task } = attempt;
  const { contextId, messageId, awaited } = record;
  const doing = () => runtime.calls.find(agent, { contextId, messageId });
  const found = await transcribed(runtime, attempt, { agent, act: "find", doing });
  if (found.kind === "not_found" || found.kind === "unsupported") {
    if (!isOver && !agent.idempotent_messages) return "waiting";
    const author = task.kind === "agent" ? task.onLostAnswer : undefined;
    const isSure = found.kind === "not_found" && awaited === undefined;
    if (!isSure && onLostAnswer(agent, author) === "wait") return "waiting";
    await resendAttempt(runtime, attempt, agent);
    return "recovered";
  }
  if (found.kind === "in_doubt" && found.isUnreachable === true) return found;
  await applyOutcome(runtime, attempt, { agent, outcome: found });
  return "recovered";
}
