import { timingSafeEqual } from "node:crypto";
import { type ExecutionStore, loadTask } from "../../shared/execution/store/execution-store.ts";
import { decodeDispatch, hashSecret } from "../../shared/execution/task/dispatch-ref.ts";
import { AGENT_LIMITS } from "../../shared/agents/limits.ts";
import type { SettleMessage } from "../../shared/execution/messages.ts";
import * as z from "zod";

/** What `receivePush` stands on. */
export interface ReceivePushDeps {
  readonly executions: ExecutionStore;
  readonly settle: (message: SettleMessage) => Promise<void>;
}

/**
 * Accepts an agent's push if it shows the attempt's secret, in either header that agents use.
 *
 * The body is believed in nothing but which task to ask the agent for, afterwards and with our own credentials. A push for an unknown attempt and one with
 * a wrong secret get the same answer, so that nobody can probe for executions.
 */
export async function receivePush(
  deps: ReceivePushDeps,
  push: { segment: string; secrets: readonly string[]; body: string },
): Promise<"accepted" | "refused"> {
  const dispatch = decodeDispatch(push.segment);
  const record = await loadTask(deps.executions, dispatch);
  const expected = Buffer.from(record?.pushSecretHash ?? "");
  const shown = push.secrets.map((secret) => Buffer.from(hashSecret(secret)));
  const isGenuine = shown.some((hash) => hash.length === expected.length && timingSafeEqual(hash, expected));
  if (record === undefined || record.attempt !== dispatch.attempt || !isGenuine) return "refused";
  const agentTaskId = taskNamedBy(push.body);
  await deps.settle({ dispatch, ...(agentTaskId === undefined ? {} : { agentTaskId }) });
  return "accepted";
}

const Id = z.string().min(1).max(AGENT_LIMITS.agentIdCharacters);
/** A bare task (0.x), or one of the wrapped kinds of a stream response (1.x). */
const PushBody = z.union([
  z.object({ task: z.object({ id: Id }) }).transform(({ task }) => task.id),
  z.object({ statusUpdate: z.object({ taskId: Id }) }).transform(({ statusUpdate }) => statusUpdate.taskId),
  z.object({ artifactUpdate: z.object({ taskId: Id }) }).transform(({ artifactUpdate }) => artifactUpdate.taskId),
  z.object({ taskId: Id }).transform(({ taskId }) => taskId),
  z.object({ id: Id }).transform(({ id }) => id),
]);

function taskNamedBy(body: string): string | undefined {
  try {
    return PushBody.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
