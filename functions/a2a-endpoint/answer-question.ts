import { A2aFault } from "../../shared/endpoint/wire/faults.ts";
import type { WireMessage } from "../../shared/endpoint/wire/wire.ts";
import type { Write } from "../../shared/aws/group-commit.ts";
import { ConflictError } from "../../shared/core/errors.ts";
import { answerTask } from "../../shared/execution/control/answer-task.ts";
import { decideTask } from "../../shared/execution/control/steer-task.ts";
import { isFinished } from "../../shared/execution/execution.ts";
import { TASK_ACTIONS } from "../../shared/execution/lifecycle/task-actions.ts";
import { type Caller, isPermitted, requirePermission } from "../../shared/http/caller.ts";
import { answerWrite, findMessage } from "../../shared/endpoint/store/conversation-store.ts";
import type { Place } from "../../shared/endpoint/store/keys.ts";
import { loadPicture } from "../../shared/endpoint/tasks/load-picture.ts";
import { contextOf, type TaskPicture } from "../../shared/endpoint/task-view.ts";
import { answerIn, askedIn, decisionIn, type Wait, waitAnswered } from "../../shared/endpoint/waits.ts";
import type { Call, EndpointDeps } from "./endpoint.ts";

/**
 * Hands a message to what its task waits for: an agent's question, or a decision. The same message twice is one answer.
 *
 * @throws {NotFoundError} no such task for this tenant.
 * @throws {A2aFault} the task is over or asks for nothing, the context is another one, or the message decides nothing.
 */
export async function answerQuestion(
  deps: EndpointDeps,
  { caller }: Call,
  message: WireMessage & { readonly taskId: string },
): Promise<string> {
  requirePermission(caller, "workflow:submit");
  const place = { tenant: caller.tenant, execution: message.taskId };
  const picture = await loadPicture(deps, place, { history: false, artifacts: false });
  const contextId = contextOf(picture.execution);
  if (message.contextId !== undefined && message.contextId !== contextId) {
    const remedy = `leave contextId out or send '${contextId}'`;
    throw new A2aFault("INVALID_PARAMS", `task '${message.taskId}' belongs to another context; ${remedy}`);
  }
  const from = { caller: caller.subject, messageId: message.messageId };
  if ((await findMessage(deps.conversation, place, from)) !== undefined) return place.execution;
  requireOpen(picture);
  const wait = waitAnswered(picture.waits, message);
  const said: WireMessage = { ...message, contextId, ...(wait.kind === "auth" ? { parts: NOT_KEPT } : {}) };
  const saying = { caller: caller.subject, at: deps.now().toISOString(), message: said };
  const question = questionOf(wait, { contextId, taskId: place.execution });
  const write = await answerWrite(deps.conversation, place, { ...saying, question });
  if (wait.kind === "approval") {
    await decide(deps, { caller, wait, message });
    // The decision can be repeated: it is the same, or refused by name.
    await deps.executions.committer.commit([write]);
  } else await reply(deps, { caller, wait, message, write, place });
  return place.execution;
}

/** In place of a credential, which is for the agent alone. */
const NOT_KEPT: WireMessage["parts"] = [{ text: "(a credential; it was handed on and is not kept)" }];

/** What is asked, as the history keeps it. */
const questionOf = (wait: Wait, place: { contextId: string; taskId: string }): WireMessage => ({
  messageId: askedIn(place.taskId, wait),
  ...place,
  role: "ROLE_AGENT",
  parts: [...wait.parts],
});

/** Hands an agent its answer, unless a repeat of the message has done so meanwhile. */
async function reply(
  deps: EndpointDeps,
  { caller, wait, message, write, place }: Answering & { readonly write: Write; readonly place: Place },
): Promise<void> {
  const { tenant, subject: by } = caller;
  try {
    const answer = { tenant, execution: wait.execution, task: wait.task, by, input: answerIn(message) };
    await answerTask(deps, answer, [write]);
  } catch (error) {
    const from = { caller: by, messageId: message.messageId };
    const isRepeat =
      error instanceof ConflictError && (await findMessage(deps.conversation, place, from)) !== undefined;
    if (!isRepeat) throw error;
  }
}

/** Who answers what. */
interface Answering {
  readonly caller: Caller;
  readonly wait: Wait;
  readonly message: WireMessage;
}

function requireOpen({ execution }: TaskPicture): void {
  if (!isFinished(execution.status)) return;
  throw new A2aFault(
    "UNSUPPORTED_OPERATION",
    `task '${execution.executionId}' is ${execution.status} and takes no more messages; start another one in its context`,
    {
      taskId: execution.executionId,
    },
  );
}

async function decide(deps: EndpointDeps, { caller, wait, message }: Answering): Promise<void> {
  const { verdict, reason } = decisionIn(message);
  const may = (roles: readonly string[]): boolean =>
    roles.length === 0 ? isPermitted(caller, TASK_ACTIONS.approve.whereNoRoles) : roles.some((role) => caller.roles.includes(role));
  const by = { tenant: caller.tenant, execution: wait.execution, task: wait.task, by: caller.subject, reason };
  await decideTask(deps.steering, by, { verdict, may });
}
