import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { Caller, requirePermission } from "../../shared/http/caller.ts";
import { internalError, problem, problemOf } from "../../shared/http/problem.ts";
import { UnauthenticatedError } from "../../shared/http/request.ts";
import { InvalidRequestError } from "../../shared/core/errors.ts";
import type { ApiDeps, Route } from "./route.ts";

interface CompiledRoute {
  readonly route: Route;
  readonly pattern: RegExp;
}

/** Matches the paths that a route's template stands for; its parameters are named groups. */
export const pathPattern = (template: string): RegExp =>
  new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)").replaceAll(".", "\\.")}/?$`);

const compile = (route: Route): CompiledRoute => ({ route, pattern: pathPattern(route.path) });

/** Answers requests by a route table: first match wins, so fixed paths stand before those with parameters. */
export function createRouter(deps: ApiDeps, routes: readonly Route[]) {
  const table = routes.map(compile);
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    try {
      return await answer(deps, table, event);
    } catch (error) {
      const known = problemOf(error);
      if (known === undefined || known.statusCode >= 500) {
        deps.logger.error("request failed", {
          tenant: event.requestContext.authorizer?.["tenant"],
          path: event.path,
          method: event.httpMethod,
          error,
        });
      }
      return known ?? internalError(`report it with the request id ${event.requestContext.requestId}`);
    }
  };
}

async function answer(
  deps: ApiDeps,
  table: readonly CompiledRoute[],
  event: APIGatewayProxyEvent,
): Promise<APIGatewayProxyResult> {
  const matches = table.filter(({ pattern }) => pattern.test(event.path));
  const match = matches.find(({ route }) => route.method === event.httpMethod);
  if (match === undefined) return noSuchRoute(event, matches);
  const caller = readCaller(event, match.route);
  const { rawBody, text } = readBody(event);
  return match.route.run({
    deps,
    caller,
    params: readParams(match.pattern, event.path),
    rawBody,
    rawQuery: event.queryStringParameters ?? {},
    text,
    contentType: header(event, "content-type")?.toLowerCase() ?? "",
    accept: header(event, "accept") ?? "",
    basePath: event.requestContext.path.slice(0, event.requestContext.path.length - event.path.length),
    requestId: event.requestContext.requestId,
    idempotencyKey: match.route.takesIdempotencyKey === true ? readIdempotencyKey(event) : undefined,
  });
}

function noSuchRoute(event: APIGatewayProxyEvent, matches: readonly CompiledRoute[]): APIGatewayProxyResult {
  const { httpMethod: method, path } = event;
  if (matches.length === 0) {
    const detail = `the API has no path ${path}; GET /openapi.json lists every operation`;
    return problem(404, { code: "NoSuchPath", title: "path not found", detail });
  }
  const allow = [...new Set(matches.map(({ route }) => route.method))].join(", ");
  const detail = `${path} does not support ${method}; it supports ${allow}`;
  const result = problem(405, { code: "MethodNotAllowed", title: "method not allowed", detail });
  return { ...result, headers: { ...result.headers, allow } };
}

const ANONYMOUS: Caller = { tenant: "nobody", subject: "anonymous", roles: [] };

function readCaller({ requestContext }: APIGatewayProxyEvent, { permission }: Route): Caller {
  if (permission === "public") return ANONYMOUS;
  const { data: caller, error } = Caller.safeParse(requestContext.authorizer ?? {});
  if (caller === undefined) throw new UnauthenticatedError({ cause: error });
  requirePermission(caller, permission);
  return caller;
}

function readBody({ body, isBase64Encoded }: APIGatewayProxyEvent): { rawBody: string | null; text: string } {
  const rawBody = body !== null && isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
  return { rawBody, text: rawBody ?? "" };
}

function readParams(pattern: RegExp, path: string): Record<string, string> {
  const groups = pattern.exec(path)?.groups ?? {};
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, checkLength(name, decodeSegment(value))]));
}

/** Ids end in keys of tables, which are limited; no id of ours comes near this. */
const LONGEST_ID = 256;

function checkLength(name: string, value: string): string {
  if (value.length <= LONGEST_ID) return value;
  throw new InvalidRequestError([{ field: `path.${name}`, message: `is longer than ${LONGEST_ID} characters` }]);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function readIdempotencyKey(event: APIGatewayProxyEvent): string | undefined {
  const key = header(event, "idempotency-key");
  if (key === undefined || key.trim() !== "") return key;
  const message = "must not be blank; leave the header out, or send a key";
  throw new InvalidRequestError([{ field: "header.Idempotency-Key", message }]);
}

/** A header whatever its case. */
function header({ headers }: APIGatewayProxyEvent, name: string): string | undefined {
  const entry = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return entry?.[1];
}
