import type { A2aClient, SendOutcome, SendTask } from "../../a2a/a2a-client.ts";
import type { AgentEndpoint } from "../../a2a/agent-routes.ts";
import { AgentRefusedError, AgentUnavailableError } from "../../a2a/errors.ts";
import { given } from "../../a2a/parts.ts";
import { answerOf, answerOfParts, outputOf, outputOfParts, textOf } from "../../a2a/task-output.ts";
import { isTerminal, type TaskSnapshot, usageOfTask } from "../../a2a/task-snapshot.ts";
import type { Usage } from "../../core/usage.ts";
import { OrchestratorError } from "../../core/errors.ts";
import { AGENT_LIMITS } from "../limits.ts";
import type { AgentCalls, AttemptMessage, AttemptOutcome, FoundAttempt, Patience } from "./agent-calls.ts";
import type { Agent } from "../agent.ts";
import { codeOfRefusal } from "./refusal.ts";
import { extensionFields, partsSentTo } from "./message-parts.ts";
import { endpointReader } from "./agent-endpoint.ts";
import { withAnswer } from "../../a2a/whole-answer.ts";

/**
 * Agent calls over A2A. `readSecret` gives the parsed content of a secret by its ARN; a send that nobody is patient with
 * takes `callSeconds` at most.
 */
export function a2aCalls(
  client: A2aClient,
  readSecret: (arn: string) => Promise<unknown>,
  callSeconds: number = AGENT_LIMITS.agentCallSeconds,
): AgentCalls {
  const endpoint = endpointReader(readSecret);
  return {
    send: (agent, message, patience) =>
      asValue(async () => {
        const waiting = patience === undefined ? { timeoutMs: Math.min(callSeconds * 1000, message.timeoutMs ?? Infinity) } : waitingOf(patience);
        const at = await endpoint(agent);
        return outcomeOfSend(await wholeSend(client, at, await client.sendTask(at, { ...toSend(agent, message), ...waiting })));
      }),
    get: (agent, agentTaskId) =>
      asValue(async () => {
        const at = await endpoint(agent);
        const found = await client.getTask(at, agentTaskId);
        return found === "not-found" ? { kind: "not_found" } : outcomeOfTask(await withAnswer(client, at, found));
      }, "later"),
    find: (agent, sent) =>
      asValue(async () => {
        const at = await endpoint(agent);
        const found = await findTask(client, at, sent);
        if (found === "unsupported") return { kind: "unsupported" };
        return found === "not-found" ? { kind: "not_found" } : outcomeOfTask(await withAnswer(client, at, found));
      }, "later"),
    cancel: async (agent, agentTaskId) => {
      let used: Usage | undefined;
      await asValue(async () => {
        const left = await client.cancelTask(await endpoint(agent), agentTaskId);
        if (left !== "not-found" && isTerminal(left.state)) used = usageOfTask(left);
        return { kind: "not_found" };
      }, "later");
      return used;
    },
  };
}

/** An agent that refuses to list says nothing about the task. */
async function findTask(client: A2aClient, at: AgentEndpoint, sent: { contextId: string; messageId: string }) {
  try {
    return await client.findTask(at, sent);
  } catch (error) {
    if (error instanceof AgentRefusedError) return "unsupported";
    throw error;
  }
}

/** A send's task with its answer. While the agent cannot be asked for that, it counts as at work: a look finds it. */
async function wholeSend(client: A2aClient, at: AgentEndpoint, sent: SendOutcome): Promise<SendOutcome> {
  if (sent.kind !== "task") return sent;
  try {
    return { ...sent, snapshot: await withAnswer(client, at, sent.snapshot) };
  } catch (error) {
    if (!(error instanceof AgentUnavailableError)) throw error;
    return { ...sent, snapshot: { ...sent.snapshot, state: "working" }, push: false };
  }
}

function waitingOf({ seconds, stream, onTask, signal }: Patience): Pick<SendTask, "timeoutMs" | "stream" | "onTask" | "signal"> {
  const tell = (snapshot: TaskSnapshot): void => {
    const heard = outcomeOfTask(snapshot);
    if (heard.kind === "working") onTask(heard);
  };
  return { timeoutMs: seconds * 1000, stream, onTask: tell, signal };
}

