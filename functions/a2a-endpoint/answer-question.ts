import { A2aFault } from "../../shared/a2a/server/faults.ts";
import type { WireMessage } from "../../shared/a2a/server/wire.ts";
import { ConflictError } from "../../shared/core/errors.ts";
import { answerTask } from "../../shared/execution/control/answer-task.ts";
import { decideTask } from "../../shared/execution/control/steer-task.ts";
import { isFinished } from "../../shared/execution/execution.ts";
import { type Caller, isPermitted, requirePermission } from "../../shared/http/caller.ts";
import { answerWrite, findMessage } from "../../shared/endpoint/store/conversation-store.ts";
import { loadPicture } from "../../shared/endpoint/tasks/load-picture.ts";
import { contextOf, type TaskPicture } from "../../shared/endpoint/task-view.ts";
import { answerIn, decisionIn, type Wait, waitAnswered } from "../../shared/endpoint/waits.ts";
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
    throw new A2aFault(
      "INVALID_PARAMS",
      `task '${message.taskId}' belongs to another context; leave contextId out or send '${contextId}'`,
    );
  }
  const from = { caller: caller.subject, messageId: message.messageId };
  if ((await findMessage(deps.conversation, place, from)) !== undefined) return place.execution;
  requireOpen(picture);
  const wait = waitAnswered(picture.waits, message);
  const said: WireMessage = { ...message, contextId };
  const question: WireMessage = {
    messageId: `${place.execution}-asked-${wait.since}`,
    contextId,
    taskId: place.execution,
    role: "ROLE_AGENT",
    parts: [...wait.parts],
  };
  const saying = { caller: caller.subject, at: deps.now().toISOString(), message: said, question };
  const write = await answerWrite(deps.conversation, place, saying);
  if (wait.kind === "approval") {
    await decide(deps, { caller, wait, message });
    // The decision can be repeated: it is the same, or refused by name.
    await deps.executions.committer.commit([write]);
    return place.execution;
  }
  const answer = {
    tenant: caller.tenant,
    execution: wait.execution,
    task: wait.task,
    by: caller.subject,
    input: answerIn(message),
  };
  try {
    await answerTask(deps, answer, [write]);
  } catch (error) {
    const isRepeat =
      error instanceof ConflictError && (await findMessage(deps.conversation, place, from)) !== undefined;
    if (!isRepeat) throw error;
  }
  return place.execution;
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

async function decide(
  deps: EndpointDeps,
  { caller, wait, message }: { caller: Caller; wait: Wait; message: WireMessage },
): Promise<void> {
  const { verdict, reason } = decisionIn(message);
  const may = (roles: readonly string[]): boolean =>
    roles.length === 0 ? isPermitted(caller, "execution:control") : roles.some((role) => caller.roles.includes(role));
  const by = { tenant: caller.tenant, execution: wait.execution, task: wait.task, by: caller.subject, reason };
  await decideTask(deps.steering, by, { verdict, may });
}
