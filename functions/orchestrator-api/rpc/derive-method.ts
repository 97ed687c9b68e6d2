import * as z from "zod";
import { fit } from "../../../shared/http/request.ts";
import { NO_BODY, type Route } from "../route.ts";
import { DefinitionBody } from "../routes/workflow/definition-source.ts";
import type { RestCall, RpcMethod } from "./rpc-method.ts";

type Shape = Readonly<Record<string, z.ZodType>>;

const PathPart = z.string().min(1).max(256);
const IdempotencyKey = z.string().trim().min(1).max(1024).optional();

/**
 * A method that takes what its route takes: the parameters of path, query and body side by side, and a definition as
 * `definition`. It answers what the route answers.
 */
export function derived(name: string, route: Route): RpcMethod {
  const parts = partsOf(route);
  const params = { ...parts.body, ...parts.query, ...parts.path, ...parts.key };
  return {
    name,
    summary: route.summary,
    route,
    params,
    result: resultOf(route),
    ask: (given) => ask(route, parts, fit(openObject(params), given, "params")),
    tell: (reply) => reply,
  };
}

interface Parts {
  readonly path: Shape;
  readonly query: Shape;
  readonly body: Shape;
  readonly key: Shape;
}

function partsOf(route: Route): Parts {
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, part = ""]) => [part, PathPart] as const);
  return {
    path: Object.fromEntries(path),
    query: route.query?.shape ?? {},
    body: route.textBody === undefined ? shapeOf(route.body) : { definition: DefinitionBody },
    key: route.takesIdempotencyKey === true ? { idempotency_key: IdempotencyKey } : {},
  };
}

/** The fields of a body. Where several forms are told apart by a field, a field may be that of any. */
function shapeOf(body: z.ZodType | undefined): Shape {
  if (body === undefined) return {};
  if (body instanceof z.ZodObject) return Object.fromEntries(entriesOf(body));
  if (!(body instanceof z.ZodDiscriminatedUnion)) throw new Error("a body that is no object needs a method of its own");
  const fields = body.options.flatMap((option) => (option instanceof z.ZodObject ? entriesOf(option) : []));
  const byName = Map.groupBy(fields, ([field]) => field);
  return Object.fromEntries([...byName].map(([field, forms]) => [field, z.union(forms.map(([, schema]) => schema))]));
}

const entriesOf = (object: z.ZodObject): [string, z.ZodType][] =>
  Object.entries(object.shape).map(([field, schema]) => [field, z.instanceof(z.ZodType).parse(schema)]);

const resultOf = ({ reply }: Route): z.ZodType => {
  if (reply === NO_BODY) return z.null();
  return "mediaType" in reply ? z.string() : reply;
};

/** Names are checked here, values by the route, so that they are read once. */
const openObject = (params: Shape) =>
  z.strictObject(Object.fromEntries(Object.keys(params).map((name) => [name, z.unknown().optional()])));

function ask(route: Route, parts: Parts, given: Record<string, unknown>): RestCall {
  const path = fit(z.object(parts.path), given, "params");
  const only = (shape: Shape): Record<string, unknown> =>
    Object.fromEntries(Object.keys(shape).flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
  const body = only(parts.body);
  const { idempotency_key: idempotencyKey } = fit(z.object({ idempotency_key: IdempotencyKey }), given, "params");
  return {
    path: fit(z.record(z.string(), PathPart), path, "params"),
    query: fit(QueryTexts, only(parts.query), "params"),
    body: route.textBody === undefined ? body : body["definition"],
    idempotencyKey,
  };
}

/** A query holds texts; JSON has numbers and booleans of its own. */
const QueryTexts = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()], { error: "must be a text, a number or true or false" }).transform(String),
);
