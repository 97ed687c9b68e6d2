import * as z from "zod";
import { EXECUTION_LIMITS } from "../../../../shared/execution/limits.ts";
import { decodeCursor, encodeCursor } from "../../../../shared/http/request.ts";
import { steerAll, steerMany } from "../../../../shared/execution/control/bulk.ts";
import { BULK_ACTIONS, EXECUTION_ACTIONS } from "../../../../shared/execution/lifecycle/execution-actions.ts";
import { placeHold, releaseHold } from "../../../../shared/execution/control/release-held.ts";
import { ExecutionStatus } from "../../../../shared/execution/execution.ts";
import { BulkPage, ControlledWorkflow, viewBulkEntry } from "../../../../shared/execution/views/bulk.ts";
import { viewHold } from "../../../../shared/execution/views/holds.ts";
import { Priority } from "../../../../shared/workflow/definition/task-definition.ts";
import { loadDefinition } from "../../../../shared/workflow/store/definition-store.ts";
import { param, route } from "../../route.ts";
import { Reason } from "./control.ts";
import { executionCursor } from "../../../../shared/execution/store/execution-queries.ts";

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
  limit: z.int().min(1).max(EXECUTION_LIMITS.bulkPage).default(EXECUTION_LIMITS.bulkPage),
  cursor: z.string().max(4096).optional(),
});

const bulk = route({
  method: "POST",
  path: "/api/v1/executions/bulk",
  operationId: "controlExecutions",
  summary: "Steer the executions that fit a filter, a page at a time; dry_run says what would happen",
  permission: EXECUTION_ACTIONS.pause.permission,
  body: BulkRequest,
  reply: BulkPage,
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
    const { action, dry_run } = body;
    return { body: { action, dry_run, results: results.map(viewBulkEntry), next_cursor: encodeCursor(next) } };
  },
});

const WorkflowControl = z.strictObject({ reason: Reason });

const WORKFLOW_CONTROL = {
  pause: { summary: "Pause a workflow's executions and hold what is to come", steers: "running", becomes: "paused" },
  resume: { summary: "Release a workflow and resume its executions", steers: "paused", becomes: "active" },
} as const;

/** Steers every open execution of a workflow. A hold does the rest: it also keeps back what is submitted meanwhile. */
function workflowRoute(action: "pause" | "resume") {
  return route({
    method: "POST",
    path: `/api/v1/workflows/{workflow_id}/${action}`,
    operationId: `${action}Workflow`,
    summary: WORKFLOW_CONTROL[action].summary,
    permission: "workflow:admin",
    body: WorkflowControl,
    reply: ControlledWorkflow,
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
      const filter = { workflowId: workflow, status: WORKFLOW_CONTROL[action].steers };
      const wish = { tenant, by, reason: body.reason, action, filter, isDryRun: false };
      const { results, next } = await steerAll(steering, wish, deps.now().getTime() + EXECUTION_LIMITS.bulkSeconds * 1000);
      return {
        body: {
          workflow_id: workflow,
          status: WORKFLOW_CONTROL[action].becomes,
          ...(hold === undefined ? {} : { hold: viewHold(hold) }),
          executions: results.map(viewBulkEntry),
          is_complete: next === undefined,
        },
      };
    },
  });
}

/** Controlling many executions at once. */
export const BULK_CONTROL_ROUTES = [bulk, workflowRoute("pause"), workflowRoute("resume")];
