import type { IdKind } from "../../shared/core/ids.ts";
import type { Logger } from "@aws-lambda-powertools/logger";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SFNClient } from "@aws-sdk/client-sfn";
import type { APIGatewayProxyResult } from "aws-lambda";
import type * as z from "zod";
import type { A2aClient } from "../../shared/a2a/a2a-client.ts";
import type { AgentLister } from "../../shared/agents/onboarding/agent-listing.ts";
import type { AgentStore } from "../../shared/agents/store/agent-store.ts";
import type { DefinitionStore } from "../../shared/workflow/store/definition-store.ts";
import type { ExecutionStore } from "../../shared/execution/store/execution-store.ts";
import type { Mail } from "../../shared/execution/runtime/runtime.ts";
import type { PayloadStore } from "../../shared/execution/store/payload-store.ts";
import type { PlanView } from "../../shared/execution/store/plan-store.ts";
import type { AdmissionSnapshotReader } from "../../shared/execution/store/admission-store.ts";
import type { DurationReader } from "../../shared/execution/store/task-stats.ts";
import type { AdmissionLimits } from "../../shared/execution/admission/admission.ts";
import type { UploadOrder, UploadOutcome } from "../../shared/execution/upload.ts";
import type { Caller } from "../../shared/http/caller.ts";
import { reply, SECURITY_HEADERS } from "../../shared/http/problem.ts";
import { parseBody, fit } from "../../shared/http/request.ts";
import type { ControlDeps } from "../../shared/execution/control/control-deps.ts";
import type { AgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import type { HooksBefore } from "../../shared/execution/run/hooks-before.ts";
import type { HookEvent } from "../../shared/hooks/hook-event.ts";
import type { HookOrder } from "../../shared/hooks/hook-order.ts";
import type { NotificationOrder } from "../../shared/incidents/messages.ts";
import type { DeadLetterDesk } from "../../shared/incidents/store/dead-letter-store.ts";
import type { TrialOrder } from "../../shared/agents/views/trials.ts";
import type { AwaitMessage, QueueUrls } from "../../shared/execution/messages.ts";

/** What the API stands on. */
export interface ApiDeps {
  readonly executions: ExecutionStore;
  readonly admission: AdmissionLimits;
  readonly picture: AdmissionSnapshotReader;
  /** Hooks before executions. */
  readonly before: HooksBefore;
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
  /** Of the WebSocket API. */
  readonly socketUrl: string;
  readonly planFunction: string;
  readonly queues: QueueUrls;
  readonly mail: Pick<Mail, "task" | "watchExecution">;
  readonly a2a: A2aClient;
  readonly steering: ControlDeps;
  /** Has an agent given what a person answered to its question. */
  readonly giveAnswer: (message: AwaitMessage) => Promise<void>;
  /** Has an agent tried, without waiting for what comes of it. */
  readonly tryAgent: (order: TrialOrder) => Promise<void>;
  readonly uploads: UploadDesk;
  readonly hooks: HookDesk;
  /** Has moves of incidents told, and channels. */
  readonly notifications: (orders: readonly NotificationOrder[]) => Promise<void>;
  /** Messages that failed for good. */
  readonly deadLetters: DeadLetterDesk;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly random: () => number;
  readonly newId: (kind: IdKind) => string;
}

/** How what is too large for a request comes in. */
export interface UploadDesk {
  /** Signs the links to which parts are sent. */
  readonly signer: S3Client;
  /** Has the parts joined and looked at. */
  readonly finish: (order: UploadOrder) => Promise<UploadOutcome>;
}

/** What hooks may do in this deployment, and the way to have them run. */
export interface HookDesk {
  /** Functions of the account that hooks may call. */
  readonly functions: ReadonlySet<string>;
  /** Programs that commands of hooks may call. */
  readonly commands: ReadonlySet<string>;
  /** Private hosts that webhooks may be posted to. */
  readonly hosts: ReadonlySet<string>;
  readonly order: (orders: readonly HookOrder[]) => Promise<void>;
  /** Has the hooks run that events match which no stream carries. */
  readonly announce: (events: readonly HookEvent[]) => Promise<void>;
}

/** One request, parsed as its route says. */
export interface RouteRequest<Body = unknown, Query = unknown> {
  readonly deps: ApiDeps;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Only where the route takes one. */
  readonly idempotencyKey: string | undefined;
  /** Body as it came, for texts that are not JSON. */
  readonly text: string;
  readonly contentType: string;
  readonly accept: string;
  /** What stands before our paths in the caller's URL: the stage, unless a domain of our own hides it. */
  readonly basePath: string;
  /** Leads from a reply to a line of the log. */
  readonly requestId: string;
}

/** A success that is a text of another media type than JSON. */
export interface TextReply {
  readonly mediaType: string;
  /** What the text holds, where a schema can say so. */
  readonly content?: z.ZodType;
}

/** A success without a body (204). */
export const NO_BODY = "no body";

/** What a success sends: JSON that fits a schema, another text, or nothing. */
export type ReplyShape = z.ZodType | TextReply | typeof NO_BODY;

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
  readonly query?: z.ZodObject;
  readonly takesIdempotencyKey?: true;
  readonly reply: ReplyShape;
  /** Of a success. */
  readonly status: number;
  /** Of a success that the route words otherwise: 200 instead of 201 for what was there before. */
  readonly otherStatus?: number;
  /** Where the route sends some callers instead (307), in words. */
  readonly redirect?: string;
  /** Statuses of refusals beside those that follow from the parts above; see `refusals.ts`. */
  readonly refusals?: readonly (409 | 422)[];
  readonly run: (request: Omit<RouteRequest, "body" | "query"> & RawRequest) => Promise<APIGatewayProxyResult>;
}

