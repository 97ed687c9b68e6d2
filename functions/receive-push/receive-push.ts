import { timingSafeEqual } from "node:crypto";
import { type ExecutionStore, loadTask } from "../../shared/aws/execution-store.ts";
import { decodeDispatch, hashSecret } from "../../shared/domain/dispatch-ref.ts";
import type { SettleMessage } from "../../shared/schemas/messages.ts";

/** What `receivePush` stands on. */
export interface ReceivePushDeps {
  readonly executions: ExecutionStore;
  readonly settle: (message: SettleMessage) => Promise<void>;
}

/**
 * Accepts an agent's push if it shows the attempt's secret, in either header that agents use.
 *
 * The body is never read: what happened is asked of the agent afterwards. A push for an unknown attempt and one with
 * a wrong secret get the same answer, so that nobody can probe for executions.
 */
export async function receivePush(
  deps: ReceivePushDeps,
  push: { segment: string; secrets: readonly string[] },
): Promise<"accepted" | "refused"> {
  const dispatch = decodeDispatch(push.segment);
  const record = await loadTask(deps.executions, dispatch);
  const expected = Buffer.from(record?.pushSecretHash ?? "");
  const shown = push.secrets.map((secret) => Buffer.from(hashSecret(secret)));
  const isGenuine = shown.some((hash) => hash.length === expected.length && timingSafeEqual(hash, expected));
  if (record === undefined || record.attempt !== dispatch.attempt || !isGenuine) return "refused";
  await deps.settle({ dispatch });
  return "accepted";
}
