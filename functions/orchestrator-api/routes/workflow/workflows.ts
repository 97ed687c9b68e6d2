import { InvokeCommand } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { listDefinitions, listVersions, loadDefinition } from "../../../../shared/workflow/store/definition-store.ts";
import { listExecutions } from "../../../../shared/execution/store/execution-queries.ts";
import { ConflictError, NotFoundError } from "../../../../shared/core/errors.ts";
import { AWS_QUOTAS } from "../../../../shared/core/limits.ts";
import { problem, reply } from "../../../../shared/http/problem.ts";
import { latestDefinitionKey, workflowsOfTenant } from "../../../../shared/workflow/store/keys.ts";
import { checkBodySize, decodeCursor, encodeCursor, PageQuery, RequestTooLargeError } from "../../../../shared/http/request.ts";
import { workflowStatus } from "../../../../shared/execution/run/execution-status.ts";
import { takeSnapshot } from "../../../../shared/execution/run/snapshot.ts";
import { PlanReply, type PlanRequest, Report } from "../../../../shared/workflow/plan/planning.ts";
import { type ApiDeps, param, route, type RouteRequest } from "../../route.ts";
import { definitionView, planView } from "../execution/views.ts";

/** Has `plan-workflow` look at a definition. */
export async function askPlanner(deps: ApiDeps, request: PlanRequest): Promise<PlanReply> {
  const Payload = JSON.stringify(request);
  // A text grows when it is quoted once more.
  if (Buffer.byteLength(Payload) > AWS_QUOTAS.lambda.payloadBytes) throw new RequestTooLargeError(Buffer.byteLength(Payload));
  const { Payload: answer, FunctionError } = await deps.lambda.send(
    new InvokeCommand({ FunctionName: deps.planFunction, Payload }),
  );
  const text = answer === undefined ? "null" : Buffer.from(answer).toString("utf8");
  if (FunctionError !== undefined) throw new Error(`plan-workflow failed: ${text.slice(0, 2000)}`);
  return PlanReply.parse(JSON.parse(text));
}

/** The reply to a definition with flaws: the report, with each flaw's place and remedy. */
export const invalidDefinition = (report: Report) =>
  problem(422, {
    code: "InvalidDefinition",
    title: "the workflow definition has flaws",
    detail: report.errors.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; "),
    extra: { ...report },
  });

/** A definition comes as JSON, or as YAML text with a YAML content type. */
export function sourceOf({ text, contentType }: Pick<RouteRequest, "text" | "contentType">): PlanRequest["source"] {
  checkBodySize(text);
  const isJson = contentType === "" || contentType.includes("json");
  return { text, file: isJson ? "definition.json" : "definition.yaml" };
}

/** Media types of a definition. */
export const DEFINITION_TYPES = ["application/json", "application/yaml"] as const;

const create = route({
  method: "POST",
  path: "/api/v1/workflows",
  operationId: "createWorkflow",
  summary: "Validate, plan, compile and deploy a workflow definition (JSON, or YAML as application/yaml)",
  permission: "workflow:create",
  textBody: DEFINITION_TYPES,
  status: 201,
  run: async ({ deps, caller, ...request }) => {
    const plan = { tenant: caller.tenant, createdBy: caller.subject, mode: "deploy" as const, source: sourceOf(request) };
    const answer = await askPlanner(deps, plan);
    if (answer.outcome === "invalid") return invalidDefinition(answer.report);
    if (answer.outcome === "conflict") throw new ConflictError(answer.message);
    return reply(201, { ...definitionView(answer.definition), status: "validated", ...planView(answer) });
  },
});

const validate = route({
  method: "POST",
  path: "/api/v1/workflows/validate",
  operationId: "validateWorkflow",
  summary: "Validate and plan a definition without deploying it",
  permission: "workflow:read",
  textBody: DEFINITION_TYPES,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const plan = { tenant: caller.tenant, createdBy: caller.subject, mode: "check" as const, source: sourceOf(request) };
    const answer = await askPlanner(deps, plan);
    if (answer.outcome !== "planned") return answer.outcome === "invalid" ? invalidDefinition(answer.report) : reply(200, {});
    return reply(200, { ...definitionView(answer.definition), status: "validated", ...planView(answer) });
  },
});

const list = route({
  method: "GET",
  path: "/api/v1/workflows",
  operationId: "listWorkflows",
  summary: "Newest version of every workflow",
  permission: "workflow:read",
  query: z.strictObject(PageQuery),
  status: 200,
  run: async ({ deps, caller, query }) => {
    const { pk } = latestDefinitionKey(caller.tenant, "");
    const byTenant = `=${workflowsOfTenant(caller.tenant)}`;
    const after = decodeCursor(query.cursor, { pk, sk: "=LATEST", byTenant, name: "" });
    const { rows, next } = await listDefinitions(deps.definitions, caller.tenant, { limit: query.limit, after });
    return reply(200, { workflows: rows.map(definitionView), next_cursor: encodeCursor(next) });
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/workflows/{workflow_id}",
  operationId: "getWorkflow",
  summary: "A workflow: its newest version, plan and the versions before",
  permission: "workflow:read",
  query: z.strictObject({ version: z.string().max(40).optional() }),
  status: 200,
  run: async ({ deps, caller, query, ...request }) => {
    const name = param(request, "workflow_id");
    const stored = await loadDefinition(deps.definitions, { tenant: caller.tenant, name, version: query.version });
    const versions = await listVersions(deps.definitions, { tenant: caller.tenant, name });
    const { plan } = await deps.plan(caller.tenant, stored.plan);
    const tasks = plan.tasks.map((task) => ({
      id: task.id,
      kind: task.kind,
      ...(task.kind === "agent" ? { agent: task.agent, skill: task.skill } : {}),
      depends_on: task.dependsOn,
      estimate_seconds: task.estimateSeconds,
    }));
    const known = versions.map(({ version, createdAt }) => ({ version, created_at: createdAt }));
    return reply(200, { ...definitionView(stored), tasks, critical_path: plan.criticalPath, versions: known });
  },
});

const status = route({
  method: "GET",
  path: "/api/v1/workflows/{workflow_id}/status",
  operationId: "getWorkflowStatus",
  summary: "Status of a workflow's newest execution (spec 001 §4)",
  permission: "workflow:read",
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const workflowId = param(request, "workflow_id");
    await loadDefinition(deps.definitions, { tenant: caller.tenant, name: workflowId });
    const { rows } = await listExecutions(deps.executions, { tenant: caller.tenant, workflowId }, { limit: 1 });
    const [newest] = rows;
    if (newest === undefined) throw new NotFoundError("execution of workflow", workflowId);
    return reply(200, workflowStatus(await takeSnapshot(deps, caller.tenant, newest.executionId)));
  },
});

/** Definitions. `/validate` stands before `/{workflow_id}` so that it is not taken for an id. */
export const WORKFLOW_ROUTES = [create, validate, list, get, status];
