import type { Agent } from "../../agents/agent.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { waitsFor } from "../run/graph-run.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { commitTransition } from "../store/execution-store.ts";
import { type InHands, turnedAway } from "../task/attempt-transitions.ts";

/**
 * Takes an attempt back whose message was turned away because its provider wants fewer: the whole group is left alone for
 * so long, then the same attempt goes out again. It costs no attempt, and no breaker hears of it.
 *
 * @returns false when the agent is in no limit group: then it failed like any other.
 */
export async function turnAway(
  runtime: Runtime,
  attempt: Attempt<InHands>,
  { agent, seconds }: { agent: Agent; seconds?: number | undefined },
): Promise<boolean> {
  const { record, head, run, task } = attempt;
  if (record.state !== "dispatched") return false;
  const until = await runtime.pool.holdGroup(agent, { messageId: record.messageId, seconds });
  if (until === undefined) return false;
  const transition = turnedAway(record, { until, at: isoNow(runtime) });
  // A row that moved meanwhile is looked at by the function that moved it.
  if ((await commitTransition(runtime.executions, { head, transition })) === "stale") return true;
  const wait = Math.ceil((Date.parse(until) - runtime.now().getTime()) / 1000);
  const message = { run, task: task.id, token: transition.row.token, seen: waitsFor(run, task).length };
  await runtime.mail.task(message, Math.min(Math.max(wait, 1), EXECUTION_LIMITS.longestDelaySeconds));
  return true;
}
