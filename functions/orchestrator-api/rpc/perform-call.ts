import { InvalidRequestError } from "../../../shared/core/errors.ts";
import { requirePermission } from "../../../shared/http/caller.ts";
import type { RouteRequest } from "../route.ts";
import { NO_BODY } from "../route.ts";
import type { RestCall, RpcMethod } from "./rpc-method.ts";

/** From whom a call comes, and under what circumstances. */
export type Surroundings = Pick<RouteRequest, "deps" | "caller" | "basePath" | "requestId" | "idempotencyKey">;

/**
 * Performs a call by the route behind its method: same permission, same checks, same use case.
 *
 * @throws {OrchestratorError} the call is refused; fields are named as parameters.
 */
export async function performCall(method: RpcMethod, params: unknown, around: Surroundings): Promise<unknown> {
  const { permission } = method.route;
  if (permission !== "public") requirePermission(around.caller, permission);
  const call = method.ask(params);
  try {
    return method.tell(await runRoute(method, call, around));
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    const flaws = error.flaws.map(({ field, message }) => ({ field: inParams(field), message }));
    throw new InvalidRequestError(flaws, { cause: error });
  }
}

const inParams = (field: string): string => field.replace(/^(?:body|query|path)(?=\.|$)/, "params");

async function runRoute({ route }: RpcMethod, call: RestCall, around: Surroundings): Promise<unknown> {
  const { path = {}, query = {}, body, idempotencyKey } = call;
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  const { statusCode, body: answer } = await route.run({
    ...around,
    params: path,
    rawQuery: query,
    rawBody: text,
    text,
    // A definition that comes as a text is YAML, of which JSON is a part.
    contentType: typeof body === "string" ? "application/yaml" : "application/json",
    accept: "application/json",
    idempotencyKey: route.takesIdempotencyKey === true ? (idempotencyKey ?? around.idempotencyKey) : undefined,
  });
  if (statusCode >= 300) throw new Error(`${route.operationId} answered ${statusCode} and threw no error`);
  if (route.reply === NO_BODY) return null;
  return "mediaType" in route.reply ? answer : JSON.parse(answer);
}
