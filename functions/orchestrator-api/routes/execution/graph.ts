import { NotFoundError } from "../../../../shared/core/errors.ts";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { findTask } from "../../../../shared/execution/task/for-each.ts";
import { ExecutionGraph, TaskDefinitionView, viewGraph, viewTaskDefinition } from "../../../../shared/execution/views/graph.ts";
import { param, route, type RouteRequest } from "../../route.ts";

async function planOfExecution(request: Pick<RouteRequest, "deps" | "caller" | "params">) {
  const { deps, caller } = request;
  const execution = await loadExecution(deps.executions, caller.tenant, param(request, "execution_id"));
  return { execution, view: await deps.plan(caller.tenant, execution.plan) };
}

const graph = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/graph",
  operationId: "getExecutionGraph",
  summary: "Tasks of the plan that an execution follows, what they depend on, and the critical path; the ETag is the plan's hash",
  permission: "execution:read",
  reply: ExecutionGraph,
  status: 200,
  run: async (request) => {
    const { execution, view } = await planOfExecution(request);
    return { body: viewGraph(execution, view.plan), headers: { etag: `"${view.plan.planHash}"` } };
  },
});

const definition = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/tasks/{task_id}/definition",
  operationId: "getTaskDefinition",
  summary: "What the definition says of a task: its input, where that comes from, its limits",
  permission: "execution:read",
  reply: TaskDefinitionView,
  status: 200,
  run: async (request) => {
    const { view } = await planOfExecution(request);
    const id = param(request, "task_id");
    const task = findTask(view.tasks, id);
    if (task === undefined) throw new NotFoundError("task", id);
    return { body: viewTaskDefinition(view.plan, task) };
  },
});

/** What is to be done, as a graph. */
export const GRAPH_ROUTES = [graph, definition];
