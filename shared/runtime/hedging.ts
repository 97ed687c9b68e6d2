import { loadTask, moveTask, newEvent } from "../aws/execution-store.ts";
import { hedgedTask, hedgeName } from "../domain/for-each.ts";
import { isSettled, type TaskRecord } from "../schemas/execution.ts";
import { type Attempt, loadAttempt, refOf } from "./attempt.ts";
import { recallAttempt } from "./recall-attempt.ts";
import { isoNow, type Runtime } from "./runtime.ts";
import { settleAttempt } from "./settle-attempt.ts";

/**
 * Hedging: a task whose agent takes long is given to a second one as well, as a task of its own beside the first. The
 * first answer counts, whoever gave it; the other is called back. A second attempt that fails changes nothing.
 */

/** Gives the task to a second agent. The row says so first, so that it happens once. */
export async function startHedge(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { record, head, run } = attempt;
  const at = isoNow(runtime);
  const facts = { task_id: record.task, attempt: record.attempt, agent_id: record.agentId ?? "" };
  const moved = await moveTask(runtime.executions, head, {
    task: record.task,
    from: [record.state],
    attempt: record.attempt,
    set: { hedgedAt: at },
    events: [newEvent("task.hedged", { id: `${record.task}.${record.attempt}.hedged`, at, facts })],
  });
  if (moved === "written") await runtime.mail.task({ run, task: hedgeName(record.task), token: record.token, seen: 0 }, 0);
}

/** The second attempt has ended: if it has an answer, and the first has none yet, it is the task's. */
export async function concludeHedge(runtime: Runtime, { run }: Attempt, settled: TaskRecord): Promise<void> {
  const task = hedgedTask(settled.task);
  if (task === undefined || settled.state !== "completed" || settled.output === undefined) return;
  const at = { tenant: run.tenant, execution: run.execution, task };
  const record = await loadTask(runtime.executions, at);
  if (record === undefined || isSettled(record.state)) return;
  const first = await loadAttempt(runtime, { ...at, attempt: record.attempt });
  if (first === undefined) return;
  const output = await runtime.load(settled.output);
  await settleAttempt(runtime, { ...first, record: { ...record, hedgedAt: undefined } }, { kind: "completed", output });
  const agent = await runtime.agent(run.tenant, record.agentId);
  if (agent !== undefined && record.agentTaskId !== undefined) await runtime.calls.cancel(agent, record.agentTaskId);
}

/** The first attempt has ended: the second is not needed any more. */
export async function recallHedge(runtime: Runtime, attempt: Attempt): Promise<void> {
  const ref = { ...refOf(attempt), task: hedgeName(attempt.record.task) };
  const record = await loadTask(runtime.executions, ref);
  if (record === undefined || isSettled(record.state)) return;
  await recallAttempt(runtime, { head: attempt.head, record });
}
