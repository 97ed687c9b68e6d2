import { loadTask, moveTask, newEvent } from "../aws/execution-store.ts";
import type { Agent } from "../schemas/agent.ts";
import { isSettled } from "../schemas/execution.ts";
import type { Attempt } from "./attempt.ts";
import { isoNow, type Runtime } from "./runtime.ts";

/**
 * Ends a task whose execution is over: nobody waits for it any more. The row first, so that nothing new starts; then
 * the agent is asked to stop, which it may or may not do.
 */
export async function recallAttempt(
  runtime: Runtime,
  { head, record }: Pick<Attempt, "head" | "record">,
  agent: Agent | undefined,
): Promise<void> {
  const at = isoNow(runtime);
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
    set: { state: "cancelled", settledAt: at },
    events: [newEvent("task.completed", { id: `${record.task}.${record.attempt}.cancelled`, at, facts })],
  });
  if (moved === "stale") {
    const found = await loadTask(runtime.executions, { tenant: head.tenant, execution: head.executionId, task: record.task });
    if (found === undefined || isSettled(found.state)) return;
    return recallAttempt(runtime, { head, record: found }, agent);
  }
  if (agent !== undefined && record.agentTaskId !== undefined) await runtime.calls.cancel(agent, record.agentTaskId);
}
