import { markCancelled } from "../control/mark-cancelled.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { commitTransition, loadTask } from "../store/execution-store.ts";
import { parkedKey } from "../store/keys.ts";
import { cancelled } from "../task/steering-transitions.ts";
import { hasSettled } from "../task/task-record.ts";
import { notifyAgentsOfCancel, type CancelDeps } from "./notify-of-cancel.ts";

/** What recalling stands on. */
export type CancelAttemptDeps = CancelDeps & Pick<Runtime, "now">;

/**
 * Ends a task whose execution is over: nothing waits for it any more. The row first, so that nothing new starts; then
 * those at work on it are told to stop, which an agent may or may not do. A row that a newer run took over meanwhile is
 * left alone.
 */
export async function cancelAttempt(
  runtime: CancelAttemptDeps,
  { head, record }: Pick<Attempt, "head" | "record">,
): Promise<void> {
  const endChild = (child: string): Promise<void> => markCancelled(runtime, { parent: head, child });
  // The one who took it back may have been cut off before it told anybody.
  if (hasSettled(record)) return notifyAgentsOfCancel(runtime, head, { record, endChild });
  const { executions } = runtime;
  const ref = { tenant: head.tenant, execution: head.executionId, task: record.task };
  const transition = cancelled(record, isoNow(runtime));
  const lot = { Delete: { TableName: executions.table, Key: { ...parkedKey(ref) } } };
  const also = record.reason === undefined ? [] : [lot];
  if ((await commitTransition(executions, { head, transition, also })) === "written") {
    return notifyAgentsOfCancel(runtime, head, { record: transition.row, endChild });
  }
  const found = await loadTask(executions, ref);
  if (found === undefined || hasSettled(found) || found.run !== record.run) return;
  return cancelAttempt(runtime, { head, record: found });
}
