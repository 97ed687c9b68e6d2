import type { APIGatewayProxyResult } from "aws-lambda";
import { ConflictError, ForbiddenError, IllegalMoveError, InvalidDefinitionError, InvalidRequestError, NotFoundError, OrchestratorError, QueueFullError } from "../core/errors.ts";
import { RequestTooLargeError, UnauthenticatedError } from "./request.ts";

/** Headers on every reply (requirement J7). */
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
  { code, title, detail, extra = {} }: { code: string; title: string; detail: string; extra?: Record<string, unknown> },
): APIGatewayProxyResult {
  const body = { type: `urn:a2a-orchestrator:problem:${code}`, title, status, detail, ...extra };
  return reply(status, body, { "content-type": "application/problem+json" });
}

/** Status and title by error class: the one table that maps our errors to HTTP. */
const HTTP_ERRORS: readonly (readonly [new (...given: never[]) => OrchestratorError, number, string])[] = [
  [InvalidDefinitionError, 422, "the workflow definition has flaws"],
  [InvalidRequestError, 400, "the request cannot be understood"],
  [NotFoundError, 404, "there is no such thing"],
  [ConflictError, 409, "the request contradicts what is stored"],
  [IllegalMoveError, 409, "it cannot be steered so where it stands"],
  [ForbiddenError, 403, "not permitted"],
  [UnauthenticatedError, 401, "no valid token"],
  [QueueFullError, 429, "too many workflows wait already"],
  [RequestTooLargeError, 413, "the request is too large"],
];

/** The reply to an error we threw on purpose; `undefined` for anything else, which is a defect. */
export function problemOf(error: unknown): APIGatewayProxyResult | undefined {
  if (!(error instanceof OrchestratorError)) return undefined;
  const [, status = error.recovery === "retry" ? 503 : 500, title = "the service cannot do this now"] =
    HTTP_ERRORS.find(([type]) => error instanceof type) ?? [];
  const result = problem(status, { code: error.name, title, detail: error.message, extra: extraOf(error) });
  const wait = error instanceof QueueFullError ? error.retryAfterSeconds : status === 503 ? 2 : undefined;
  return wait === undefined ? result : { ...result, headers: { ...result.headers, "retry-after": String(wait) } };
}

/** What some errors say beside their message. */
function extraOf(error: OrchestratorError): Record<string, unknown> {
  if (error instanceof InvalidRequestError) return { errors: error.flaws };
  return error instanceof IllegalMoveError || error instanceof QueueFullError ? { ...error.facts } : {};
}
