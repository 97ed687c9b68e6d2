import * as z from "zod";
import type { DescribedRoute } from "./route.ts";

/** Writes the OpenAPI 3.1 document of a route table. */
export function describeRoutes(routes: readonly DescribedRoute[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "A2A orchestrator",
      version: "1.0.0",
      description: "Runs workflows of A2A agents. Errors are problem details (RFC 9457).",
    },
    security: [{ bearer: [] }],
    paths,
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
  };
}

function operation(route: DescribedRoute): Record<string, unknown> {
  const { operationId, summary, permission, status } = route;
  return {
    operationId,
    summary,
    ...(permission === "public" ? { security: [] } : { "x-permission": permission }),
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...requestBody(route),
    responses: {
      [status]: { description: "done" },
      default: { description: "problem details", content: { "application/problem+json": { schema: PROBLEM } } },
    },
  };
}

function requestBody({ body, textBody }: DescribedRoute): object {
  if (textBody !== undefined) {
    return { requestBody: { required: true, content: Object.fromEntries(textBody.map((type) => [type, { schema: {} }])) } };
  }
  return body === undefined ? {} : { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body) } } } };
}

const PROBLEM = {
  type: "object",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
  },
};

const schemaOf = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
};

const pathParameters = ({ path }: DescribedRoute) =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string" } }));

const QueryShape = z.object({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});

function queryParameters({ query }: DescribedRoute) {
  if (query === undefined) return [];
  const { properties, required } = QueryShape.parse(schemaOf(query));
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", required: required.includes(name), schema }));
}

const headerParameters = ({ operationId }: DescribedRoute) =>
  operationId.startsWith("execute") ? [{ name: "Idempotency-Key", in: "header", required: false, schema: { type: "string" } }] : [];
