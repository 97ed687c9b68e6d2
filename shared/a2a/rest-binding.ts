import * as z from "zod";

import { jsonOf } from "./credentials.ts";
import type { Exchanged, ExchangeRequest } from "./http-exchange.ts";
import { isObject } from "./parts.ts";
import { readRpcReply, refusedNumber, RPC_CODES, type RpcReply } from "./rpc-reply.ts";

/**
 * The HTTP+JSON binding of A2A 1.0: the methods and parameters of JSON-RPC as verbs, paths and bodies. Its errors are
 * read into the codes of JSON-RPC, so that nobody above this file has to know which binding an agent speaks.
 */

/** A call as a request, without address and headers. */
export type RestCall = Pick<ExchangeRequest, "method"> & { readonly path: string; readonly body?: string };

interface Params {
  readonly id?: string;
  readonly tenant?: string;
  readonly [name: string]: unknown;
}

const CALLS: Readonly<Record<string, (params: Params) => RestCall>> = {
  SendMessage: (params) => ({ method: "POST", path: "/message:send", body: JSON.stringify(params) }),
  SendStreamingMessage: (params) => ({ method: "POST", path: "/message:stream", body: JSON.stringify(params) }),
  GetTask: ({ id = "", ...query }) => ({ method: "GET", path: `/tasks/${encodeURIComponent(id)}${queryOf(query)}` }),
  CancelTask: ({ id = "" }) => ({ method: "POST", path: `/tasks/${encodeURIComponent(id)}:cancel`, body: "{}" }),
  GetExtendedAgentCard: () => ({ method: "GET", path: "/extendedAgentCard" }),
  ListTasks: (query) => ({ method: "GET", path: `/tasks${queryOf(query)}` }),
};

/** Writes a call of a method of 1.0; the tenant of an interface comes first in the path. */
export function restCall(method: string, { tenant, ...params }: Params): RestCall {
  const write = CALLS[method];
  if (write === undefined) throw new Error(`HTTP+JSON has no method ${method} here`);
  const call = write(params);
  return tenant === undefined ? call : { ...call, path: `/${encodeURIComponent(tenant)}${call.path}` };
}

function queryOf(params: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== undefined) query.set(name, typeof value === "string" ? value : JSON.stringify(value));
  return query.size === 0 ? "" : `?${query.toString()}`;
}

/** Names of errors in `google.rpc.ErrorInfo`, by the code that JSON-RPC has for them. */
const REASONS: Readonly<Record<string, number>> = {
  TASK_NOT_FOUND: RPC_CODES.taskNotFound,
  TASK_NOT_CANCELABLE: RPC_CODES.taskNotCancelable,
  PUSH_NOTIFICATION_NOT_SUPPORTED: RPC_CODES.pushNotSupported,
  UNSUPPORTED_OPERATION: RPC_CODES.unsupportedOperation,
  VERSION_NOT_SUPPORTED: RPC_CODES.versionNotSupported,
};

const RestError = z.object({
  error: z.object({
    message: z.string().catch(""),
    details: z.array(z.object({ reason: z.string().optional() })).catch([]),
  }),
});

/** Reads what became of a request: the reply itself is the result. `isAboutTask`: 404 says that there is no such task. */
export function readRestReply(exchanged: Exchanged, isAboutTask: boolean): RpcReply {
  if (exchanged.kind !== "reply") return readRpcReply(exchanged);
  const lost = refusedNumber(exchanged.body);
  if (lost !== undefined) return lost;
  const json = jsonOf(exchanged.body);
  if (exchanged.status >= 200 && exchanged.status < 300 && isObject(json) && !("error" in json)) return { kind: "result", result: json };
  const error = RestError.safeParse(json);
  const reason = error.data?.error.details.map((detail) => REASONS[detail.reason ?? ""]).find((code) => code !== undefined);
  const code = reason ?? (exchanged.status === 404 && isAboutTask && error.success ? RPC_CODES.taskNotFound : undefined);
  if (code !== undefined) return { kind: "refused", code: String(code), message: error.data?.error.message ?? "", retryable: false };
  return readRpcReply(error.success ? { ...exchanged, body: error.data.error.message } : exchanged);
}
