import * as z from "zod";
import { A2aFault, type Fault } from "./faults.ts";
import { fromLegacy, LEGACY_METHODS } from "./legacy-requests.ts";
import type { Dialect } from "./negotiate.ts";
import { isOperation, readOperation } from "./operations.ts";
import type { Operation } from "./wire.ts";

/** What a JSON-RPC reply repeats so that its caller knows which request it answers. */
export type RpcId = string | number | null;

const RpcRequest = z.object({
  jsonrpc: z.literal("2.0", { error: 'must be "2.0"' }),
  method: z.string({ error: "must be a text" }),
  id: z.union([z.string(), z.number(), z.null()], { error: "must be a text or a number" }).default(null),
  params: z
    .union([z.record(z.string(), z.unknown()), z.undefined(), z.null()], { error: "must be an object" })
    .optional(),
});
/** A JSON-RPC request whose envelope is sound. */
export type RpcRequest = z.infer<typeof RpcRequest>;

/** @throws {A2aFault} it is no JSON-RPC 2.0 request. Batches are not part of A2A. */
export function readRpcRequest(body: unknown): RpcRequest {
  const result = RpcRequest.safeParse(body);
  if (result.success) return result.data;
  const flaws = result.error.issues.map(
    ({ path, message }) => `${path.map(String).join(".") || "the request"}: ${message}`,
  );
  throw new A2aFault("INVALID_REQUEST", `this is no JSON-RPC 2.0 request: ${flaws.join("; ")}`);
}

/** The id of whatever was sent, for the refusal of it. */
export const rpcIdOf = (body: unknown): RpcId => RpcRequest.pick({ id: true }).safeParse(body).data?.id ?? null;

/**
 * The operation that a request asks for, in the words of the generation it speaks.
 *
 * @throws {A2aFault} the generation has no such method.
 * @throws {InvalidRequestError} its parameters do not fit.
 */
export function operationOf({ method, params }: RpcRequest, dialect: Dialect): Operation {
  const legacy = Object.hasOwn(LEGACY_METHODS, method) ? LEGACY_METHODS[method] : undefined;
  if (dialect === "0.3" && legacy !== undefined)
    return readOperation(legacy.operation, fromLegacy(legacy, params ?? {}));
  if (dialect === "1.0" && isOperation(method)) return readOperation(method, params);
  const other =
    dialect === "0.3" && isOperation(method) ? "1.0" : dialect === "1.0" && legacy !== undefined ? "0.3" : undefined;
  const hint = other === undefined ? "" : `; it is a method of A2A ${other}: send the header A2A-Version: ${other}`;
  throw new A2aFault("METHOD_NOT_FOUND", `A2A ${dialect} has no method '${method.slice(0, 100)}'${hint}`);
}

/** A result under its envelope. */
export const rpcResult = (id: RpcId, result: unknown): object => ({ jsonrpc: "2.0", id, result });

/** A refusal under its envelope. Clients of 0.3 take an object for what stands beside the message, not a list. */
export const rpcError = (id: RpcId, { code, message, details }: Fault, dialect: Dialect): object => ({
  jsonrpc: "2.0",
  id,
  error: { code, message, data: dialect === "1.0" ? details : { details } },
});
