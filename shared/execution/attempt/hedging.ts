import type { Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoNow } from "../runtime/clock.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import type { Usage } from "../../core/usage.ts";
import { commitTransition, loadTask } from "../store/execution-store.ts";
import type { InHands } from "../task/attempt-transitions.ts";
import { hedgeName } from "../task/for-each.ts";
import { calledOff, hedged } from "../task/steering-transitions.ts";
import { hasSettled } from "../task/task-rules.ts";
import { settleAttempt } from "./settle-attempt.ts";

/**
 * Hedging: a task whose agent takes long is given to a second one as well, as a task of its own beside the first. The
 * first answer counts, whoever gave it; the other is called back. A second attempt that fails changes nothing.
 */

/** Gives the task to a second agent. The row says so first, so that it happens once. */
export async function startHedge(runtime: Stores & Engine & Clock, attempt: Attempt<InHands>): Promise<void> {
  const { record, head, run } = attempt;
  const transition = hedged(record, isoNow(runtime));
  if ((await commitTransition(runtime.executions, { head, transition })) === "stale") return;
  await runtime.mail.task({ run, task: hedgeName(record.task), token: record.token, seen: 0 }, 0);
}

/**
 * Takes the second attempt's answer as the task's, and calls the first agent back.
 *
 * @returns whether there was one.
 */
export async function takeHedge(runtime: Runtime, attempt: Attempt<InHands>): Promise<boolean> {
  const { record, run } = attempt;
  if (record.hedgedAt === undefined) return false;
  const second = await loadTask(runtime.executions, { ...refOf(attempt), task: hedgeName(record.task) });
  if (second?.state !== "completed" || second.output === undefined) return false;
  const output = await runtime.load(second.output);
  await settleAttempt(runtime, { ...attempt, record: { ...record, hedgedAt: undefined } }, { kind: "completed", output });
  const agent = await runtime.agent(run.tenant, record.agentId);
  if (agent === undefined || record.agentTaskId === undefined) return true;
  const used = await runtime.calls.cancel(agent, record.agentTaskId);
  if (used !== undefined) await countCalledOff(runtime, attempt, used);
  return true;
}

/**
 * Adds what the agent used that was called back. Its attempt is the settled one: the answer was the second's. Where the
 * row has moved on since it settled, another worker has called the agent back as well, and counted it.
 */
async function countCalledOff(runtime: Stores, attempt: Attempt, used: Usage): Promise<void> {
  const { attempt: nth, move } = attempt.record;
  const settled = await loadTask(runtime.executions, refOf(attempt));
  if (settled?.attempt !== nth || settled.move !== move + 1 || !hasSettled(settled) || settled.recall !== undefined) return;
  await commitTransition(runtime.executions, { head: attempt.head, transition: calledOff(settled, used) });
}
