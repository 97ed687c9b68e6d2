import { moveTask } from "../aws/execution-store.ts";
import { hashSecret } from "../domain/dispatch-ref.ts";
import type { Agent } from "../schemas/agent.ts";
import type { Attempt } from "./attempt.ts";
import { loadInputs } from "./inputs.ts";
import type { Runtime } from "./runtime.ts";
import { sendAttempt } from "./send-attempt.ts";

/** Sends an attempt again under the same message id, with a fresh push secret: the old one was never stored. */
export async function resendAttempt(runtime: Runtime, attempt: Attempt, agent: Agent): Promise<void> {
  const { record, head } = attempt;
  const secret = runtime.newSecret();
  const set = { pushSecretHash: hashSecret(secret), dispatchedAt: runtime.now().toISOString() };
  const move = { task: record.task, from: [record.state], attempt: record.attempt, set, events: [] };
  if ((await moveTask(runtime.executions, head, move)) === "stale") return;
  const resent = { ...attempt, record: { ...record, ...set } };
  await sendAttempt(runtime, resent, { agent, secret, inputs: await loadInputs(runtime, resent) });
}
