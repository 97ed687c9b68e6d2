import type { APIGatewayProxyResult } from "aws-lambda";
import { OrchestratorError } from "../core/errors.ts";
import type { Problem } from "../core/problem.ts";
import { INTERNAL, refusalOf } from "./refusals.ts";

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

/** What problem details say. */
export interface Told {
  /** Wire name of the error; `type` is it under our own URN. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly extra?: Readonly<Record<string, unknown>>;
}

const problemBody = (status: number, { code, title, detail, extra = {} }: Told): Problem => ({
  type: `urn:a2a-orchestrator:problem:${code}`,
  title,
  status,
  detail,
  ...extra,
});

/** A reply with problem details (RFC 9457). */
export const problem = (status: number, told: Told): APIGatewayProxyResult =>
  reply(status, problemBody(status, told), { "content-type": "application/problem+json" });

/** The problem that an error we threw on purpose stands for; `undefined` for anything else, which is a defect. */
export function describeProblem(error: unknown): Problem | undefined {
  const refusal = refusalOf(error);
  if (refusal === undefined || !(error instanceof OrchestratorError)) return undefined;
  const { http, title } = refusal;
  return problemBody(http, { code: error.name, title, detail: error.message, extra: error.facts });
}

/** The reply to an error we threw on purpose; `undefined` for anything else. */
export function problemOf(error: unknown): APIGatewayProxyResult | undefined {
  const body = describeProblem(error);
  if (body === undefined) return undefined;
  const wait = refusalOf(error)?.retryAfterSeconds;
  const headers = wait === undefined ? {} : { "retry-after": String(wait) };
  return reply(body.status, body, { "content-type": "application/problem+json", ...headers });
}

const defect = (detail: string): Told => ({ code: "Internal", title: INTERNAL, detail });

/** The problem of a defect. What is wrong stands in the log; `detail` says how to report it. */
export const internalProblem = (detail: string): Problem => problemBody(500, defect(detail));

/** The reply to a defect. */
export const internalError = (detail: string): APIGatewayProxyResult => problem(500, defect(detail));
