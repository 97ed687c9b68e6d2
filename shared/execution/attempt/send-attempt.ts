import type { Agents, Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import { answeringSeen } from "../../agents/registry/answering.ts";
import { commitTransition, loadTask } from "../store/execution-store.ts";
import { type InHands, inputRequired, started, turnedAway } from "../task/attempt-transitions.ts";
import type { TaskIn } from "../task/task-record.ts";
import { attemptPayload } from "../task/payload-keys.ts";
import { savePayload } from "../store/payload-store.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { waitsFor } from "../run/graph-run.ts";
import type { Agent } from "../../agents/agent.ts";
import { isAtWork, isNews, questionIdOf } from "../task/task-rules.ts";
import type { AttemptMessage, AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { settleAttempt } from "./settle-attempt.ts";
import { doubted } from "../task/steering-transitions.ts";
import { transcribed } from "./transcript.ts";
import { mayAnswerYet, schedulePoll, sendOverAt, watchSend } from "./watching.ts";

/**
 * Sends an attempt that is already on record, and carries on with whatever the agent answers at once. Where the answer may
 * take longer than a call may, the send is left to `await-agent`.
 */
export async function sendAttempt(
  runtime: Runtime,
  attempt: Attempt<TaskIn<"dispatched">>,
  { agent, message }: { agent: Agent; message: AttemptMessage },
): Promise<void> {
  if (attempt.record.awaited !== undefined) return leaveToWaiter(runtime, attempt);
  const cancel = runtime.after(EXECUTION_LIMITS.unansweredMs, () => watchSend(runtime, attempt));
  const from = runtime.now().getTime();
  const doing = () => runtime.calls.send(agent, message).finally(cancel);
  const outcome = await transcribed(runtime, attempt, { agent, act: "send", message, doing });
  await noteAnswering(runtime, agent, { outcome, from });
  await applyOutcome(runtime, attempt, { agent, outcome });
}

/** Deadline and hedge first: they do not depend on whether anybody ever sends it. */
export async function leaveToWaiter(runtime: Engine & Clock, attempt: Attempt<TaskIn<"dispatched">>): Promise<void> {
  await watchSend(runtime, attempt);
  await runtime.mail.awaitAnswer({ dispatch: refOf(attempt) });
}

/** Remembers what a send that began at `from` (epoch milliseconds) shows of how its agent answers. */
export async function noteAnswering(
  runtime: Pick<Clock, "now"> & Pick<Agents, "pool" | "callSeconds">,
  agent: Agent,
  { outcome, from, isStream = false }: { outcome: AttemptOutcome; from: number; isStream?: boolean },
): Promise<void> {
  const seconds = (runtime.now().getTime() - from) / 1000;
  const hasNamedTask = outcome.kind === "working" && !isStream;
  const answers = answeringSeen(agent.answering, { seconds, callSeconds: runtime.callSeconds, hasNamedTask });
  if (answers !== undefined) await runtime.pool.noteAnswering(agent, answers);
}

/**
 * Carries an attempt on with what its agent said, whichever way we heard it.
 *
 * @param heard `emptySince`: since when the agent says that it is done, without an answer. @default - it says so now
 */
export async function applyOutcome(
  runtime: Runtime,
  attempt: Attempt<InHands>,
  heard: { agent: Agent; outcome: AttemptOutcome; emptySince?: string | undefined },
): Promise<void> {
  const { outcome, agent, emptySince = isoNow(runtime) } = heard;
  switch (outcome.kind) {
    case "completed":
      if (await mayAnswerYet(runtime, attempt, { outcome, emptySince })) return lookForAnswer(runtime, attempt, { agent, outcome, emptySince });
      return settleAttempt(runtime, attempt, outcome);
    case "failed":
      if (outcome.isThrottled === true && (await turnAway(runtime, attempt, { agent, seconds: outcome.retryAfterSeconds }))) return;
      return settleAttempt(runtime, attempt, outcome);
    case "working":
      // The look is on its way before the row says that the agent works: no crash leaves such a row unwatched.
      await schedulePoll(runtime, attempt, { agent, looks: 0, pushes: outcome.pushes });
      return bindAgentTask(runtime, attempt, { agent, outcome });
    case "input_required":
      await schedulePoll(runtime, attempt, { agent, looks: 0 });
      return requireInput(runtime, attempt, outcome);
    case "in_doubt":
      runtime.logger.warn("send in doubt", { ...refOf(attempt), agent: agent.agent_id, reason: outcome.reason });
      await schedulePoll(runtime, attempt, { agent, looks: 0 });
      return recordDoubt(runtime, attempt, outcome.reason);
    default:
      outcome satisfies never;
  }
}

/** Has a task that ended without an answer looked at once more. */
async function lookForAnswer(
  runtime: Runtime,
  attempt: Attempt<InHands>,
  { agent, outcome, emptySince }: { agent: Agent; outcome: Extract<AttemptOutcome, { kind: "completed" }>; emptySince: string },
): Promise<void> {
  await runtime.mail.watch({ dispatch: refOf(attempt), looks: 0, emptySince }, EXECUTION_LIMITS.lateArtifactSeconds);
  const { agentTaskId } = outcome;
  if (agentTaskId !== undefined) await bindAgentTask(runtime, attempt, { agent, outcome: { kind: "working", agentTaskId } });
}

type Working = Extract<AttemptOutcome, { kind: "working" }>;

/**
 * The agent works on it. The move counts only if the row is as it was before the agent was asked: news that was overtaken
 * on the way changes nothing, and the next look tells. An agent whose work nobody waits for any more is told so: until
 * now nobody knew what to call it.
 */
export async function bindAgentTask(
  runtime: Stores & Agents & Clock,
  attempt: Attempt<InHands>,
  { agent, outcome: heard }: { agent: Agent; outcome: Working },
): Promise<void> {
  const { record, head, task } = attempt;
  if (!isNews(record, heard) && record.agentTaskId === heard.agentTaskId) return;
  const deadlineAt = isoAfter(runtime, task.timeoutSeconds);
  const transition = started(record, { heard, at: isoNow(runtime), deadlineAt });
  if ((await commitTransition(runtime.executions, { head, transition })) !== "stale") return;
  const found = await loadTask(runtime.executions, refOf(attempt));
  if (found === undefined || found.attempt !== record.attempt || !isAtWork(found)) await runtime.calls.cancel(agent, heard.agentTaskId);
}

/**
 * Takes an attempt back whose message was turned away because its provider wants fewer: the whole group is left alone for
 * so long, then the same attempt goes out again. It costs no attempt, and no breaker hears of it.
 *
 * @returns false when the agent is in no limit group: then it failed like any other.
 */
async function turnAway(
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

/** Says in the history why nothing happens, and until when. */
export async function recordDoubt(
  runtime: Stores & Clock,
  { record, head }: Attempt<InHands>,
  reason: string,
): Promise<void> {
  if (record.state !== "dispatched") return;
  const settledBy = new Date(sendOverAt(record)).toISOString();
  const until = settledBy < record.deadlineAt ? settledBy : record.deadlineAt;
  const transition = doubted(record, { reason, until, at: isoNow(runtime) });
  await commitTransition(runtime.executions, { head, transition });
}

/** The agent asks. Its deadline stops until it is answered: the wait is ours, not the agent's. */
async function requireInput(
  runtime: Stores & Engine & Clock,
  attempt: Attempt<InHands>,
  heard: Extract<AttemptOutcome, { kind: "input_required" }>,
): Promise<void> {
  const { record, head } = attempt;
  if (!isNews(record, heard) && record.agentTaskId === heard.agentTaskId) return;
  const question = await savePayload(runtime.payloads, attemptPayload(refOf(attempt), "question"), heard.question);
  const transition = inputRequired(record, { heard, question, questionId: questionIdOf(heard), at: isoNow(runtime) });
  if ((await commitTransition(runtime.executions, { head, transition })) !== "stale") return;
  // A push of the question and the answer to the send may meet: whoever comes second must not wait for the backstop.
  await runtime.mail.watch({ dispatch: refOf(attempt), looks: 0, once: true }, 1);
}
