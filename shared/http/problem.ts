import type { APIGatewayProxyResult } from "aws-lambda";
import { ConflictError, ForbiddenError, IllegalMoveError, InvalidDefinitionError, InvalidRequestError, NotFoundError, OrchestratorError, QueueFullError } from "../core/errors.ts";
import type { Problem } from "../core/problem.ts";
import { RequestTooLargeError, UnauthenticatedError } from "./request.ts";

/** Headers on every reply. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** A JSON reply. */
export const reply = (statusCode: number, body: unknown, headers: Record<string, string> = {}): APIGatewayProxyResult => ({
  statusCode,
  headers: { "content-type": "application/json", ...SECURITY_HEADERS, ...headers },
  body: JSON.stringify(body),
});

/** A reply with problem details (RFC 9457). `type` is the error's wire name under our own URN. */
export function problem(
  status: number,
  { code, title, detail, extra = {} }: { code: string; title: string; detail: string; extra?: Readonly<Record<string, unknown>> },
): APIGatewayProxyResult {
  const body: Problem = { type: `urn:a2a-orchestrator:problem:${code}`, title, status, detail, ...extra };
  return reply(status, body, { "content-type": "application/problem+json" });
}

/** Status and title by error class: the one table that maps our errors to HTTP. */
const HTTP_ERRORS: readonly (readonly [new (...given: never[]) => OrchestratorError, number, string])[] = [
  [InvalidDefinitionError, 422, "the workflow definition has flaws"],
  [InvalidRequestError, 400, "the request is not valid"],
  [NotFoundError, 404, "not found"],
  [ConflictError, 409, "the request conflicts with the current state"],
  [IllegalMoveError, 409, "not possible in the current state"],
  [ForbiddenError, 403, "not permitted"],
  [UnauthenticatedError, 401, "no valid token"],
  [QueueFullError, 429, "too many workflows are waiting"],
  [RequestTooLargeError, 413, "the request is too large"],
];

const INTERNAL = "internal error";

/** The reply to an error we threw on purpose; `undefined` for anything else, which is a defect. */
export function problemOf(error: unknown): APIGatewayProxyResult | undefined {
  if (!(error instanceof OrchestratorError)) return undefined;
  const isPassing = error.recovery === "retry";
  const [, status = isPassing ? 503 : 500, title = isPassing ? "temporarily unavailable" : INTERNAL] =
    HTTP_ERRORS.find(([type]) => error instanceof type) ?? [];
  const result = problem(status, { code: error.name, title, detail: error.message, extra: error.facts });
  const wait = error instanceof QueueFullError ? error.retryAfterSeconds : status === 503 ? 2 : undefined;
  return wait === undefined ? result : { ...result, headers: { ...result.headers, "retry-after": String(wait) } };
}

/** The reply to a defect. What is wrong stands in the log; `detail` says how to report it. */
export const internalError = (detail: string): APIGatewayProxyResult =>
  problem(500, { code: "Internal", title: INTERNAL, detail });