function toSend(agent: Agent, message: AttemptMessage) {
  const parts = partsSentTo(agent, message);
  return {
    messageId: message.messageId,
    contextId: message.contextId,
    parts,
    ...extensionFields(agent, message.metadata),
    ...(message.agentTaskId === undefined ? {} : { taskId: message.agentTaskId }),
    ...(message.push === undefined ? {} : { push: message.push }),
  };
}

/** What became of a send, as a value. */
export function outcomeOfSend(outcome: SendOutcome): AttemptOutcome {
  switch (outcome.kind) {
    case "task":
      return outcomeOfTask(outcome.snapshot, outcome.push);
    case "message":
      return { kind: "completed", ...answerOfParts(outcome.parts), ...given("usage", outcome.usage) };
    case "refused":
      return {
        kind: "failed",
        failure: { code: codeOfRefusal(outcome.code), message: `${outcome.code}: ${outcome.message}` },
        retryable: outcome.retryable,
        retryAfterSeconds: outcome.retryAfterMs === undefined ? undefined : outcome.retryAfterMs / 1000,
        ...(isThrottled(outcome) ? { isThrottled: true } : {}),
      };
    case "in-doubt":
      return { kind: "in_doubt", reason: outcome.reason };
    default:
      return outcome satisfies never;
  }
}

/** Servers say so with 429, and with 503 where they name a time. */
const isThrottled = ({ code, retryAfterMs }: Extract<SendOutcome, { kind: "refused" }>): boolean =>
  code === "HTTP 429" || (code === "HTTP 503" && retryAfterMs !== undefined);

const unusableId: AttemptOutcome = {
  kind: "failed",
  failure: { code: "AgentRefused", message: `its task id is longer than ${AGENT_LIMITS.agentIdCharacters} characters` },
  retryable: false,
};

/** Where a task of an agent stands. Its own "failed" is worth another try; "rejected" is its considered no. */
export function outcomeOfTask(task: TaskSnapshot, pushes?: boolean): AttemptOutcome {
  const { taskId: agentTaskId, state, message = [], messageId: askedIn } = task;
  if (agentTaskId.length > AGENT_LIMITS.agentIdCharacters) return unusableId;
  const contextId = (task.contextId?.length ?? 0) > AGENT_LIMITS.agentIdCharacters ? undefined : task.contextId;
  switch (state) {
    case "completed":
      return {
        kind: "completed",
        ...answerOf(task),
        agentTaskId,
        ...given("usage", usageOfTask(task)),
      };
    case "failed":
    case "rejected":
    case "canceled": {
      const reason = textOf(message) || "the agent gave no reason";
      const failure = { code: `Agent${state === "failed" ? "Failed" : state === "rejected" ? "Rejected" : "Canceled"}`, message: reason };
      const partial = task.artifacts.length === 0 ? {} : { partial: outputOf({ artifacts: task.artifacts }) };
      return { kind: "failed", failure, retryable: state === "failed", ...partial, ...given("usage", usageOfTask(task)) };
    }
    case "input_required":
      return { kind: "input_required", agentTaskId, contextId, question: outputOfParts(message), askedIn };
    case "auth_required":
      return { kind: "input_required", agentTaskId, contextId, question: outputOfParts(message), askedIn, asksFor: "auth" };
    case "unknown": {
      // Agents before 1.0 may say "unknown" and go on.
      if (task.stateName === undefined) return { kind: "working", agentTaskId, contextId, pushes };
      const question = { state: task.stateName, ...(message.length === 0 ? {} : { message: outputOfParts(message) }) };
      return { kind: "input_required", agentTaskId, contextId, question, askedIn, asksFor: "unknown" };
    }
    case "submitted":
    case "working":
      return { kind: "working", agentTaskId, contextId, pushes };
    default:
      return state satisfies never;
  }
}

/** Turns the failures we understand into outcomes. `later`: a read that failed says nothing, so look again. */
async function asValue<Outcome extends FoundAttempt>(
  call: () => Promise<Outcome>,
  mode: "now" | "later" = "now",
): Promise<Outcome | Extract<AttemptOutcome, { kind: "failed" | "in_doubt" }>> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof OrchestratorError)) throw error;
    if (mode === "later" && !(error instanceof AgentRefusedError)) {
      const isUnreachable = error instanceof AgentUnavailableError && error.isUnreachable;
      return { kind: "in_doubt", reason: error.message, ...(isUnreachable ? { isUnreachable } : {}) };
    }
    const failure = { code: error.name, message: error.message };
    return { kind: "failed", failure, retryable: error.recovery === "retry" };
  }
}
