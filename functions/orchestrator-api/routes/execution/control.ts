import type { APIGatewayProxyResult } from "aws-lambda";
import * as z from "zod";
import { LIMITS } from "../../../../shared/core/limits.ts";
import { reply } from "../../../../shared/http/problem.ts";
import { decodeCursor, encodeCursor } from "../../../../shared/http/request.ts";
import { BULK_ACTIONS, steerAll, steerMany } from "../../../../shared/execution/control/bulk.ts";
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
import { placeHold, releaseHold } from "../../../../shared/execution/control/release-held.ts";
import { modifyExecution, redriveExecution } from "../../../../shared/execution/control/rerun.ts";
import { ExecutionStatus } from "../../../../shared/execution/execution.ts";
import { Priority } from "../../../../shared/workflow/definition/workflow-definition.ts";
import { loadDefinition } from "../../../../shared/workflow/store/definition-store.ts";
import {
  bulkView,
  checkpointView,
  differenceView,
  holdView,
  pausedView,
  resumedView,
  steeredView,
} from "./control-views.ts";
import { DefinitionBody, planGiven, planInline } from "../workflow/definition-source.ts";
import { param, route, type RouteRequest } from "../../route.ts";
import { executionCursor } from "./executions.ts";
import { DEFINITION_TYPES, invalidDefinition, sourceOf } from "../workflow/workflows.ts";

/** Why somebody steers; it stays in the audit trail. */
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

async function carryOut(request: RouteRequest<ControlRequest>): Promise<APIGatewayProxyResult> {
  const { deps, body } = request;
  const { steering } = deps;
  const by = steeringOf(request, body.reason);
  switch (body.action) {
    case "pause":
      return reply(200, pausedView(await pauseExecution(steering, by)));
    case "resume": {
      const { checkpoint_id: checkpoint } = body.parameters;
      const resumed = await (checkpoint === undefined
        ? resumeExecution(steering, by)
        : resumeFromCheckpoint(steering, by, checkpoint));
      return reply(200, await resumedView(deps, resumed));
    }
    case "cancel":
      return reply(200, steeredView("cancel", await cancelExecution(steering, by, body.parameters)));
    case "priority_boost":
      return reply(200, steeredView("priority_boost", await boostPriority(steering, by, body.parameters.priority)));
    case "redrive": {
      const definition = await planGiven(request, {
        given: body.parameters.definition,
        field: "body.parameters.definition",
      });
      return reply(200, steeredView("redrive", await redriveExecution(steering, by, definition)));
    }
    case "raise_budget": {
      const {
        max_cost: maxCost,
        max_agent_calls: maxAgentCalls,
        max_tokens: maxTokens,
        max_duration_seconds: maxDurationSeconds,
      } = body.parameters;
      const raised = { maxCost, maxAgentCalls, maxTokens, maxDurationSeconds };
      return reply(200, steeredView("raise_budget", await raiseExecutionBudget(steering, by, raised)));
    }
    case "checkpoint":
      return reply(200, checkpointView(await markCheckpoint(steering, by)));
    default:
      return body satisfies never;
  }
}

const control = route({
  method: "POST",
  path: "/api/v1/executions/{execution_id}/control",
  operationId: "controlExecution",
  summary: "Steer an execution (spec 000): pause, resume, cancel, priority_boost, redrive, raise_budget, checkpoint",
  permission: "execution:control",
  body: ControlRequest,
  status: 200,
  run: carryOut,
});

const modify = route({
  method: "PATCH",
  path: "/api/v1/executions/{execution_id}/definition",
  operationId: "modifyExecution",
  summary: "Go on under another definition (JSON, or YAML as application/yaml); tasks that have started keep theirs",
  permission: "execution:control",
  textBody: DEFINITION_TYPES,
  query: z.strictObject({ reason: Reason }),
  status: 200,
  run: async (request) => {
    const planned = await planInline(request, sourceOf(request));
    if ("report" in planned) return invalidDefinition(planned.report);
    const by = steeringOf(request, request.query.reason);
    const { execution, difference, keptStarted } = await modifyExecution(request.deps.steering, by, planned.definition);
    return reply(200, {
      ...steeredView("modify", execution),
      changes: differenceView(difference),
      kept_started: keptStarted,
    });
  },
});

