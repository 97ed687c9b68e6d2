import type { Agents, Runtime, Stores } from "../../shared/execution/runtime/runtime.ts";
import { type Clock, isoNow } from "../../shared/execution/runtime/clock.ts";
import type { AttemptOutcome, FoundAttempt } from "../../shared/agents/calls/agent-calls.ts";
import { type Attempt, refOf } from "../../shared/execution/runtime/attempt.ts";
import { loadAttempt } from "../../shared/execution/runtime/load-attempt.ts";
import {
  isOverdue,
  schedulePoll,
  secondsToHedge,
  sendOverAt,
  timedOut,
} from "../../shared/execution/attempt/watching.ts";
import { pollChild } from "../../shared/execution/run/child-execution.ts";
import { tellParent } from "../../shared/execution/run/finish-execution.ts";
import { handleLostAgent } from "../../shared/execution/attempt/lost-agent.ts";
import { recoverAnswer } from "../../shared/execution/attempt/lost-answer.ts";
import { applyOutcome } from "../../shared/execution/attempt/send-attempt.ts";
import type { Hold } from "../../shared/execution/control.ts";
import { commitTransition } from "../../shared/execution/store/execution-store.ts";
import { deadlineMoved } from "../../shared/execution/task/steering-transitions.ts";
import { cancelAttempt } from "../../shared/execution/attempt/end-attempt.ts";
import { settleAttempt } from "../../shared/execution/attempt/settle-attempt.ts";
import { ensureConsequences } from "../../shared/execution/run/ensure-consequences.ts";
import type { InHands } from "../../shared/execution/task/attempt-transitions.ts";
import { transcribed } from "../../shared/execution/attempt/transcript.ts";
import { startHedge, takeHedge } from "../../shared/execution/attempt/hedging.ts";
import { EXECUTION_LIMITS } from "../../shared/execution/limits.ts";
import type { Agent } from "../../shared/agents/agent.ts";
import { type Execution, isFinished } from "../../shared/execution/execution.ts";
import { type TaskIn } from "../../shared/execution/task/task-record.ts";
import { isAtWork, isNews } from "../../shared/execution/task/task-rules.ts";
import type { WatchMessage } from "../../shared/execution/messages.ts";

type Working = Attempt<InHands>;

/** Code of an attempt whose agent left the registry. */
export const AGENT_GONE = "AgentGone";

/**
 * Looks at an attempt in an agent's hands: finds out about a lost send, polls, and ends the attempt at its deadline if
 * it is not done even then.
 */
export async function watchTask(runtime: Runtime, { dispatch, looks, once, ...since }: WatchMessage): Promise<void> {
  const attempt = await loadAttempt(runtime, dispatch);
  if (attempt === undefined) return;
  const { record } = attempt;
  const execution = await runtime.execution(dispatch.tenant, dispatch.execution);
  const isOver = isFinished(execution.status);
  if (!isAtWork(record)) return isOver ? tellParent(runtime, execution) : ensureConsequences(runtime, attempt);
  const working = { ...attempt, record };
  if (attempt.task.kind === "workflow" && !isOver) return pollChild(runtime, attempt, { looks, once });
  if (record.items !== undefined) return;
  if (isOver) return cancelAttempt(runtime, attempt);
  const agent = await runtime.agent(dispatch.tenant, record.agentId);
  if (agent === undefined) return settleAttempt(runtime, attempt, agentGone(attempt));
  await watchAgent(runtime, working, { agent, execution, looks, once: once === true, ...since });
}

/** A look at an agent; `once`: whatever it says, no look follows. */
interface Look {
  readonly agent: Agent;
  readonly looks: number;
  readonly once: boolean;
  /** Since when the agent says that it has no such task. */
  readonly missingSince?: string | undefined;
  /** Since when it says that it is done, without an answer. */
  readonly emptySince?: string | undefined;
  /** Since when nothing answers at its address. */
  readonly unreachableSince?: string | undefined;
}

