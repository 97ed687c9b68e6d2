import { loadTask, moveTask, newEvent } from "../store/execution-store.ts";
import { parkedKey } from "../store/keys.ts";
import { atWork } from "../control/restart-rules.ts";
import { isSettled } from "../execution.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { callOff, type CallOffDeps } from "./call-off.ts";
import { markCancelled } from "../control/mark-cancelled.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";

/** What recalling stands on. */
export type RecallDeps = CallOffDeps & Pick<Runtime, "now">;

/**
 * Ends a task whose execution is over: nobody waits for it any more. The row first, so that nothing new starts; then
 * whoever was at work on it is told to stop, which an agent may or may not do. A row that a newer run took over
 * meanwhile is left alone.
 */
export async function recallAttempt(
  runtime: RecallDeps,
  { head, record }: Pick<Attempt, "head" | "record">,
): Promise<void> {
  const endChild = (child: string): Promise<void> => markCancelled(runtime, { parent: head, child });
  // Whoever took it back may have been cut off before everybody knew.
  if (isSettled(record.state)) return callOff(runtime, head, { row: record, endChild });
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
  const set = { state: "cancelled" as const, settledAt: at, reason: undefined, recall: atWork(record) };
  const moved = await moveTask(runtime.executions, head, {
    task: record.task,
    from: [record.state],
    attempt: record.attempt,
    holds: { run: record.run },
    set,
    events: [newEvent("task.completed", { id: `${record.task}.${record.attempt}.cancelled`, at, facts })],
    also:
      record.reason === undefined
        ? []
        : [{ Delete: { TableName: runtime.executions.table, Key: { ...parkedKey(ref) } } }],
  });
  if (moved === "written") return callOff(runtime, head, { row: { ...record, ...set }, endChild });
  const found = await loadTask(runtime.executions, ref);
  if (found === undefined || isSettled(found.state) || found.run !== record.run) return;
  return recallAttempt(runtime, { head, record: found });
}
