import type { Logger } from "@aws-lambda-powertools/logger";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { SFNClient } from "@aws-sdk/client-sfn";
import type { APIGatewayProxyResult } from "aws-lambda";
import type * as z from "zod";
import type { A2aClient } from "../../shared/a2a/a2a-client.ts";
import type { AgentLister } from "../../shared/agents/onboarding/agent-listing.ts";
import type { AgentStore } from "../../shared/agents/store/agent-store.ts";
import type { DefinitionStore } from "../../shared/workflow/store/definition-store.ts";
import type { ExecutionStore } from "../../shared/execution/store/execution-store.ts";
import type { PayloadStore } from "../../shared/execution/store/payload-store.ts";
import type { PlanView } from "../../shared/execution/store/plan-store.ts";
import type { PictureReader } from "../../shared/execution/store/admission-store.ts";
import type { DurationReader } from "../../shared/execution/store/task-stats.ts";
import type { AdmissionLimits } from "../../shared/execution/admission/admission.ts";
import type { Caller } from "../../shared/http/caller.ts";
import { parseBody, fit } from "../../shared/http/request.ts";
import type { AgentCalls } from "../../shared/agents/calls/agent-calls.ts";
import type { ControlDeps } from "../../shared/execution/control/control-deps.ts";
import type { AgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import type { QueueUrls } from "../../shared/execution/messages.ts";
import type { DispatchRef } from "../../shared/core/ids.ts";

/** What the API stands on. */
export interface ApiDeps {
  readonly executions: ExecutionStore;
  readonly admission: AdmissionLimits;
  readonly picture: PictureReader;
  /** What was observed of tasks, a minute old at most. */
  readonly durations: DurationReader;
  readonly definitions: DefinitionStore;
  readonly agents: AgentStore;
  /** The registry in memory, a few seconds old at most. */
  readonly directory: AgentDirectory;
  /** Reads external registries. */
  readonly listSource: AgentLister;
  readonly payloads: PayloadStore;
  readonly plan: (tenant: string, hash: string) => Promise<PlanView>;
  readonly sfn: SFNClient;
  readonly lambda: LambdaClient;
  readonly bus: EventBridgeClient;
  readonly busName: string;
  /** Tenant that runs this deployment: what reaches across tenants is its administrators' to do. */
  readonly ownerTenant: string;
  readonly planFunction: string;
  /** Machine version that carries runs without a machine of their own. */
  readonly graphRunnerArn: string;
  readonly queues: QueueUrls;
  readonly a2a: A2aClient;
  readonly calls: AgentCalls;
  readonly steering: ControlDeps;
  /** Has an attempt looked at soon. */
  readonly follow: (dispatch: DispatchRef) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly random: () => number;
  readonly newId: () => string;
}

/** One request, parsed as its route says. */
export interface RouteRequest<Body = unknown, Query = unknown> {
  readonly deps: ApiDeps;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly idempotencyKey: string | undefined;
  /** Body as it came, for texts that are not JSON. */
  readonly text: string;
  readonly contentType: string;
  readonly accept: string;
  /** What stands before our paths in the caller's URL: the stage, unless a domain of our own hides it. */
  readonly basePath: string;
}

/** One operation of the API: what the router runs, and what the OpenAPI document says. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** `public`: no token needed. */
  readonly permission: string;
  readonly body?: z.ZodType;
  /** Media types of a body that the route reads as text. */
  readonly textBody?: readonly string[];
  readonly query?: z.ZodType;
  readonly reply?: z.ZodType;
  readonly status: number;
  readonly run: (request: Omit<RouteRequest, "body" | "query"> & RawRequest) => Promise<APIGatewayProxyResult>;
}

/** What the OpenAPI document says of an operation. */
export type DescribedRoute = Omit<Route, "run">;

interface RawRequest {
  readonly rawBody: string | null;
  readonly rawQuery: Readonly<Record<string, string | undefined>>;
}

interface RouteShape<Body extends z.ZodType, Query extends z.ZodType> extends Omit<Route, "run" | "body" | "query"> {
  readonly body?: Body;
  readonly query?: Query;
  readonly run: (request: RouteRequest<z.output<Body>, z.output<Query>>) => Promise<APIGatewayProxyResult>;
}

/** Ties a handler to the schemas of its input: it only ever sees values that fit. */
export function route<Body extends z.ZodType = z.ZodType, Query extends z.ZodType = z.ZodType>(
  shape: RouteShape<Body, Query>,
): Route {
  const { body, query } = shape;
  // Without a schema the type parameter is ZodType itself, whose output is unknown; the compiler cannot tell.
  const nothing = <Schema extends z.ZodType>(): z.output<Schema> => undefined as z.output<Schema>; // oxlint-disable-line typescript/no-unsafe-type-assertion
  return {
    ...shape,
    run: ({ rawBody, rawQuery, ...request }) =>
      shape.run({
        ...request,
        body: body === undefined ? nothing<Body>() : parseBody(body, rawBody),
        query: query === undefined ? nothing<Query>() : fit(query, rawQuery, "query"),
      }),
  };
}

/** A path parameter of a matched route. */
export function param({ params }: Pick<RouteRequest, "params">, name: string): string {
  const value = params[name];
  if (value === undefined) throw new Error(`the route has no parameter '${name}'`);
  return value;
}
