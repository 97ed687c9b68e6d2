import * as z from "zod";
import { checkpointId, countSettled } from "../../../../shared/execution/control/checkpoints.ts";
import type { Steering } from "../../../../shared/execution/control/control-deps.ts";
import {
  boostPriority,
  cancelExecution,
  markCheckpoint,
  pauseExecution,
  raiseExecutionBudget,
  resumeExecution,
  resumeFromCheckpoint,
} from "../../../../shared/execution/control/control-execution.ts";
import { modifyExecution, redriveExecution } from "../../../../shared/execution/control/rerun.ts";
import type { Execution } from "../../../../shared/execution/execution.ts";
import { Priority } from "../../../../shared/workflow/definition/task-definition.ts";
import { viewCheckpoint } from "../../../../shared/execution/views/checkpoints.ts";
import {
  ControlReply,
  ModifiedView,
  viewControlled,
  viewModified,
  viewPaused,
  viewResumed,
} from "../../../../shared/execution/views/control.ts";
import { DefinitionBody, DEFINITION_TYPES, planGiven, planInline, sourceOf } from "../workflow/definition-source.ts";
import { type ApiDeps, param, route, type RouteRequest } from "../../route.ts";

/** Why the caller does it; it stays in the audit trail. */
export const Reason = z.string().max(2000).optional();

const acts = <const Action extends string, Parameters extends z.ZodType>(action: Action, parameters: Parameters) =>
  z.strictObject({ action: z.literal(action), reason: Reason, parameters });

const NoParameters = z.strictObject({}).prefault({});
const Ceiling = z.number().positive().optional();

const ControlRequest = z.discriminatedUnion("action", [
  acts("pause", NoParameters),
  acts("resume", z.strictObject({ checkpoint_id: z.string().min(1).max(256).optional() }).prefault({})),
  acts("cancel", z.strictObject({ compensate: z.boolean().optional() }).prefault({})),
  acts("priority_boost", z.strictObject({ priority: Priority.optional() }).prefault({})),
  acts("redrive", z.strictObject({ definition: DefinitionBody.optional() }).prefault({})),
  acts(
    "raise_budget",
    z.strictObject({ max_cost: Ceiling, max_agent_calls: Ceiling, max_tokens: Ceiling, max_duration_seconds: Ceiling }),
  ),
  acts("checkpoint", NoParameters),
]);
type ControlRequest = z.output<typeof ControlRequest>;

/** Who steers the execution of a request. */
export const steeringOf = (request: Pick<RouteRequest, "caller" | "params">, reason: string | undefined): Steering => ({
  tenant: request.caller.tenant,
  execution: param(request, "execution_id"),
  by: request.caller.subject,
  reason,
});

const ceilingsOf = (asked: Extract<ControlRequest, { action: "raise_budget" }>["parameters"]) => ({
  maxCost: asked.max_cost,
  maxAgentCalls: asked.max_agent_calls,
  maxTokens: asked.max_tokens,
  maxDurationSeconds: asked.max_duration_seconds,
});

async function carryOut(request: RouteRequest<ControlRequest>): Promise<ControlReply> {
  const { deps, body } = request;
  const { steering } = deps;
  const by = steeringOf(request, body.reason);
  switch (body.action) {
    case "pause":
      return showPaused(await pauseExecution(steering, by));
    case "resume": {
      const { checkpoint_id: checkpoint } = body.parameters;
      const resumed = await (checkpoint === undefined
        ? resumeExecution(steering, by)
        : resumeFromCheckpoint(steering, by, checkpoint));
      return showResumed(deps, resumed);
    }
    case "cancel":
      return viewControlled("cancel", await cancelExecution(steering, by, body.parameters));
    case "priority_boost":
      return viewControlled("priority_boost", await boostPriority(steering, by, body.parameters.priority));
    case "redrive": {
      const definition = await planGiven(request, {
        given: body.parameters.definition,
        field: "body.parameters.definition",
      });
      return viewControlled("redrive", await redriveExecution(steering, by, definition));
    }
    case "raise_budget":
      return viewControlled("raise_budget", await raiseExecutionBudget(steering, by, ceilingsOf(body.parameters)));
    case "checkpoint":
      return viewCheckpoint(await markCheckpoint(steering, by));
    default:
      return body satisfies never;
  }
}

function showPaused(execution: Execution): ControlReply {
  const { pausedAt } = execution;
  return viewPaused(execution, pausedAt === undefined ? undefined : checkpointId(new Date(pausedAt), "pause"));
}

async function showResumed({ executions, now }: ApiDeps, execution: Execution): Promise<ControlReply> {
  return viewResumed(execution, { at: now(), recoveredTasks: await countSettled(executions, execution) });
}

const control = route({
  method: "POST",
  path: "/api/v1/executions/{execution_id}/control",
  operationId: "controlExecution",
  summary: "Steer an execution (spec 000): pause, resume, cancel, priority_boost, redrive, raise_budget, checkpoint",
  permission: "execution:control",
  body: ControlRequest,
  reply: ControlReply,
  status: 200,
  refusals: [409],
  run: async (request) => ({ body: await carryOut(request) }),
});

const modify = route({
  method: "PATCH",
  path: "/api/v1/executions/{execution_id}/definition",
  operationId: "modifyExecution",
  summary: "Go on under another definition (JSON, or YAML as application/yaml); tasks that have started keep theirs",
  permission: "execution:control",
  textBody: DEFINITION_TYPES,
  query: z.strictObject({ reason: Reason }),
  reply: ModifiedView,
  status: 200,
  refusals: [409, 422],
  run: async (request) => {
    const definition = await planInline(request, sourceOf(request));
    const by = steeringOf(request, request.query.reason);
    const { execution, ...change } = await modifyExecution(request.deps.steering, by, definition);
    return { body: viewModified(execution, change) };
  },
});

/** Controlling one execution. */
export const CONTROL_ROUTES = [control, modify];
