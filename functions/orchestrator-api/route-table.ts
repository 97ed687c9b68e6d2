import * as z from "zod";
import { StatusStreamData } from "../../shared/execution/views/status.ts";
import { describeRoutes } from "./openapi.ts";
import { type DescribedRoute, type Route, route } from "./route.ts";
import { AGENT_DISCOVERY_ROUTES } from "./routes/agents/agent-discovery.ts";
import { AGENT_RESERVATION_ROUTES } from "./routes/agents/agent-reservations.ts";
import { AGENT_STANDING_ROUTES } from "./routes/agents/agent-standing.ts";
import { AGENT_TRIAL_ROUTES } from "./routes/agents/agent-trials.ts";
import { AGENT_ROUTES } from "./routes/agents/agents.ts";
import { AUDIT_ROUTES } from "./routes/execution/audit.ts";
import { BULK_CONTROL_ROUTES } from "./routes/execution/bulk-control.ts";
import { CHECKPOINT_ROUTES } from "./routes/execution/checkpoints.ts";
import { CONTROL_ROUTES } from "./routes/execution/control.ts";
import { EVENT_ROUTES } from "./routes/execution/events.ts";
import { EXECUTION_ROUTES } from "./routes/execution/executions.ts";
import { GRAPH_ROUTES } from "./routes/execution/graph.ts";
import { HOLD_ROUTES } from "./routes/execution/holds.ts";
import { INBOX_ROUTES } from "./routes/execution/inbox.ts";
import { OUTPUT_ROUTES } from "./routes/execution/outputs.ts";
import { REGISTRY_ROUTES } from "./routes/agents/registries.ts";
import { RESOURCE_ROUTES } from "./routes/system/resources.ts";
import { ROUTING_ROUTES } from "./routes/agents/routing.ts";
import { SUBMISSION_ROUTES } from "./routes/execution/submissions.ts";
import { SYSTEM_ROUTES } from "./routes/system/system.ts";
import { TASK_CONTROL_ROUTES } from "./routes/execution/task-control.ts";
import { TASK_INPUT_ROUTES } from "./routes/execution/task-input.ts";
import { WORKFLOW_ROUTES } from "./routes/workflow/workflows.ts";

const openapi = route({
  method: "GET",
  path: "/openapi.json",
  operationId: "getOpenApi",
  summary: "This document",
  permission: "public",
  reply: z.record(z.string(), z.unknown()),
  status: 200,
  run: async () => ({ body: await (document ??= describeRoutes([...ROUTES, STREAM])) }),
});

/** Written once by each function that is asked for it. */
let document: Promise<Record<string, unknown>> | undefined;

/** Served by `stream-status`, which can stream. */
export const STREAM: DescribedRoute = {
  method: "GET",
  path: "/api/v1/executions/{execution_id}/stream",
  operationId: "streamExecutionStatus",
  summary: "The status as server-sent events: 'status' when it changes, 'end' when the execution is over",
  permission: "execution:read",
  reply: { mediaType: "text/event-stream", content: StatusStreamData },
  status: 200,
};

/** Every operation of the API but the stream. The router runs it, the OpenAPI document describes it. */
export const ROUTES: readonly Route[] = [
  ...SYSTEM_ROUTES,
  openapi,
  ...SUBMISSION_ROUTES,
  ...WORKFLOW_ROUTES,
  ...EXECUTION_ROUTES,
  ...GRAPH_ROUTES,
  ...AUDIT_ROUTES,
  ...OUTPUT_ROUTES,
  ...TASK_INPUT_ROUTES,
  ...BULK_CONTROL_ROUTES,
  ...CONTROL_ROUTES,
  ...TASK_CONTROL_ROUTES,
  ...CHECKPOINT_ROUTES,
  ...HOLD_ROUTES,
  ...INBOX_ROUTES,
  ...EVENT_ROUTES,
  ...AGENT_STANDING_ROUTES,
  ...AGENT_TRIAL_ROUTES,
  ...AGENT_DISCOVERY_ROUTES,
  ...AGENT_RESERVATION_ROUTES,
  ...AGENT_ROUTES,
  ...ROUTING_ROUTES,
  ...REGISTRY_ROUTES,
  ...RESOURCE_ROUTES,
];
