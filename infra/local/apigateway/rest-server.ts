import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { LambdaService } from "../lambda/lambda-service.ts";
import type { Meter } from "../meter.ts";
import { BodyTooLargeError, readBody } from "../wire/http-body.ts";
import type { AuthorizerService } from "./authorizer.ts";
import { refusalResponse } from "./gateway-response.ts";
import type { ProxyEvent } from "./proxy-event.ts";
import { proxyEvent } from "./proxy-event.ts";
import { writeProxyResult } from "./proxy-response.ts";
import { DEFAULT_STAGE, type Integration, type RestApi, type RouteMatch } from "./rest-api.ts";

const MAX_BODY_BYTES = 10_485_760;

export interface RestServices {
  readonly lambda: LambdaService;
  readonly authorizers: AuthorizerService;
  readonly region: string;
  readonly accountId: string;
  readonly log: (line: string) => void;
  /** Counts what AWS would bill for. @default - nobody counts */
  readonly meter?: Meter | undefined;
}

/** One request on its way through the gateway. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** Makes an HTTP server that answers for an API, under `/{stage}/…` unless its stage is the default one. */
export function createRestServer(api: RestApi, services: RestServices): Server {
  const server = createServer((request, response) => {
    const exchange = { request, response, requestId: randomUUID() };
    handle(api, services, exchange).catch((error: unknown) => {
      services.log(`API ${api.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      refuse(api, exchange, "API_CONFIGURATION_ERROR");
    });
  });
  // Streams may be silent for minutes.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  return server;
}

async function handle(api: RestApi, services: RestServices, exchange: Exchange): Promise<void> {
  const { request, requestId } = exchange;
  services.meter?.add(api.billedAs);
  const [rawPath, query] = splitOnce(request.url ?? "/");
  const { stage, path } = placeIn(api, rawPath);
  if (!api.stages.has(stage)) return refuse(api, exchange, "FORBIDDEN");
  const match = api.match(request.method ?? "GET", path);
  if (match === undefined) return refuse(api, exchange, stage === DEFAULT_STAGE ? "NOT_FOUND" : "MISSING_AUTHENTICATION_TOKEN");
  let body: Buffer;
  try {
    body = await readBody(request, MAX_BODY_BYTES);
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    return refuse(api, exchange, "REQUEST_TOO_LARGE");
  }
  const { accountId } = services;
  const event = proxyEvent({ api, accountId, stage, path, query, request, match, requestId, body });
  const authorized = await authorize(services, {
    match,
    event,
    methodArn: methodArn(api, services, { stage, path, request }),
  });
  if ("refusal" in authorized) return refuse(api, exchange, authorized.refusal);
  return integrate(api, services, { ...exchange, event: authorized.event, integration: match.method.integration });
}

function placeIn(api: RestApi, rawPath: string): { readonly stage: string; readonly path: string } {
  if (api.stages.has(DEFAULT_STAGE)) return { stage: DEFAULT_STAGE, path: rawPath };
  const [, stage = "", ...rest] = rawPath.split("/");
  return { stage, path: `/${rest.join("/")}` };
}

function splitOnce(url: string): readonly [string, string] {
  const at = url.indexOf("?");
  return at < 0 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}

interface Call {
  readonly stage: string;
  readonly path: string;
  readonly request: IncomingMessage;
}

function methodArn(api: RestApi, { region, accountId }: RestServices, { stage, path, request }: Call): string {
  return `arn:aws:execute-api:${region}:${accountId}:${api.id}/${stage}/${request.method ?? "GET"}${path}`;
}

async function authorize(
  { authorizers }: RestServices,
  { match, event, methodArn }: { match: RouteMatch; event: ProxyEvent; methodArn: string },
): Promise<{ event: ProxyEvent } | { refusal: string }> {
  const { authorizer } = match.method;
  if (authorizer === undefined) return { event };
  const authorization = await authorizers.authorize(authorizer, event, methodArn);
  if ("refusal" in authorization) return authorization;
  return { event: { ...event, requestContext: { ...event.requestContext, authorizer: authorization.authorizer } } };
}

interface IntegrationCall extends Exchange {
  readonly event: ProxyEvent;
  readonly integration: Integration;
}

async function integrate(api: RestApi, services: RestServices, call: IntegrationCall): Promise<void> {
  const { integration, response, requestId } = call;
  response.setHeader("x-amzn-requestid", requestId);
  if (integration.type === "mock") {
    response.writeHead(integration.statusCode, integration.headers).end();
    return;
  }
  if (integration.isStreaming) return stream(api, services, { ...call, integration });
  const timeout = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => timeout.resolve(undefined), integration.timeoutMs);
  const outcome = await Promise.race([
    services.lambda.invoke(integration.functionArn, JSON.stringify(call.event)),
    timeout.promise,
  ]);
  clearTimeout(timer);
  if (outcome === undefined) return refuse(api, call, "INTEGRATION_TIMEOUT");
  if (outcome.functionError !== undefined)
    services.log(`API ${api.name}: ${integration.functionArn} failed: ${outcome.payload}`);
  const isWritten = outcome.functionError === undefined && writeProxyResult(response, outcome.payload);
  if (!isWritten) refuse(api, call, "API_CONFIGURATION_ERROR");
}

async function stream(
  api: RestApi,
  { lambda, log }: RestServices,
  {
    response,
    event,
    integration,
    ...rest
  }: IntegrationCall & { readonly integration: Integration & { type: "lambda" } },
): Promise<void> {
  const call = await lambda.invokeStreaming(integration.functionArn, JSON.stringify(event), {
    head: ({ statusCode, headers, cookies }) => {
      if (cookies.length > 0) response.setHeader("set-cookie", [...cookies]);
      response.writeHead(statusCode, headers).flushHeaders();
    },
    chunk: (data) => void response.write(data),
  });
  response.on("close", () => call.cancel());
  // Who had to wait for their turn may have gone away meanwhile.
  if (response.closed) call.cancel();
  const outcome = await call.outcome;
  if (outcome.functionError !== undefined)
    log(`API ${api.name}: ${integration.functionArn} failed: ${outcome.payload}`);
  if (response.headersSent) return void response.end();
  if (outcome.functionError !== undefined || !writeProxyResult(response, outcome.payload)) {
    refuse(api, { response, ...rest }, "API_CONFIGURATION_ERROR");
  }
}

function refuse(api: RestApi, { response, requestId }: Exchange, refusal: string): void {
  if (response.headersSent) return void response.end();
  const { statusCode, headers, body } = refusalResponse(api.gatewayResponses, refusal, requestId);
  // A body that was not read would keep the connection from its next request.
  const connection = refusal === "REQUEST_TOO_LARGE" ? { connection: "close" } : {};
  response.writeHead(statusCode, { "x-amzn-requestid": requestId, ...headers, ...connection }).end(body);
}
