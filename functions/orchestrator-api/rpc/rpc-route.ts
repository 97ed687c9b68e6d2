import * as z from "zod";
import { ANY_CALLER } from "../../../shared/http/caller.ts";
import { route } from "../route.ts";
import { answerRpc, RpcReply } from "./answer-rpc.ts";
import { METHODS } from "./method-table.ts";

const BY_NAME = new Map(METHODS.map((method) => [method.name, method]));

/** The door for JSON-RPC. Each method asks for the permission of the operation behind it. */
export const RPC_ROUTE = route({
  method: "POST",
  path: "/rpc",
  operationId: "callRpc",
  summary: "JSON-RPC 2.0 (spec 004 §4): one call or a batch; rpc.discover and /openrpc.json list the methods",
  permission: ANY_CALLER,
  textBody: ["application/json"],
  takesIdempotencyKey: true,
  reply: z.union([RpcReply, z.array(RpcReply)]),
  status: 200,
  // No call asked for a reply.
  otherStatus: 204,
  run: async (request) => {
    const { deps, caller, requestId } = request;
    const onDefect = (error: unknown, method: string | undefined): void =>
      deps.logger.error("call failed", { tenant: caller.tenant, path: "/rpc", method, requestId, error });
    const answer = await answerRpc({ ...request, methods: BY_NAME, onDefect });
    return answer === undefined ? { body: [], status: 204 } : { body: answer };
  },
});
