import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer, request as httpRequest } from "node:http";
import { parseJson } from "../json.ts";
import { AwsError } from "./aws-error.ts";
import { readBody } from "./http-body.ts";
import type { Operation, Operations } from "./operation.ts";

/** What answers behind the one endpoint. */
export interface FrontRoutes {
  /** By the prefix of `X-Amz-Target`, for example `AmazonSQS`. */
  readonly services: Readonly<Record<string, Operations | Operation>>;
  /** By the start of the path. */
  readonly paths: readonly {
    readonly prefix: string;
    handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  }[];
  /** Endpoint to hand a signed request to, by the service it was signed for. */
  readonly forwards: Readonly<Record<string, () => string>>;
  readonly log: (line: string) => void;
  /** Hears of every call to a service, before it is answered. @default - nobody does */
  readonly onCall?: ((target: string, body: string) => void) | undefined;
}

/** One HTTP endpoint for all services of the cloud. */
export function createFrontServer(routes: FrontRoutes): Server {
  const server = createServer((request, response) => {
    dispatch(routes, request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return void response.end();
      if (error instanceof AwsError) return writeError(response, error);
      routes.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return writeError(response, new AwsError("InternalFailure", "the embedded cloud failed; see its log", 500));
    });
  });
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  return server;
}

async function dispatch(routes: FrontRoutes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.headers["x-amz-target"];
  const service =
    /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const forward = routes.forwards[service];
  if (forward !== undefined) return proxy(forward(), request, response);
  if (typeof target === "string") return answer(routes, { target, request, response });
  const path = routes.paths.find(({ prefix }) => (request.url ?? "/").startsWith(prefix));
  if (path === undefined)
    throw new AwsError("UnknownOperationException", `nothing answers ${request.method} ${request.url}`, 404);
  return path.handle(request, response);
}

/** What answers a target such as `AmazonSQS.SendMessage`. @throws {AwsError} nothing does. */
export function operationFor(services: FrontRoutes["services"], target: string): Operation {
  const [prefix = "", name = ""] = target.split(".");
  const service = services[prefix];
  if (typeof service === "function") return (body, signal) => service({ target, body }, signal);
  const run = service?.[name];
  if (run !== undefined) return run;
  throw new AwsError("UnknownOperationException", `${target} is not supported by the embedded cloud`);
}

interface TargetCall {
  readonly target: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(routes: FrontRoutes, { target, request, response }: TargetCall): Promise<void> {
  const run = operationFor(routes.services, target);
  const abort = new AbortController();
  response.on("close", () => abort.abort());
  const text = (await readBody(request)).toString();
  routes.onCall?.(target, text);
  const reply = await run(parseJson(text || "{}"), abort.signal);
  writeJson(response, 200, JSON.stringify(reply ?? {}));
}

function writeJson(response: ServerResponse, status: number, text: string): void {
  const headers = { "content-type": "application/x-amz-json-1.0", "content-length": Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}

function writeError(response: ServerResponse, { code, message, status, fields }: AwsError): void {
  response.setHeader("x-amzn-errortype", code);
  writeJson(response, status, JSON.stringify({ __type: code, message, ...fields }));
}

function proxy(endpoint: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method, headers } = request;
    const outgoing = httpRequest(new URL(request.url ?? "/", endpoint), { method, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response).on("finish", resolve).on("error", reject);
    });
    outgoing.on("error", reject);
    request.pipe(outgoing);
  });
}