async function watchAgent(runtime: Runtime, attempt: Working, look: Look & { execution: Execution }): Promise<void> {
  const { agent, execution, looks, once, missingSince, emptySince, unreachableSince } = look;
  const { agentTaskId } = attempt.record;
  if (isOverdue(runtime, attempt, execution)) {
    const hold = await runtime.hold(execution.tenant, execution.workflowId);
    if (hold === undefined) return giveUp(runtime, attempt, agent);
    await giveTimeBack(runtime, attempt, hold);
    return once ? undefined : runtime.mail.watch({ dispatch: refOf(attempt), looks }, EXECUTION_LIMITS.backstopSeconds);
  }
  if (await takeHedge(runtime, attempt)) return;
  if (secondsToHedge(runtime, attempt) <= 0) await startHedge(runtime, attempt);
  const { record } = attempt;
  if (agentTaskId === undefined) return record.state === "dispatched" ? clearDoubt(runtime, { ...attempt, record }, look) : undefined;
  const found = await transcribed(runtime, attempt, { agent, act: "look", doing: () => runtime.calls.get(agent, agentTaskId) });
  if (found.kind === "not_found") return forgotten(runtime, attempt, { agent, looks, missingSince });
  const isEnd = found.kind === "completed" || found.kind === "failed";
  const isHeard = (found.kind === "input_required" || found.kind === "working") && isNews(record, found);
  if (isEnd || isHeard) return applyOutcome(runtime, attempt, { agent, outcome: found, emptySince });
  if (found.kind === "in_doubt" && (await handleLostAgent(runtime, attempt, { agent, looks, once, found, unreachableSince }))) return;
  await sendLateAnswer(runtime, attempt);
  if (!once) await schedulePoll(runtime, attempt, { agent, looks: isEarly(runtime, attempt, agent) ? looks : looks + 1 });
}

/** A look before the backstop's time, such as at an attempt whose message came again, does not make the next one rarer. */
const isEarly = (
  { now, pushBaseUrl }: Pick<Clock, "now"> & Pick<Agents, "pushBaseUrl">,
  { record }: Working,
  agent: Agent,
): boolean =>
  agent.supports_push && pushBaseUrl !== undefined && now().getTime() < Date.parse(record.dispatchedAt) + EXECUTION_LIMITS.backstopSeconds * 1000;

/** An answer that is on record and was not taken up by any sender goes out again: its first message may be lost. */
async function sendLateAnswer(runtime: Runtime, attempt: Working): Promise<void> {
  const { record } = attempt;
  if (record.state !== "running" || record.answer === undefined || record.answer.openedAt !== undefined) return;
  const { messageId, input, at } = record.answer;
  const isLate = runtime.now().getTime() >= Date.parse(at) + EXECUTION_LIMITS.lostMessageSeconds * 1000;
  if (!isLate || (await runtime.mail.unawaited()) > 0) return;
  await runtime.mail.awaitAnswer({ dispatch: refOf(attempt), answer: { messageId, input } });
}

/** A hold stops the clock as a pause does: the attempt has as much time from now as it had left when the hold began. */
async function giveTimeBack(runtime: Stores & Clock, { record, head }: Working, hold: Hold): Promise<void> {
  if (record.state === "input_required" || record.deadlineAt === undefined) return;
  const began = Math.max(Date.parse(hold.at), Date.parse(record.dispatchedAt));
  const left = Math.max(0, Date.parse(record.deadlineAt) - began);
  const transition = deadlineMoved({ ...record, deadlineAt: record.deadlineAt }, new Date(runtime.now().getTime() + left).toISOString());
  await commitTransition(runtime.executions, { head, transition });
}

