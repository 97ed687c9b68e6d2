import type { IdKind } from "../../core/ids.ts";
import { type AgentStore, findAgent } from "../../agents/store/agent-store.ts";
import type { Write } from "../../aws/group-commit.ts";
import { ConflictError, NotFoundError } from "../../core/errors.ts";
import { DEFAULTS } from "../../workflow/limits.ts";
import { commitTransition, type ExecutionStore, loadExecution, loadTask } from "../store/execution-store.ts";
import { type PayloadStore, savePayload, storeJson } from "../store/payload-store.ts";
import type { PlanView } from "../store/plan-store.ts";
import type { AwaitMessage } from "../messages.ts";
import { attemptPayload, CREDENTIAL } from "../task/payload-keys.ts";
import { inputProvided } from "../task/attempt-transitions.ts";

/** What answering stands on. */
export interface AnswerDeps {
  readonly executions: ExecutionStore;
  readonly payloads: PayloadStore;
  readonly agents: AgentStore;
  readonly plan: (tenant: string, hash: string) => Promise<PlanView>;
  /** Hands an answer to the function that may wait for what the agent says to it. */
  readonly giveAnswer: (message: AwaitMessage) => Promise<void>;
  readonly now: () => Date;
  readonly newId: (kind: IdKind) => string;
}

/** Who answers which task, and what. */
export interface TaskAnswer {
  readonly tenant: string;
  readonly execution: string;
  readonly task: string;
  readonly by: string;
  readonly input: unknown;
}

/**
 * Answers an agent that asked for input. The task is marked first, so that of two answers at once only one reaches the
 * agent; then the answer is on its way, to be given by a function that may wait for what the agent says to it.
 *
 * @param also writes that stand or fall with the mark.
 * @throws {NotFoundError} no such execution for this tenant, or the task was not looked at yet.
 * @throws {ConflictError} the task asks for nothing, somebody else answered, or its agent is gone.
 */
export async function answerTask(deps: AnswerDeps, answer: TaskAnswer, also: readonly Write[] = []): Promise<void> {
  const { tenant, execution: executionId, task, by, input } = answer;
  const execution = await loadExecution(deps.executions, tenant, executionId);
  const record = await loadTask(deps.executions, { tenant, execution: executionId, task });
  if (record === undefined) throw new NotFoundError("task", task);
  if (record.state !== "input_required") {
    throw new ConflictError(`task '${task}' is ${record.state}; only tasks that are input_required take an answer`);
  }
  const { agentId, attempt, asksFor, questionId = "" } = record;
  const agent = await findAgent(deps.agents, tenant, agentId);
  if (agent === undefined) throw new ConflictError(`agent '${agentId}' of task '${task}' is no longer registered`);
  const { tasks } = await deps.plan(tenant, execution.plan);
  const timeoutSeconds = tasks.get(task)?.timeoutSeconds ?? DEFAULTS.taskTimeoutSeconds;
  const now = deps.now();
  // The agent's clock starts anew: it stood while the question was open.
  const deadlineAt = new Date(now.getTime() + timeoutSeconds * 1000).toISOString();
  const dispatch = { tenant, execution: executionId, task, attempt };
  const messageId = deps.newId("msg");
  // A credential never lies in a row or a message: it is an object of its own, which goes when the agent has it.
  const name = attemptPayload(dispatch, `${asksFor === "auth" ? CREDENTIAL : "answer"}-${messageId}`);
  const saved =
    asksFor === "auth" ? await storeJson(deps.payloads, name, JSON.stringify(input)) : await savePayload(deps.payloads, name, input);
  const transition = inputProvided(record, { by, deadlineAt, answer: { messageId, input: saved, questionId, at: now.toISOString() } });
  if ((await commitTransition(deps.executions, { head: execution, transition, also })) === "stale") {
    throw new ConflictError(`task '${task}' was answered by another request`);
  }
  await deps.giveAnswer({ dispatch, answer: { messageId, input: saved } });
}
