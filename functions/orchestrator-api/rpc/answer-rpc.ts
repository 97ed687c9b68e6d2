import * as z from "zod";
import { InvalidRequestError } from "../../../shared/core/errors.ts";
import { mapConcurrent } from "../../../shared/core/map-concurrent.ts";
import { LIMITS } from "../../../shared/core/limits.ts";
import { surveyJson } from "../../../shared/core/survey-json.ts";
import { type Altered, checkBodySize, refuseAltered } from "../../../shared/http/request.ts";
import { RPC_ERRORS } from "../../../shared/http/rpc-errors.ts";
import { performCall, type Surroundings } from "./perform-call.ts";
import { RPC_LIMITS } from "./limits.ts";
import type { RpcMethod } from "./rpc-method.ts";
import { describeRefusal, RpcFault } from "./rpc-refusal.ts";

/** What a reply repeats so that its caller knows which call it answers. */
const RpcId = z.union([z.string(), z.number(), z.null()], { error: "must be a text, a number or null" });
type RpcId = z.infer<typeof RpcId>;

const RpcCall = z.object({
  jsonrpc: z.literal("2.0", { error: 'must be "2.0"' }),
  method: z.string({ error: "must be a text" }),
  /** A call without one asks for no reply. */
  id: RpcId.optional(),
  params: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())], { error: "must be an object" }).optional(),
});

/** One reply. */
export const RpcReply = z
  .object({
    jsonrpc: z.literal("2.0"),
    id: RpcId,
    result: z.unknown().optional(),
    error: z.object({ code: z.int(), message: z.string(), data: z.record(z.string(), z.unknown()).optional() }).optional(),
  })
  .meta({ id: "RpcReply" });
export type RpcReply = z.infer<typeof RpcReply>;

/** A request to `/rpc`, and the methods that there are. */
export interface RpcRequest extends Surroundings {
  readonly text: string;
  readonly methods: ReadonlyMap<string, RpcMethod>;
  readonly onDefect: (error: unknown, method: string | undefined) => void;
}

/**
 * Answers a JSON-RPC 2.0 request: one call or a batch. Never throws.
 *
 * @returns nothing when no call asks for a reply.
 */
export async function answerRpc(request: RpcRequest): Promise<RpcReply | RpcReply[] | undefined> {
  let id: RpcId = null;
  let calls: unknown;
  try {
    const { altered, ...read } = readBody(request.text);
    calls = read.calls;
    // An id that is altered answers nothing.
    if (!altered.altered.some(({ path }) => path.join(".") === "id")) id = idOf(calls) ?? null;
    refuseAltered(altered);
    checkBatch(calls);
  } catch (error) {
    return refusal(request, { id, error });
  }
  if (!Array.isArray(calls)) return answerCall(request, calls);
  // A key in the request's header is that of one call.
  const each = { ...request, idempotencyKey: undefined };
  const replies = await mapConcurrent(calls, RPC_LIMITS.callsAtOnce, (call) => answerCall(each, call));
  const wanted = replies.filter((reply) => reply !== undefined);
  return wanted.length === 0 ? undefined : wanted;
}

/** @throws {OrchestratorError} it is too large, too deep or no JSON. */
function readBody(text: string): { readonly calls: unknown; readonly altered: Altered } {
  checkBodySize(text);
  const { depth, ...altered } = surveyJson(text);
  const most = LIMITS.requestBodyDepth;
  if (depth > most) {
    throw new RpcFault("InvalidRequest", `the body is nested ${depth} levels deep, more than ${most}; flatten it`);
  }
  try {
    return { calls: JSON.parse(text), altered };
  } catch (error) {
    throw new RpcFault("ParseError", RPC_ERRORS.ParseError.meaning, { cause: error });
  }
}

function checkBatch(calls: unknown): void {
  if (!Array.isArray(calls)) return;
  if (calls.length === 0) throw new RpcFault("InvalidRequest", "a batch holds one call at least");
  const most = RPC_LIMITS.batchCalls;
  if (calls.length <= most) return;
  throw new RpcFault("InvalidRequest", `the batch holds ${calls.length} calls, more than ${most}; send several`);
}

async function answerCall(request: RpcRequest, sent: unknown): Promise<RpcReply | undefined> {
  const { success, data: call, error: flaws } = RpcCall.safeParse(sent);
  if (!success) return refusal(request, { id: idOf(sent) ?? null, error: noCall(flaws) });
  const method = request.methods.get(call.method);
  try {
    const result = await performCall(methodOf(call, method), call.params ?? {}, request);
    return call.id === undefined ? undefined : { jsonrpc: "2.0", id: call.id, result };
  } catch (error) {
    const refused = refusal(request, { id: call.id ?? null, error, method });
    return call.id === undefined ? undefined : refused;
  }
}

function methodOf({ method: name, params }: z.infer<typeof RpcCall>, method: RpcMethod | undefined): RpcMethod {
  if (method === undefined) throw new RpcFault("MethodNotFound", `there is no method '${name.slice(0, 100)}'; rpc.discover lists those that there are`);
  if (!Array.isArray(params)) return method;
  throw new InvalidRequestError([{ field: "params", message: "must be an object: parameters go by name" }]);
}

const idOf = (sent: unknown): RpcId | undefined => RpcCall.pick({ id: true }).safeParse(sent).data?.id;

function noCall({ issues }: z.ZodError): RpcFault {
  const flaws = issues.map(({ path, message }) => `${path.map(String).join(".") || "the call"}: ${message}`);
  return new RpcFault("InvalidRequest", `this is no JSON-RPC 2.0 call: ${flaws.join("; ")}`);
}

interface Refused {
  readonly id: RpcId;
  readonly error: unknown;
  readonly method?: RpcMethod | undefined;
}

function refusal({ requestId, onDefect }: RpcRequest, { id, error, method }: Refused): RpcReply {
  const told = describeRefusal(error, method, requestId);
  if (told.code === RPC_ERRORS.Internal.code) onDefect(error, method?.name);
  return { jsonrpc: "2.0", id, error: told };
}
