import type { AgentCalls } from "../../agents/calls/agent-calls.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { commitTransition, type ExecutionHead } from "../store/execution-store.ts";
import { calledOff } from "../task/steering-transitions.ts";
import type { TaskRecord } from "../task/task-record.ts";

/** What calling tasks off stands on. */
export type CancelDeps = Pick<Runtime, "executions" | "agent"> & { readonly calls: Pick<AgentCalls, "cancel"> };

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
  for (const { agentId, agentTaskId } of recall.agents) {
    const found = await agent(head.tenant, agentId);
    if (found !== undefined) await calls.cancel(found, agentTaskId);
  }
  if (recall.child !== undefined) await endChild(recall.child);
  await commitTransition(executions, { head, transition: calledOff(record) });
}
