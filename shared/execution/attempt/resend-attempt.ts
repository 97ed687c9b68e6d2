import { mayBlock } from "../../agents/registry/answering.ts";
import type { Agent } from "../../agents/agent.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { type Runtime } from "../runtime/runtime.ts";
import { isoNow } from "../runtime/clock.ts";
import { commitTransition } from "../store/execution-store.ts";
import { resent } from "../task/steering-transitions.ts";
import type { TaskIn } from "../task/task-record.ts";
import { composeMessage } from "./compose-message.ts";
import { leaveToWaiter, sendAttempt } from "./send-attempt.ts";

/**
 * Sends an attempt again under the same message id. Of several who want to, the one whose move is written does.
 *
 * Without push configuration: of the first one's secret only the hash is known, and an agent that did take the first
 * message goes on pushing with it. Whatever the agent took, polling finds out.
 */
export async function resendAttempt(runtime: Runtime, attempt: Attempt<TaskIn<"dispatched">>, agent: Agent): Promise<void> {
  const { record, head } = attempt;
  const isAwaited = mayBlock(agent, runtime.pushBaseUrl !== undefined);
  const message = isAwaited ? undefined : await composeMessage(runtime, attempt, { agent, secret: undefined });
  const transition = resent(record, { at: isoNow(runtime), awaited: isAwaited ? {} : undefined });
  if ((await commitTransition(runtime.executions, { head, transition })) === "stale") return;
  const again = { ...attempt, record: transition.row };
  return message === undefined ? leaveToWaiter(runtime, again) : sendAttempt(runtime, again, { agent, message });
}
