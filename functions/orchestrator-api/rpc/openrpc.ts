import * as z from "zod";
import type { CreateDocumentOptions, ZodOpenApiPathsObject } from "zod-openapi";
import { RPC_ERRORS, type RpcErrorName } from "../../../shared/http/rpc-errors.ts";
import type { RpcMethod } from "./rpc-method.ts";

/** Writes the OpenRPC document of a table of methods: the same table, the same document. */
export async function describeMethods(methods: readonly RpcMethod[]): Promise<Record<string, unknown>> {
  const schemas = await writeSchemas(methods);
  return {
    openrpc: "1.3.2",
    info: {
      title: "A2A orchestrator",
      version: "1.0.0",
      description: "Runs workflows of A2A agents: POST /rpc, with the same tokens, permissions and rules as the REST API.",
    },
    methods: methods.map((method) => describe(method, schemas)),
    components: { schemas: schemas.components },
  };
}

type Json = Readonly<Record<string, unknown>>;

interface Schemas {
  readonly params: ReadonlyMap<string, Json>;
  readonly results: ReadonlyMap<string, Json>;
  readonly components: Json;
}

const Written = z.object({
  paths: z.record(
    z.string(),
    z.object({
      post: z.object({
        requestBody: z.object({ content: z.object({ "application/json": z.object({ schema: z.json() }) }) }),
        responses: z.object({ 200: z.object({ content: z.object({ "application/json": z.object({ schema: z.json() }) }) }) }),
      }),
    }),
  ),
  components: z.object({ schemas: z.record(z.string(), z.json()).default({}) }).default({ schemas: {} }),
});
const ObjectSchema = z.object({ properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}) });

/** The writer of OpenAPI turns schemas into JSON Schema; each method is a path for it. */
async function writeSchemas(methods: readonly RpcMethod[]): Promise<Schemas> {
  const { createDocument } = await import("zod-openapi");
  const paths: ZodOpenApiPathsObject = Object.fromEntries(
    methods.map(({ name, params, result }) => [
      `/${name}`,
      {
        post: {
          requestBody: { content: { "application/json": { schema: z.object(params) } } },
          responses: { 200: { description: name, content: { "application/json": { schema: result } } } },
        },
      },
    ]),
  );
  const document = createDocument({ openapi: "3.1.0", info: { title: "", version: "" }, paths }, OPTIONS);
  const written = Written.parse(JSON.parse(JSON.stringify(document)));
  const entries = Object.entries(written.paths).map(([path, { post }]) => [path.slice(1), post] as const);
  return {
    params: new Map(entries.map(([name, { requestBody }]) => [name, ObjectSchema.parse(requestBody.content["application/json"].schema).properties])),
    results: new Map(entries.map(([name, { responses }]) => [name, JsonObject.parse(responses[200].content["application/json"].schema)])),
    components: written.components.schemas,
  };
}

const JsonObject = z.record(z.string(), z.unknown());

/** `format: date-time` says what zod's pattern of 300 characters says. */
const OPTIONS = {
  override: ({ jsonSchema }) => {
    if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  },
} satisfies CreateDocumentOptions;

function describe(method: RpcMethod, { params, results }: Schemas): Json {
  const { name, summary, route } = method;
  const written = params.get(name) ?? {};
  const isRequired = (schema: z.ZodType): boolean => !schema.safeParse(undefined).success;
  return {
    name,
    summary,
    paramStructure: "by-name",
    params: Object.entries(method.params)
      .map(([param, schema]) => ({ name: param, required: isRequired(schema), schema: written[param] ?? {} }))
      // OpenRPC wants what is required first.
      .sort((a, b) => Number(b.required) - Number(a.required)),
    result: { name: "result", schema: results.get(name) ?? {} },
    errors: errorsOf(method),
    ...(route.permission === "public" ? {} : { "x-permission": route.permission }),
    "x-operation": `${route.method} ${route.path}`,
  };
}

/** What a call may be refused with, by the form of the operation behind it. */
function errorsOf({ route, refusals = {}, mayRefuse = [] }: RpcMethod): readonly Json[] {
  const names: readonly RpcErrorName[] = [
    "InvalidParams",
    ...mayRefuse,
    ...(route.path.includes("{") ? ([refusals["NotFound"] ?? "NotFound"] as const) : []),
    ...(route.permission === "public" ? [] : (["Forbidden"] as const)),
    ...(route.refusals?.includes(409) === true ? ([refusals["Conflict"] ?? "Conflict"] as const) : []),
    ...(route.takesIdempotencyKey === true ? (["AllocationFailed"] as const) : []),
    "Unavailable",
    "Internal",
  ];
  return [...new Set(names)].map((name) => ({ code: RPC_ERRORS[name].code, message: RPC_ERRORS[name].meaning }));
}
