import * as z from "zod";
import { findAgent } from "../../../../shared/agents/store/agent-store.ts";
import { loadExecution, moveTask, newEvent } from "../../../../shared/execution/store/execution-store.ts";
import { ConflictError } from "../../../../shared/core/errors.ts";
import { DEFAULTS } from "../../../../shared/core/limits.ts";
import { reply } from "../../../../shared/http/problem.ts";
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
  status: 202,
  run: async (request) => {
    const { deps, caller, body } = request;
    const executionId = param(request, "execution_id");
    const execution = await loadExecution(deps.executions, caller.tenant, executionId);
    const record = await requireTask(request);
    const { task, attempt, state, agentTaskId, contextId, agentId } = record;
    if (state !== "input_required" || agentTaskId === undefined) {
      throw new ConflictError(`task '${task}' is ${state} and asks for nothing; only input_required tasks take input`);
    }
    const agent = await findAgent(deps.agents, caller.tenant, agentId ?? "");
    if (agent === undefined) throw new ConflictError(`agent '${agentId}' of task '${task}' is no longer registered`);
    const at = deps.now().toISOString();
    const id = `${task}.${attempt}.input.${at}`;
    const facts = { task_id: task, attempt, provided_by: caller.subject };
    const events = [newEvent("task.input_provided", { id, at, facts })];
    const { tasks } = await deps.plan(caller.tenant, execution.plan);
    const timeoutSeconds = tasks.get(task)?.timeoutSeconds ?? DEFAULTS.taskTimeoutSeconds;
    // The agent's clock starts anew: it stood while the question was open.
    const deadlineAt = new Date(deps.now().getTime() + timeoutSeconds * 1000).toISOString();
    const set = { state: "running" as const, question: undefined, deadlineAt };
    const move = { task, from: [state], attempt, set, events };
    if ((await moveTask(deps.executions, execution, move)) === "stale") {
      throw new ConflictError(`task '${task}' was answered by somebody else`);
    }
    const metadata = { execution_id: executionId, task_id: task, attempt };
    const data = { task, input: body.input };
    const message = { messageId: deps.newId(), contextId: contextId ?? "", agentTaskId, data, metadata, files: [], push: undefined };
    const outcome = await deps.calls.send(agent, message);
    await deps.follow({ tenant: caller.tenant, execution: executionId, task, attempt });
    return reply(202, { task_id: task, accepted: outcome.kind !== "failed" });
  },
});

/** Talking to tasks under way. */
export const TASK_INPUT_ROUTES = [answer];
