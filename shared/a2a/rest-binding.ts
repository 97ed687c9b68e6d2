import * as z from "zod";

import { jsonOf } from "./credentials.ts";
import type { Exchanged, ExchangeRequest } from "./http-exchange.ts";
import { isObject } from "./parts.ts";
import { encodeParams } from "./rest-json-0.3.ts";
import { readRpcReply, refusalOfCode, refusedContent, RPC_CODES, type RpcReply } from "./rpc-reply.ts";

/**
 * The HTTP+JSON binding of A2A 1.0 and 0.3: the methods and parameters of JSON-RPC as verbs, paths and bodies. Its errors
 * are read into the codes of JSON-RPC, so that no file above this one has to know which binding an agent speaks.
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
  "message/send": (params) => ({ method: "POST", path: "/v1/message:send", body: JSON.stringify(encodeParams(params)) }),
  "message/stream": (params) => ({ method: "POST", path: "/v1/message:stream", body: JSON.stringify(encodeParams(params)) }),
  "tasks/get": ({ id = "", ...query }) => ({ method: "GET", path: `/v1/tasks/${encodeURIComponent(id)}${queryOf(query)}` }),
  "tasks/cancel": ({ id = "" }) => ({ method: "POST", path: `/v1/tasks/${encodeURIComponent(id)}:cancel`, body: "{}" }),
  "agent/getAuthenticatedExtendedCard": () => ({ method: "GET", path: "/v1/card" }),
};

/** Writes a call of a method of 1.0 or 0.3; the tenant of an interface comes first in the path. */
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

/** 0.3: some name JSON-RPC's code, others only say what is wrong. */
const LegacyError = z.object({ code: z.int().optional(), message: z.string() });

/** What an error of HTTP+JSON says, whichever generation wrote it. */
function readError(json: unknown): { readonly message: string; readonly code: number | undefined } | undefined {
  const current = RestError.safeParse(json).data?.error;
  if (current !== undefined) {
    return { message: current.message, code: current.details.map(({ reason }) => REASONS[reason ?? ""]).find((code) => code !== undefined) };
  }
  const legacy = LegacyError.safeParse(json).data;
  return legacy && { message: legacy.message, code: legacy.code !== undefined && legacy.code <= -32_000 ? legacy.code : undefined };
}

/** What statuses say of a task that a request names, where no reason is given. */
const CODES_OF_TASKS: Readonly<Record<number, number>> = { 404: RPC_CODES.taskNotFound, 409: RPC_CODES.taskNotCancelable };

interface ReplyReading {
  /** 404 says that there is no such task. */
  readonly isAboutTask: boolean;
  /** As `Dialect.decodeRest`. */
  readonly decode?: ((json: unknown) => unknown) | undefined;
}

const same = (json: unknown): unknown => json;

/** Reads what became of a request: the reply itself is the result. */
export function readRestReply(exchanged: Exchanged, { isAboutTask, decode = same }: ReplyReading): RpcReply {
  if (exchanged.kind !== "reply") return readRpcReply(exchanged);
  const lost = refusedContent(exchanged.body);
  if (lost !== undefined) return lost;
  const json = jsonOf(exchanged.body);
  const isSuccess = exchanged.status >= 200 && exchanged.status < 300;
  if (isSuccess && isObject(json) && !("error" in json)) return { kind: "result", result: decode(json) };
  const error = readError(json);
  if (error === undefined) return readRpcReply(exchanged);
  const code = error.code ?? (isAboutTask ? CODES_OF_TASKS[exchanged.status] : undefined);
  if (code !== undefined) return refusalOfCode(code, error.message);
  return readRpcReply({ ...exchanged, body: error.message });
}
