import type { Stores, Agents } from "../runtime/runtime.ts";
import { type Clock, isoNow } from "../runtime/clock.ts";
import { sumUsage, type Usage } from "../../core/usage.ts";
import { markCancelled } from "../control/mark-cancelled.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { commitTransition, type ExecutionHead, loadTask } from "../store/execution-store.ts";
import { parkedKey } from "../store/keys.ts";
import { calledOff, cancelled } from "../task/steering-transitions.ts";
import { type TaskRecord } from "../task/task-record.ts";
import { hasSettled } from "../task/task-rules.ts";
import type { AgentCalls } from "../../agents/calls/agent-calls.ts";

/** What recalling stands on. */
export type CancelAttemptDeps = CancelDeps & Pick<Clock, "now">;

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

/** What calling tasks off stands on. */
export type CancelDeps = Pick<Stores, "executions"> &
  Pick<Agents, "agent"> & { readonly calls: Pick<AgentCalls, "cancel"> };

/**
 * Tells those to stop who were at work on a task that was taken back, then strikes them off its row. Agents may go on
 * all the same: what they answer changes nothing. Safe to repeat: of a row that moved meanwhile the next one does it.
 */
export async function notifyAgentsOfCancel(
  { executions, agent, calls }: CancelDeps,
  head: ExecutionHead,
  { record, endChild }: { record: TaskRecord; endChild: (child: string) => Promise<void> },
): Promise<void> {
  const { recall } = record;
  if (recall === undefined) return;
  const used: (Usage | undefined)[] = [];
  for (const { agentId, agentTaskId } of recall.agents) {
    const found = await agent(head.tenant, agentId);
    if (found !== undefined) used.push(await calls.cancel(found, agentTaskId));
  }
  if (recall.child !== undefined) await endChild(recall.child);
  await commitTransition(executions, { head, transition: calledOff(record, sumUsage(used)) });
}
