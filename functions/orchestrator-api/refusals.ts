import * as z from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from "zod-openapi";
import { Problem } from "../../shared/core/problem.ts";
import type { DescribedRoute } from "./route.ts";

const problem = (id: string, description: string): ZodOpenApiResponseObject => ({
  id,
  description,
  content: { "application/problem+json": { schema: Problem } },
});

const later = (id: string, description: string): ZodOpenApiResponseObject => ({
  ...problem(id, description),
  headers: z.object({ "Retry-After": z.string().optional() }),
});

/** The problem documents of the API, by status. */
const REFUSALS = {
  400: problem("BadRequest", "The request is not valid; `errors` names each flaw"),
  401: problem("Unauthorized", "There is no valid token"),
  403: problem("Forbidden", "No role of the caller grants this"),
  404: problem("NotFound", "What the request names was not found"),
  409: problem("Conflict", "Not possible in the current state; `legal_moves` says what can be done with an execution"),
  413: problem("ContentTooLarge", "The body is too large"),
  422: problem("UnprocessableContent", "The definition has flaws; `errors` names each with its place and remedy"),
  429: later("TooManyRequests", "Too many requests, or too many workflows are waiting; try again later"),
  500: problem("InternalServerError", "A defect; report it with the request id"),
  503: later("ServiceUnavailable", "Temporarily unavailable; try again later"),
} as const;

/** The problem documents that an operation may answer with: by its form, and those that the route names. */
export function refusalsOf(route: DescribedRoute): NonNullable<ZodOpenApiOperationObject["responses"]> {
  const { path, body, textBody, query, permission, refusals = [] } = route;
  const hasParameters = path.includes("{");
  const statuses: readonly (keyof typeof REFUSALS)[] = [
    ...(hasParameters || body !== undefined || textBody !== undefined || query !== undefined ? ([400] as const) : []),
    ...(permission === "public" ? [] : ([401, 403] as const)),
    ...(hasParameters ? ([404] as const) : []),
    ...(body === undefined && textBody === undefined ? [] : ([413] as const)),
    ...refusals,
    // The gateway throttles any operation.
    429,
    500,
    503,
  ];
  return Object.fromEntries(statuses.map((status) => [status, REFUSALS[status]]));
}