/** What the OpenAPI document says of an operation. */
export type DescribedRoute = Omit<Route, "run">;

interface RawRequest {
  readonly rawBody: string | null;
  readonly rawQuery: Readonly<Record<string, string | undefined>>;
}

/** A route's success. The status is the route's own unless the answer gives another. */
export interface Answer<Body> {
  readonly body: Body;
  readonly status?: number;
  readonly headers?: Record<string, string>;
}

/** Sends the caller elsewhere. */
export interface Redirect {
  readonly redirectTo: string;
}

type BodyOf<Reply extends ReplyShape> = Reply extends z.ZodType
  ? z.output<Reply>
  : Reply extends TextReply
    ? string
    : undefined;

interface RouteShape<Body extends z.ZodType, Query extends z.ZodObject, Reply extends ReplyShape> extends Omit<
  Route,
  "run" | "body" | "query" | "reply"
> {
  readonly body?: Body;
  readonly query?: Query;
  readonly reply: Reply;
  readonly run: (
    request: RouteRequest<z.output<Body>, z.output<Query>>,
  ) => Promise<Answer<BodyOf<Reply>> | Redirect>;
}

/**
 * Ties a handler to the schemas of its input and its reply: it only ever sees values that fit, and the compiler checks
 * that it answers what the schema says. Replies are not parsed on their way out; the tests do that.
 */
export function route<
  Reply extends ReplyShape,
  Body extends z.ZodType = z.ZodType,
  Query extends z.ZodObject = z.ZodObject,
>(shape: RouteShape<Body, Query, Reply>): Route {
  const { body, query, run } = shape;
  // Without a schema the type parameter is ZodType itself, whose output is unknown; the compiler cannot tell.
  const nothing = <Schema extends z.ZodType>(): z.output<Schema> => undefined as z.output<Schema>; // oxlint-disable-line typescript/no-unsafe-type-assertion
  return {
    ...shape,
    run: async ({ rawBody, rawQuery, ...request }) =>
      send(
        shape,
        await run({
          ...request,
          body: body === undefined ? nothing<Body>() : parseBody(body, rawBody),
          query: query === undefined ? nothing<Query>() : fit(query, rawQuery, "query"),
        }),
      ),
  };
}

function send({ reply: shape, status }: Pick<Route, "reply" | "status">, answer: Answer<unknown> | Redirect) {
  if ("redirectTo" in answer) return textReply(307, "", { location: answer.redirectTo });
  const sent = answer.status ?? status;
  if (shape === NO_BODY || sent === 204) return textReply(sent, "", answer.headers);
  if (!("mediaType" in shape)) return reply(sent, answer.body, answer.headers);
  return textReply(sent, String(answer.body), { "content-type": shape.mediaType, ...answer.headers });
}

const textReply = (statusCode: number, body: string, headers: Record<string, string> = {}): APIGatewayProxyResult => ({
  statusCode,
  headers: { ...SECURITY_HEADERS, ...headers },
  body,
});

/** A path parameter of a matched route. */
export function param({ params }: Pick<RouteRequest, "params">, name: string): string {
  const value = params[name];
  if (value === undefined) throw new Error(`the route has no parameter '${name}'`);
  return value;
}
