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
import {
  type ActionRow,
  EXECUTION_ACTIONS,
  type SentAction,
} from "../../../../shared/execution/lifecycle/execution-actions.ts";
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

const acts = <const Action extends SentAction, Parameters extends z.ZodType>(action: Action, parameters: Parameters) =>
  z.strictObject({ action: z.literal(action).describe(EXECUTION_ACTIONS[action].does), reason: Reason, parameters });

const NoParameters = z.strictObject({}).prefault({});
const Ceiling = z.number().positive().optional();

/** What each action is asked with. */
const REQUESTS = {
  pause: acts("pause", NoParameters),
  resume: acts("resume", z.strictObject({ checkpoint_id: z.string().min(1).max(256).optional() }).prefault({})),
  cancel: acts("cancel", z.strictObject({ compensate: z.boolean().optional() }).prefault({})),
  priority_boost: acts("priority_boost", z.strictObject({ priority: Priority.optional() }).prefault({})),
  redrive: acts("redrive", z.strictObject({ definition: DefinitionBody.optional() }).prefault({})),
  raise_budget: acts(
    "raise_budget",
    z.strictObject({ max_cost: Ceiling, max_agent_calls: Ceiling, max_tokens: Ceiling, max_duration_seconds: Ceiling }),
  ),
  checkpoint: acts("checkpoint", NoParameters),
} satisfies { readonly [Action in SentAction]: ReturnType<typeof acts<Action, z.ZodType>> };

const { pause, ...others } = REQUESTS;
const ControlRequest = z.discriminatedUnion("action", [pause, ...Object.values(others)]);
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
  summary: `Steer an execution (spec 000): ${Object.keys(REQUESTS).join(", ")}`,
  permission: EXECUTION_ACTIONS.pause.permission,
  body: ControlRequest,
  reply: ControlReply,
  status: 200,
  refusals: [409],
  run: async (request) => ({ body: await carryOut(request) }),
});

/** What an action does, as the first words of a summary. */
export const summaryOf = ({ does }: Pick<ActionRow, "does">): string => does.charAt(0).toUpperCase() + does.slice(1);

const MODIFY = EXECUTION_ACTIONS.modify;

const modify = route({
  method: "PATCH",
  path: "/api/v1/executions/{execution_id}/definition",
  operationId: MODIFY.operation,
  summary: `${summaryOf(MODIFY)} (JSON, or YAML as application/yaml); tasks that have started keep theirs`,
  permission: MODIFY.permission,
  textBody: DEFINITION_TYPES,
  query: z.strictObject({ reason: Reason }),
  reply: ModifiedView,
  status: 200,
  refusals: [409, 422],
  run: async (request) => {
    const definition = await planInline(request, await sourceOf(request));
    const by = steeringOf(request, request.query.reason);
    const { execution, ...change } = await modifyExecution(request.deps.steering, by, definition);
    return { body: viewModified(execution, change) };
  },
});

/** Controlling one execution. */
export const CONTROL_ROUTES = [control, modify];
