import * as z from "zod";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { isPermitted } from "../../../../shared/http/caller.ts";
import { TASK_ACTIONS, type TaskAction } from "../../../../shared/execution/lifecycle/task-actions.ts";
import { rerunTask } from "../../../../shared/execution/control/rerun.ts";
import { skipTask } from "../../../../shared/execution/control/skip-task.ts";
import { decideTask, retryTask } from "../../../../shared/execution/control/steer-task.ts";
import type { TaskSteering } from "../../../../shared/execution/control/task-place.ts";
import type { Decision } from "../../../../shared/execution/task/task-record.ts";
import { TaskControlledView, TaskDecidedView, viewControlled, viewDecision } from "../../../../shared/execution/views/control.ts";
import { DefinitionBody, planGiven } from "../workflow/definition-source.ts";
import { param, route, type RouteRequest } from "../../route.ts";
import { Reason, steeringOf, summaryOf } from "./control.ts";

const TASK = "/api/v1/executions/{execution_id}/tasks/{task_id}";

/** What the table of actions says of an operation; the action ends its path. */
export function said(action: TaskAction, more = "") {
  const { operation, permission } = TASK_ACTIONS[action];
  const summary = `${summaryOf(TASK_ACTIONS[action])}${more}`;
  return { method: "POST", path: `${TASK}/${action}`, operationId: operation, summary, permission } as const;
}

const taskSteering = (request: Pick<RouteRequest, "caller" | "params">, reason: string | undefined): TaskSteering => ({
  ...steeringOf(request, reason),
  task: param(request, "task_id"),
});

const Fields = z.record(z.string(), z.unknown());

const rerun = route({
  ...said("rerun", ". Input fields and definition may be edited"),
  body: z.strictObject({
    reason: Reason,
    input: Fields.optional(),
    downstream: z.boolean().optional(),
    definition: DefinitionBody.optional(),
  }),
  reply: TaskControlledView,
  status: 200,
  refusals: [409],
  run: async (request) => {
    const { deps, body } = request;
    const { task, ...by } = taskSteering(request, body.reason);
    const definition = await planGiven(request, { given: body.definition, field: "body.definition" });
    const { input, downstream } = body;
    const execution = await rerunTask(deps.steering, by, { task, input, downstream, definition });
    return { body: { ...viewControlled("rerun", execution), task_id: task } };
  },
});

const skip = route({
  ...said("skip", "; 'output' stands in for its result"),
  body: z.strictObject({ reason: Reason, output: z.unknown().optional(), downstream: z.boolean().optional() }),
  reply: TaskControlledView,
  status: 200,
  refusals: [409],
  run: async (request) => {
    const { deps, body } = request;
    const by = taskSteering(request, body.reason);
    const { output, downstream } = body;
    const execution = await skipTask(deps.steering, by, { output, downstream });
    return { body: { ...viewControlled("skip", execution), task_id: by.task } };
  },
});

const retry = route({
  ...said("retry"),
  body: z.strictObject({ reason: Reason, input: Fields.optional() }),
  reply: TaskControlledView,
  status: 200,
  refusals: [409],
  run: async (request) => {
    const { deps, body } = request;
    const by = taskSteering(request, body.reason);
    await retryTask(deps.steering, by, body.input);
    const execution = await loadExecution(deps.executions, by.tenant, by.execution);
    return { body: { ...viewControlled("retry", execution), task_id: by.task } };
  },
});

/** The task says who may decide: one of the roles it names; without roles, callers who may control executions. */
function decision(action: "approve" | "reject", verdict: Decision["verdict"]) {
  return route({
    ...said(action),
    body: z.strictObject({ reason: Reason }),
    reply: TaskDecidedView,
    status: 200,
    refusals: [409],
    run: async (request) => {
      const { deps, body, caller } = request;
      const by = taskSteering(request, body.reason);
      const may = (roles: readonly string[]): boolean =>
        roles.length === 0
          ? isPermitted(caller, TASK_ACTIONS[action].whereNoRoles)
          : roles.some((role) => caller.roles.includes(role));
      const made = await decideTask(deps.steering, by, { verdict, may });
      return { body: viewDecision(by, made) };
    },
  });
}

/** Steering tasks. */
export const TASK_CONTROL_ROUTES = [
  rerun,
  skip,
  retry,
  decision("approve", "approved"),
  decision("reject", "rejected"),
];
