import * as z from "zod";
import { StatusStreamData } from "../../shared/execution/views/status.ts";
import { describeRoutes } from "./openapi.ts";
import { OPERATIONS } from "./operations.ts";
import { type DescribedRoute, type Route, route } from "./route.ts";
import { OPENRPC_ROUTE } from "./rpc/method-table.ts";
import { RPC_ROUTE } from "./rpc/rpc-route.ts";

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
export const ROUTES: readonly Route[] = [openapi, OPENRPC_ROUTE, RPC_ROUTE, ...OPERATIONS];