const When = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

const BulkRequest = z.strictObject({
  action: z.enum(BULK_ACTIONS),
  reason: Reason,
  filter: z
    .strictObject({
      workflow_id: z.string().max(64).optional(),
      status: ExecutionStatus.optional(),
      submitted_before: When.optional(),
      submitted_after: When.optional(),
    })
    .refine((filter) => Object.values(filter).some((value) => value !== undefined), "needs at least one condition"),
  parameters: z.strictObject({ priority: Priority.optional(), compensate: z.boolean().optional() }).prefault({}),
  dry_run: z.boolean().default(false),
  limit: z.int().min(1).max(LIMITS.bulkPage).default(LIMITS.bulkPage),
  cursor: z.string().max(4096).optional(),
});

const bulk = route({
  method: "POST",
  path: "/api/v1/executions/bulk",
  operationId: "controlExecutions",
  summary: "Steer the executions that fit a filter, a page at a time; dry_run says what would happen",
  permission: "execution:control",
  body: BulkRequest,
  status: 200,
  run: async ({ deps, caller, body }) => {
    const {
      workflow_id: workflowId,
      status,
      submitted_before: submittedBefore,
      submitted_after: submittedAfter,
    } = body.filter;
    const { tenant, subject: by } = caller;
    const wish = {
      tenant,
      by,
      reason: body.reason,
      action: body.action,
      filter: { workflowId, status, submittedBefore, submittedAfter },
      parameters: body.parameters,
      isDryRun: body.dry_run,
    };
    const after = decodeCursor(body.cursor, executionCursor({ tenant, workflowId, status }));
    const { results, next } = await steerMany(deps.steering, wish, { limit: body.limit, after });
    return reply(200, {
      action: body.action,
      dry_run: body.dry_run,
      results: results.map(bulkView),
      next_cursor: encodeCursor(next),
    });
  },
});

const WorkflowControl = z.strictObject({ reason: Reason });

/** Steers every open execution of a workflow. A hold does the rest: it also keeps back what is submitted meanwhile. */
function workflowRoute(action: "pause" | "resume") {
  return route({
    method: "POST",
    path: `/api/v1/workflows/{workflow_id}/${action}`,
    operationId: `${action}Workflow`,
    summary:
      action === "pause"
        ? "Pause a workflow's executions and hold what is to come"
        : "Release a workflow and resume its executions",
    permission: "workflow:admin",
    body: WorkflowControl,
    status: 200,
    run: async (request) => {
      const { deps, caller, body } = request;
      const { steering } = deps;
      const { tenant, subject: by } = caller;
      const workflow = param(request, "workflow_id");
      await loadDefinition(deps.definitions, { tenant, name: workflow });
      const place = { scope: "workflow" as const, tenant, workflow };
      const hold = action === "pause" ? await placeHold(steering, place, { by, reason: body.reason }) : undefined;
      if (action === "resume") await releaseHold(steering, place);
      const status = action === "pause" ? ("running" as const) : ("paused" as const);
      const wish = {
        tenant,
        by,
        reason: body.reason,
        action,
        filter: { workflowId: workflow, status },
        isDryRun: false,
      };
      const { results, next } = await steerAll(steering, wish, deps.now().getTime() + LIMITS.bulkSeconds * 1000);
      return reply(200, {
        workflow_id: workflow,
        status: action === "pause" ? "paused" : "active",
        ...(hold === undefined ? {} : { hold: holdView(hold) }),
        executions: results.map(bulkView),
        is_complete: next === undefined,
      });
    },
  });
}

/** Steering executions. */
export const CONTROL_ROUTES = [bulk, control, modify, workflowRoute("pause"), workflowRoute("resume")];
