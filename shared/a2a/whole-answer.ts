import type { A2aClient } from "./a2a-client.ts";
import type { AgentEndpoint } from "./agent-routes.ts";
import { AgentRefusedError } from "./errors.ts";
import { hasAnswer } from "./task-output.ts";
import type { TaskSnapshot } from "./task-snapshot.ts";

/**
 * A task with its answer, wherever its agent left that. The history is asked for only if the task has completed and neither
 * artifacts nor status message say anything; an agent that refuses or has forgotten the task has said all it will.
 *
 * @throws {AgentUnavailableError} the agent cannot be asked now.
 */
export async function withAnswer(client: Pick<A2aClient, "getTask">, agent: AgentEndpoint, task: TaskSnapshot): Promise<TaskSnapshot> {
  if (task.state !== "completed" || hasAnswer(task)) return task;
  try {
    const found = await client.getTask(agent, task.taskId, { withHistory: true });
    return found !== "not-found" && found.state === "completed" ? found : task;
  } catch (error) {
    if (error instanceof AgentRefusedError) return task;
    throw error;
  }
}
