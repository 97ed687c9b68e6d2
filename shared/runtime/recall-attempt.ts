import { loadTask, moveTask, newEvent } from "../aws/execution-store.ts";
import { parkedKey } from "../aws/keys.ts";
import type { Agent } from "../schemas/agent.ts";
import { isSettled } from "../schemas/execution.ts";
import type { AgentCalls } from "./agent-calls.ts";
import type { Attempt } from "./attempt.ts";
import { markCancelled } from "./control/mark-cancelled.ts";
import { isoNow, type Runtime } from "./runtime.ts";

/** What recalling stands on. */
export type RecallDeps = Pick<Runtime, "executions" | "agent" | "now"> & { readonly calls: Pick<AgentCalls, "cancel"> };

/**
 * Ends a task whose execution is over: nobody waits for it any more. The row first, so that nothing new starts; then
 * the agent is asked to stop, which it may or may not do. A row that a newer run took over meanwhile is left alone.
 */
export async function recallAttempt(
  runtime: RecallDeps,
  { head, record }: Pick<Attempt, "head" | "record">,
  agent: Agent | undefined,
): Promise<void> {
  const at = isoNow(runtime);
  const ref = { tenant: head.tenant, execution: head.executionId, task: record.task };
  const started = record.dispatchedAt ?? at;
  const facts = {
    task_id: record.task,
    attempt: record.attempt,
    agent_id: record.agentId,
    status: "cancelled" as const,
    duration_seconds: (Date.parse(at) - Date.parse(started)) / 1000,
  };
  const moved = await moveTask(runtime.executions, head, {
    task: record.task,
    from: [record.state],
    attempt: record.attempt,
    holds: { run: record.run },
    set: { state: "cancelled", settledAt: at, reason: undefined },
    events: [newEvent("task.completed", { id: `${record.task}.${record.attempt}.cancelled`, at, facts })],
    also: record.reason === undefined ? [] : [{ Delete: { TableName: runtime.executions.table, Key: { ...parkedKey(ref) } } }],
  });
  if (moved === "stale") {
    const found = await loadTask(runtime.executions, ref);
    if (found === undefined || isSettled(found.state) || found.run !== record.run) return;
    return recallAttempt(runtime, { head, record: found }, agent);
  }
  if (record.child !== undefined) await markCancelled(runtime, { parent: head, child: record.child });
  if (agent !== undefined && record.agentTaskId !== undefined) await runtime.calls.cancel(agent, record.agentTaskId);
}
