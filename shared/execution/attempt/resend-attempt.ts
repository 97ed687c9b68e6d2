import { moveTask } from "../store/execution-store.ts";
import type { Agent } from "../../agents/agent.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { composeMessage, sendAttempt } from "./send-attempt.ts";

/**
 * Sends an attempt again under the same message id. Of several who want to, the one that moves `dispatchedAt` does.
 *
 * Without push configuration: of the first one's secret only the hash is known, and an agent that did take the first
 * message goes on pushing with it. Whatever the agent took, polling finds out.
 */
export async function resendAttempt(runtime: Runtime, attempt: Attempt, agent: Agent): Promise<void> {
  const { record, head } = attempt;
  const message = await composeMessage(runtime, attempt, { agent, secret: undefined });
  const { dispatchedAt } = record;
  const holds = dispatchedAt === undefined ? {} : { dispatchedAt };
  const set = { dispatchedAt: runtime.now().toISOString() };
  const move = { task: record.task, from: [record.state], attempt: record.attempt, holds, set, events: [] };
  if ((await moveTask(runtime.executions, head, move)) === "stale") return;
  await sendAttempt(runtime, { ...attempt, record: { ...record, ...set } }, { agent, message });
}
