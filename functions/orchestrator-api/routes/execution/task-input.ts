import * as z from "zod";
import { findAgent } from "../../../../shared/agents/store/agent-store.ts";
import { commitTransition, loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { inputProvided } from "../../../../shared/execution/task/attempt-transitions.ts";
import { ConflictError } from "../../../../shared/core/errors.ts";
import { DEFAULTS } from "../../../../shared/workflow/limits.ts";
import { AnswerTaken } from "../../../../shared/execution/views/tasks.ts";
import { param, route } from "../../route.ts";
import { requireTask } from "./executions.ts";

const InputRequest = z.strictObject({ input: z.unknown() }).refine(({ input }) => input !== undefined, {
  path: ["input"],
  message: "is missing",
});

/**
 * Answers an agent that asked for input: the same A2A task and context, a new message. The task is marked first, so
 * that of two answers at once only one reaches the agent.
 */
const answer = route({
  method: "POST",
  path: "/api/v1/executions/{execution_id}/tasks/{task_id}/input",
  operationId: "provideTaskInput",
  summary: "Answer a task that waits for input",
  permission: "workflow:submit",
  body: InputRequest,
  reply: AnswerTaken,
  status: 202,
  refusals: [409],
  run: async (request) => {
    const { deps, caller, body } = request;
    const executionId = param(request, "execution_id");
    const execution = await loadExecution(deps.executions, caller.tenant, executionId);
    const record = await requireTask(request);
    const { task, attempt } = record;
    if (record.state !== "input_required") {
      throw new ConflictError(`task '${task}' is ${record.state}; only tasks that are input_required take an answer`);
    }
    const { agentTaskId, contextId, agentId } = record;
    const agent = await findAgent(deps.agents, caller.tenant, agentId);
    if (agent === undefined) throw new ConflictError(`agent '${agentId}' of task '${task}' is no longer registered`);
    const { tasks } = await deps.plan(caller.tenant, execution.plan);
    const timeoutSeconds = tasks.get(task)?.timeoutSeconds ?? DEFAULTS.taskTimeoutSeconds;
    const now = deps.now();
    // The agent's clock starts anew: it stood while the question was open.
    const deadlineAt = new Date(now.getTime() + timeoutSeconds * 1000).toISOString();
    const transition = inputProvided(record, { by: caller.subject, at: now.toISOString(), deadlineAt });
    if ((await commitTransition(deps.executions, { head: execution, transition })) === "stale") {
      throw new ConflictError(`task '${task}' was answered by another request`);
    }
    const metadata = { execution_id: executionId, task_id: task, attempt, answers: agentTaskId };
    const data = { task, input: body.input };
    const message = { messageId: deps.newId(), contextId, agentTaskId, data, metadata, files: [], push: undefined };
    const outcome = await deps.calls.send(agent, message);
    await deps.follow({ tenant: caller.tenant, execution: executionId, task, attempt });
    return { body: { task_id: task, accepted: outcome.kind !== "failed" } };
  },
});

/** Talking to tasks under way. */
export const TASK_INPUT_ROUTES = [answer];
