import { moveTask } from "../store/execution-store.ts";
import type { ExecutionHead } from "../store/execution-store.ts";
import type { TaskRecord } from "../execution.ts";
import type { AgentCalls } from "../../agents/calls/agent-calls.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** What calling tasks off stands on. */
export type CallOffDeps = Pick<Runtime, "executions" | "agent"> & { readonly calls: Pick<AgentCalls, "cancel"> };

/** A row that was taken back, and whom to tell. */
export type TakenBack = Pick<TaskRecord, "task" | "state" | "attempt" | "run" | "recall">;

/**
 * Tells those to stop who were at work on a task that was taken back, then strikes them off its row. Agents may go on
 * all the same: what they answer finds nobody. Safe to repeat.
 */
export async function callOff(
  { executions, agent, calls }: CallOffDeps,
  head: ExecutionHead,
  { row, endChild }: { row: TakenBack; endChild: (child: string) => Promise<void> },
): Promise<void> {
  const { task, state, attempt, run, recall } = row;
  if (recall === undefined) return;
  for (const { agentId, agentTaskId } of recall.agents) {
    const found = await agent(head.tenant, agentId);
    if (found !== undefined) await calls.cancel(found, agentTaskId);
  }
  if (recall.child !== undefined) await endChild(recall.child);
  await moveTask(executions, head, {
    task,
    from: [state],
    attempt,
    holds: { run },
    set: { recall: undefined },
    events: [],
  });
}
