import * as z from "zod";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { ANY_CALLER, isPermitted } from "../../../../shared/http/caller.ts";
import { reply } from "../../../../shared/http/problem.ts";
import { rerunTask } from "../../../../shared/execution/control/rerun.ts";
import { skipTask } from "../../../../shared/execution/control/skip-task.ts";
import { decideTask, retryTask } from "../../../../shared/execution/control/steer-task.ts";
import type { TaskSteering } from "../../../../shared/execution/control/task-place.ts";
import type { Decision } from "../../../../shared/execution/task/task-record.ts";
import { steeredView } from "./control-views.ts";
import { DefinitionBody, planGiven } from "../workflow/definition-source.ts";
import { param, route, type RouteRequest } from "../../route.ts";
import { Reason, steeringOf } from "./control.ts";

const TASK = "/api/v1/executions/{execution_id}/tasks/{task_id}";

const taskSteering = (request: Pick<RouteRequest, "caller" | "params">, reason: string | undefined): TaskSteering => ({
  ...steeringOf(request, reason),
  task: param(request, "task_id"),
});

const Fields = z.record(z.string(), z.unknown());

const rerun = route({
  method: "POST",
  path: `${TASK}/rerun`,
  operationId: "rerunTask",
  summary: "Start a task over, and what comes after it; other results stay. Input fields and definition may be edited",
  permission: "execution:control",
  body: z.strictObject({
    reason: Reason,
    input: Fields.optional(),
    downstream: z.boolean().optional(),
    definition: DefinitionBody.optional(),
  }),
  status: 200,
  run: async (request) => {
    const { deps, body } = request;
    const { task, ...by } = taskSteering(request, body.reason);
    const definition = await planGiven(request, { given: body.definition, field: "body.definition" });
    const { input, downstream } = body;
    const execution = await rerunTask(deps.steering, by, { task, input, downstream, definition });
    return reply(200, { ...steeredView("rerun", execution), task_id: task });
  },
});

const skip = route({
  method: "POST",
  path: `${TASK}/skip`,
  operationId: "skipTask",
  summary: "Count a task as done; 'output' stands in for its result",
  permission: "execution:control",
  body: z.strictObject({ reason: Reason, output: z.unknown().optional(), downstream: z.boolean().optional() }),
  status: 200,
  run: async (request) => {
    const { deps, body } = request;
    const by = taskSteering(request, body.reason);
    const { output, downstream } = body;
    const execution = await skipTask(deps.steering, by, { output, downstream });
    return reply(200, { ...steeredView("skip", execution), task_id: by.task });
  },
});

const retry = route({
  method: "POST",
  path: `${TASK}/retry`,
  operationId: "retryTask",
  summary: "Try a task again that waits for an operator",
  permission: "execution:control",
  body: z.strictObject({ reason: Reason, input: Fields.optional() }),
  status: 200,
  run: async (request) => {
    const { deps, body } = request;
    const by = taskSteering(request, body.reason);
    await retryTask(deps.steering, by, body.input);
    const execution = await loadExecution(deps.executions, by.tenant, by.execution);
    return reply(200, { ...steeredView("retry", execution), task_id: by.task });
  },
});

/** Who may decide is the task's to say: one of the roles it names, or whoever may control executions. */
function decision(path: string, verdict: Decision["verdict"], summary: string) {
  return route({
    method: "POST",
    path: `${TASK}/${path}`,
    operationId: `${path}Task`,
    summary,
    permission: ANY_CALLER,
    body: z.strictObject({ reason: Reason }),
    status: 200,
    run: async (request) => {
      const { deps, body, caller } = request;
      const by = taskSteering(request, body.reason);
      const may = (roles: readonly string[]): boolean =>
        roles.length === 0
          ? isPermitted(caller, "execution:control")
          : roles.some((role) => caller.roles.includes(role));
      const made = await decideTask(deps.steering, by, { verdict, may });
      return reply(200, {
        execution_id: by.execution,
        task_id: by.task,
        verdict: made.verdict,
        decided_by: made.by,
        decided_at: made.at,
        ...(made.reason === undefined ? {} : { reason: made.reason }),
      });
    },
  });
}

/** Steering tasks. */
export const TASK_CONTROL_ROUTES = [
  rerun,
  skip,
  retry,
  decision("approve", "approved", "Let a task go on that waits for a decision"),
  decision("reject", "rejected", "Turn a task down that waits for a decision"),
];
