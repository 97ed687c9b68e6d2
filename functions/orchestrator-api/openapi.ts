import { STATUS_CODES } from "node:http";
import * as z from "zod";
import type {
  CreateDocumentOptions,
  ZodOpenApiOperationObject,
  ZodOpenApiPathItemObject,
} from "zod-openapi";
import { refusalsOf } from "./refusals.ts";
import { type DescribedRoute, NO_BODY } from "./route.ts";

/** Writes the OpenAPI 3.1 document of a route table: the same table, the same document. */
export async function describeRoutes(routes: readonly DescribedRoute[]): Promise<Record<string, unknown>> {
  // Only who asks for the document loads its writer: it lies beside the bundle (`infra/bundle.ts`).
  const { createDocument } = await import("zod-openapi");
  const paths: Record<string, ZodOpenApiPathItemObject> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  const document = createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "A2A orchestrator",
        version: "1.0.0",
        description: "Runs workflows of A2A agents. Refusals are problem details (RFC 9457).",
      },
      security: [{ bearer: [] }],
      paths,
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
    },
    OPTIONS,
  );
  return { ...document };
}

/** `format: date-time` says what zod's pattern of 300 characters says. */
const OPTIONS = {
  override: ({ jsonSchema }) => {
    if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  },
} satisfies CreateDocumentOptions;

function operation(route: DescribedRoute): ZodOpenApiOperationObject {
  const { operationId, summary, permission } = route;
  return {
    operationId,
    summary,
    ...(permission === "public" ? { security: [] } : { "x-permission": permission }),
    requestParams: { ...parametersOf(route) },
    ...requestBody(route),
    responses: { ...successes(route), ...refusalsOf(route) },
  };
}

const IdempotencyKey = z.object({
  "Idempotency-Key": z.string().optional().meta({ description: "the same key and input find the same execution" }),
});

function parametersOf({ path, query, takesIdempotencyKey }: DescribedRoute) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, z.string()] as const);
  return {
    ...(names.length === 0 ? {} : { path: z.object(Object.fromEntries(names)) }),
    ...(query === undefined ? {} : { query }),
    ...(takesIdempotencyKey === true ? { header: IdempotencyKey } : {}),
  };
}

function requestBody({ body, textBody }: DescribedRoute): Pick<ZodOpenApiOperationObject, "requestBody"> {
  if (body !== undefined) return { requestBody: { required: true, content: { "application/json": { schema: body } } } };
  if (textBody === undefined) return {};
  const content = Object.fromEntries(textBody.map((type) => [type, { schema: z.unknown() }]));
  return { requestBody: { required: true, content } };
}

function successes(route: DescribedRoute): ZodOpenApiOperationObject["responses"] {
  const content = contentOf(route.reply);
  const statuses = [route.status, ...(route.otherStatus === undefined ? [] : [route.otherStatus])];
  const answers = statuses.map((status) => [status, { description: STATUS_CODES[status] ?? "", ...(status === 204 ? {} : content) }] as const);
  const redirect = { description: route.redirect ?? "", headers: z.object({ location: z.string() }) };
  return { ...Object.fromEntries(answers), ...(route.redirect === undefined ? {} : { 307: redirect }) };
}

function contentOf(reply: DescribedRoute["reply"]) {
  if (reply === NO_BODY) return {};
  if (!("mediaType" in reply)) return { content: { "application/json": { schema: reply } } };
  const [type = ""] = reply.mediaType.split(";");
  return { content: { [type]: { schema: reply.content ?? z.string() } } };
}
