import * as z from "zod";
import { listDefinitions, listVersions, loadDefinition } from "../../../../shared/workflow/store/definition-store.ts";
import { listExecutions } from "../../../../shared/execution/store/execution-queries.ts";
import { NotFoundError } from "../../../../shared/core/errors.ts";
import { latestDefinitionKey, workflowsOfTenant } from "../../../../shared/workflow/store/keys.ts";
import { decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { workflowStatus } from "../../../../shared/execution/run/execution-status.ts";
import { takeSnapshot } from "../../../../shared/execution/run/snapshot.ts";
import { WorkflowStatus } from "../../../../shared/execution/views/status.ts";
import {
  PlannedWorkflow,
  viewPlanned,
  viewWorkflow,
  viewWorkflowDetails,
  WorkflowDetails,
  WorkflowPage,
} from "../../../../shared/workflow/views/workflows.ts";
import { param, route } from "../../route.ts";
import { planOrRefuse } from "./ask-planner.ts";
import { DEFINITION_TYPES, sourceOf } from "./definition-source.ts";

const create = route({
  method: "POST",
  path: "/api/v1/workflows",
  operationId: "createWorkflow",
  summary: "Validate, plan, compile and deploy a workflow definition (JSON, or YAML as application/yaml)",
  permission: "workflow:create",
  textBody: DEFINITION_TYPES,
  reply: PlannedWorkflow,
  status: 201,
  refusals: [409, 422],
  run: async (request) => {
    const { deps, caller } = request;
    const plan = { tenant: caller.tenant, createdBy: caller.subject, mode: "deploy" as const, source: await sourceOf(request) };
    return { body: viewPlanned(await planOrRefuse(deps, plan)) };
  },
});

const validate = route({
  method: "POST",
  path: "/api/v1/workflows/validate",
  operationId: "validateWorkflow",
  summary: "Validate and plan a definition without deploying it",
  permission: "workflow:read",
  textBody: DEFINITION_TYPES,
  reply: PlannedWorkflow,
  status: 200,
  refusals: [422],
  run: async (request) => {
    const { deps, caller } = request;
    const plan = { tenant: caller.tenant, createdBy: caller.subject, mode: "check" as const, source: await sourceOf(request) };
    return { body: viewPlanned(await planOrRefuse(deps, plan)) };
  },
});

const list = route({
  method: "GET",
  path: "/api/v1/workflows",
  operationId: "listWorkflows",
  summary: "Newest version of every workflow",
  permission: "workflow:read",
  query: z.strictObject(PageQuery),
  reply: WorkflowPage,
  status: 200,
  run: async ({ deps, caller, query }) => {
    const { pk } = latestDefinitionKey(caller.tenant, "");
    const byTenant = `=${workflowsOfTenant(caller.tenant)}`;
    const after = decodeCursor(query.cursor, { pk, sk: "=LATEST", byTenant, name: "" });
    const { rows, next } = await listDefinitions(deps.definitions, caller.tenant, { limit: query.limit, after });
    return { body: { workflows: rows.map(viewWorkflow), next_cursor: encodeCursor(next) } };
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/workflows/{workflow_id}",
  operationId: "getWorkflow",
  summary: "A workflow: its newest version, plan and the versions before",
  permission: "workflow:read",
  query: z.strictObject({ version: z.string().max(40).optional() }),
  reply: WorkflowDetails,
  status: 200,
  run: async ({ deps, caller, query, ...request }) => {
    const name = param(request, "workflow_id");
    const stored = await loadDefinition(deps.definitions, { tenant: caller.tenant, name, version: query.version });
    const versions = await listVersions(deps.definitions, { tenant: caller.tenant, name });
    const { plan } = await deps.plan(caller.tenant, stored.plan);
    return { body: viewWorkflowDetails(stored, { plan, versions }) };
  },
});

const status = route({
  method: "GET",
  path: "/api/v1/workflows/{workflow_id}/status",
  operationId: "getWorkflowStatus",
  summary: "Status of a workflow's newest execution (spec 001 §4)",
  permission: "workflow:read",
  reply: WorkflowStatus,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const workflowId = param(request, "workflow_id");
    await loadDefinition(deps.definitions, { tenant: caller.tenant, name: workflowId });
    const { rows } = await listExecutions(deps.executions, { tenant: caller.tenant, workflowId }, { limit: 1 });
    const [newest] = rows;
    if (newest === undefined) throw new NotFoundError("execution of workflow", workflowId);
    return { body: workflowStatus(await takeSnapshot(deps, caller.tenant, newest.executionId)) };
  },
});

/** Definitions. `/validate` stands before `/{workflow_id}` so that it is not taken for an id. */
export const WORKFLOW_ROUTES = [create, validate, list, get, status];
