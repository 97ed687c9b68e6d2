import { reply } from "../../shared/http/problem.ts";
import { describeRoutes } from "./openapi.ts";
import { type Route, route } from "./route.ts";
import { AGENT_ROUTES } from "./routes/agents.ts";
import { EXECUTION_ROUTES } from "./routes/executions.ts";
import { SUBMISSION_ROUTES } from "./routes/submissions.ts";
import { SYSTEM_ROUTES } from "./routes/system.ts";
import { TASK_INPUT_ROUTES } from "./routes/task-input.ts";
import { WORKFLOW_ROUTES } from "./routes/workflows.ts";

const openapi = route({
  method: "GET",
  path: "/openapi.json",
  operationId: "getOpenApi",
  summary: "This document",
  permission: "public",
  status: 200,
  run: () => Promise.resolve(reply(200, describeRoutes(ROUTES))),
});

/** Every operation of the API. The router runs it, the OpenAPI document describes it. */
export const ROUTES: readonly Route[] = [
  ...SYSTEM_ROUTES,
  openapi,
  ...SUBMISSION_ROUTES,
  ...WORKFLOW_ROUTES,
  ...EXECUTION_ROUTES,
  ...TASK_INPUT_ROUTES,
  ...AGENT_ROUTES,
];
