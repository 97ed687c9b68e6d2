import type { Agent } from "../../agents/agent.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { commitTransition } from "../store/execution-store.ts";
import type { InHands } from "../task/attempt-transitions.ts";
import { resent } from "../task/steering-transitions.ts";
import { composeMessage, sendAttempt } from "./send-attempt.ts";

/**
 * Sends an attempt again under the same message id. Of several who want to, the one whose move is written does.
 *
 * Without push configuration: of the first one's secret only the hash is known, and an agent that did take the first
 * message goes on pushing with it. Whatever the agent took, polling finds out.
 */
export async function resendAttempt(runtime: Runtime, attempt: Attempt<InHands>, agent: Agent): Promise<void> {
  const { record, head } = attempt;
  const message = await composeMessage(runtime, attempt, { agent, secret: undefined });
  const transition = resent(record, isoNow(runtime));
  if ((await commitTransition(runtime.executions, { head, transition })) === "stale") return;
  await sendAttempt(runtime, { ...attempt, record: transition.row }, { agent, message });
}