/** A last look: the agent may be done and its push lost, or have taken a message it never answered. */
async function giveUp(runtime: Runtime, attempt: Attempt, agent: Agent): Promise<void> {
  const { agentTaskId: known, contextId = "", messageId = "" } = attempt.record;
  const { calls } = runtime;
  const doing = async (): Promise<FoundAttempt> => {
    const found = known === undefined ? await calls.find(agent, { contextId, messageId }) : await calls.get(agent, known);
    if (found.kind === "completed" || found.kind === "failed") return found;
    const agentTaskId = "agentTaskId" in found ? found.agentTaskId : known;
    if (agentTaskId !== undefined) await calls.cancel(agent, agentTaskId);
    return found;
  };
  const found = await transcribed(runtime, attempt, { agent, act: "give_up", doing });
  await settleAttempt(runtime, attempt, found.kind === "completed" || found.kind === "failed" ? found : timedOut(attempt));
}

/**
 * The send was never answered: the agent is asked whether it took the message. When it did not, or cannot tell, the sender
 * may still be at it for a while. Once it cannot any more, the rule of author and agent says whether the message goes out
 * again; else a push or the deadline decides.
 */
async function clearDoubt(runtime: Runtime, attempt: Attempt<TaskIn<"dispatched">>, look: Look): Promise<void> {
  const { record } = attempt;
  const { agent, looks, once } = look;
  if (record.awaited !== undefined) return lookAtWaiter(runtime, attempt, { agent, looks, once });
  const left = Math.ceil((sendOverAt(record) - runtime.now().getTime()) / 1000);
  const isOver = left <= 0;
  const found = await recoverAnswer(runtime, attempt, { agent, isOver });
  if (found === "recovered") return;
  if (found !== "waiting" && (await handleLostAgent(runtime, attempt, { ...look, found }))) return;
  if (once) return;
  if (isOver) return schedulePoll(runtime, attempt, { agent, looks: looks + 1 });
  await runtime.mail.watch({ dispatch: refOf(attempt), looks }, Math.min(left, EXECUTION_LIMITS.doubtSeconds));
}

/**
 * The function that may wait long has the send. A message to it that is late though no other waits there is sent again:
 * of two that come to be, the first one's move is written. Should that function die, its own message brings the next.
 */
async function lookAtWaiter(
  runtime: Runtime,
  attempt: Attempt<TaskIn<"dispatched">>,
  { agent, looks, once }: Look,
): Promise<void> {
  const { awaited, dispatchedAt } = attempt.record;
  const now = runtime.now().getTime();
  const isLate = now >= Date.parse(dispatchedAt) + EXECUTION_LIMITS.lostMessageSeconds * 1000;
  if (awaited?.openUntil === undefined && isLate && (await runtime.mail.unawaited()) === 0) {
    await runtime.mail.awaitAnswer({ dispatch: refOf(attempt) });
  }
  // Looks go on meanwhile: this one may have come before the row said that the agent named its task.
  const isOpen = sendOverAt(attempt.record) > now;
  const found = isOpen ? "waiting" : await recoverAnswer(runtime, attempt, { agent, isOver: true });
  if (found === "recovered" || once) return;
  await schedulePoll(runtime, attempt, { agent, looks: looks + 1 });
}

const agentGone = ({ record }: Attempt): Extract<AttemptOutcome, { kind: "failed" }> => ({
  kind: "failed",
  failure: { code: AGENT_GONE, message: `agent ${record.agentId ?? "?"} is no longer registered` },
  retryable: true,
});

/** An agent may answer before it has stored its task, or restart in between: once is not for good. */
async function forgotten(
  runtime: Runtime,
  attempt: Working,
  { agent, looks, missingSince }: { agent: Agent; looks: number; missingSince: string | undefined },
): Promise<void> {
  const since = missingSince ?? isoNow(runtime);
  if (runtime.now().getTime() < Date.parse(since) + EXECUTION_LIMITS.missingTaskSeconds * 1000) {
    return runtime.mail.watch({ dispatch: refOf(attempt), looks, missingSince: since }, EXECUTION_LIMITS.doubtSeconds);
  }
  const message = `agent ${agent.agent_id} does not know the task it accepted`;
  await settleAttempt(runtime, attempt, { kind: "failed", failure: { code: "AgentForgotTask", message }, retryable: true });
}
