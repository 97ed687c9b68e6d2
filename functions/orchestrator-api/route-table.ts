import * as z from "zod";
import { ExecutionStreamData, StreamView } from "../../shared/execution/views/stream.ts";
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
  operationId: "streamExecution",
  summary:
    "Server-sent events: view=status (each status whole), events (each event once) or tasks ('snapshot' in columns, then 'delta'); 'end' when it is over. Every id is the sequence of an event: Last-Event-ID, or after, goes on behind it",
  permission: "execution:read",
  query: z.strictObject({ view: StreamView.default("status"), after: z.int().nonnegative().optional() }),
  reply: { mediaType: "text/event-stream", content: ExecutionStreamData },
  status: 200,
};

/** Every operation of the API but the stream. The router runs it, the OpenAPI document describes it. */
export const ROUTES: readonly Route[] = [openapi, OPENRPC_ROUTE, RPC_ROUTE, ...OPERATIONS];
