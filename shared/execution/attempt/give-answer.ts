import { NoSuchKey } from "@aws-sdk/client-s3";
import type { Agent } from "../../agents/agent.ts";
import { AGENT_REFUSED, CONTENT_REFUSED } from "../../agents/calls/refusal.ts";
import type { AttemptMessage, AttemptOutcome, FoundAttempt } from "../../agents/calls/agent-calls.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { AwaitMessage } from "../messages.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { loadAttempt } from "../runtime/load-attempt.ts";
import { isoNow } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { commitTransition } from "../store/execution-store.ts";
import { deletePayload, loadPayload } from "../store/payload-store.ts";
import { type Answer, answerOpened, type InHands } from "../task/attempt-transitions.ts";
import { isCredential } from "../task/payload-keys.ts";
import { questionIdOf } from "../task/task-rules.ts";
import type { TaskIn } from "../task/task-record.ts";
import { sendPatiently } from "./hold-send.ts";
import { applyOutcome } from "./send-attempt.ts";

const REFUSALS: ReadonlySet<string> = new Set([AGENT_REFUSED, CONTENT_REFUSED]);

type Answered = Attempt<TaskIn<"running">>;

/**
 * Gives an agent what a person answered to its question: the same A2A task and context, a new message. Whatever the
 * agent replies is an outcome like that of any send.
 *
 * 1. The row holds the answer until the agent has gone on: a message about another answer changes nothing.
 * 2. The agent is asked first whether it still asks the same. A question that was answered elsewhere meanwhile, such as
 *    in the orchestrator that the agent is, gets no second answer.
 * 3. A credential is forgotten once it was given, whatever came of it (A2A 1.0.1 §7.6.4: it covers this message only).
 */
export async function giveAnswer(
  runtime: Runtime,
  attempt: Attempt<InHands>,
  { agent, answer: { messageId } }: { agent: Agent; answer: NonNullable<AwaitMessage["answer"]> },
): Promise<void> {
  const { record } = attempt;
  if (record.state !== "running" || record.answer?.messageId !== messageId || record.agentTaskId === undefined) return;
  const { answer, agentTaskId } = record;
  const found = await runtime.calls.get(agent, agentTaskId);
  const isAnswered = found.kind === "input_required" && questionIdOf(found) !== answer.questionId;
  if (isAnswered || found.kind === "completed" || found.kind === "failed" || found.kind === "working") {
    await forget(runtime, answer);
    return applyOutcome(runtime, attempt, { agent, outcome: found });
  }
  const transition = answerOpened(record, { answer, openedAt: isoNow(runtime) });
  // A row that moved meanwhile is looked at by the function that moved it.
  if ((await commitTransition(runtime.executions, { head: attempt.head, transition })) === "stale") return;
  await send(runtime, { ...attempt, record: transition.row }, { agent, answer, agentTaskId, found });
}

interface Giving {
  readonly agent: Agent;
  readonly answer: Answer;
  readonly agentTaskId: string;
  /** How the agent stood to its question just before. */
  readonly found: FoundAttempt;
}

async function send(runtime: Runtime, attempt: Answered, giving: Giving): Promise<void> {
  const { agent, agentTaskId, answer, found } = giving;
  const said = await loadAnswer(runtime, answer);
  // A credential that was given, to an agent that asks the same again.
  if (said === undefined) return applyOutcome(runtime, withoutAnswer(attempt), { agent, outcome: asAsked(found, agentTaskId) });
  const outcome = await sendPatiently(runtime, attempt, { agent, message: answerMessage(attempt, giving, said.input) });
  if (outcome.kind === "in_doubt") return leaveInDoubt(runtime, attempt, answer);
  await forget(runtime, answer);
  const current = await loadAttempt(runtime, refOf(attempt));
  if (current?.record.state !== "running" || current.record.answer?.messageId !== answer.messageId) return;
  const isRefused = outcome.kind === "failed" && REFUSALS.has(outcome.failure.code);
  const heard = isRefused ? asAsked(await runtime.calls.get(agent, agentTaskId), agentTaskId) : outcome;
  const standing = { ...current, record: current.record };
  // What the agent says to the answer counts, also when it asks the same again.
  await applyOutcome(runtime, heard.kind === "input_required" ? withoutAnswer(standing) : standing, { agent, outcome: heard });
}

const withoutAnswer = (attempt: Answered): Answered => ({ ...attempt, record: { ...attempt.record, answer: undefined } });

/** What was not taken leaves the question open, or what stands in its place by now; else the next look tells. */
const asAsked = (found: FoundAttempt, agentTaskId: string): AttemptOutcome =>
  found.kind === "not_found" || found.kind === "unsupported" || found.kind === "in_doubt" ? { kind: "working", agentTaskId } : found;

/** The agent has the answer or not: a look tells, and sends it again to an agent that still asks. */
async function leaveInDoubt(runtime: Runtime, attempt: Answered, answer: Answer): Promise<void> {
  await runtime.mail.watch({ dispatch: refOf(attempt), looks: 0 }, EXECUTION_LIMITS.doubtSeconds);
  await commitTransition(runtime.executions, {
    head: attempt.head,
    transition: answerOpened(attempt.record, { answer, openedAt: undefined }),
  });
}

/** The answer, unless it was a credential that is gone. */
async function loadAnswer(runtime: Runtime, { input }: Answer): Promise<{ readonly input: unknown } | undefined> {
  try {
    return { input: await loadPayload(runtime.payloads, input) };
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

async function forget(runtime: Runtime, { input }: Answer): Promise<void> {
  if ("key" in input && isCredential(input.key)) await deletePayload(runtime.payloads, input);
}

function answerMessage({ run, record, task }: Answered, { answer, agentTaskId, found }: Giving, input: unknown): AttemptMessage {
  const askedIn = found.kind === "input_required" ? found.askedIn : undefined;
  return {
    messageId: answer.messageId,
    contextId: record.contextId ?? "",
    agentTaskId,
    data: { task: task.id, input },
    metadata: {
      execution_id: run.execution,
      task_id: task.id,
      attempt: record.attempt,
      answers: agentTaskId,
      ...(askedIn === undefined ? {} : { in_reply_to: askedIn }),
    },
    files: [],
    push: undefined,
    ...("key" in answer.input && isCredential(answer.input.key) ? { isSecret: true } : {}),
  };
}
