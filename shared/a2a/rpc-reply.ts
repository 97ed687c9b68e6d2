import * as z from "zod";

import { type AlteredNumber, alteredNumbers, deeperThan, refusalOf } from "../core/survey-json.ts";
import { jsonOf } from "./credentials.ts";
import { AgentRefusedError, AgentUnavailableError } from "./errors.ts";
import type { Exchanged } from "./http-exchange.ts";
import { A2A_LIMITS } from "./limits.ts";

/** JSON-RPC codes of A2A that a client acts upon. */
export const RPC_CODES = {
  methodNotFound: -32_601,
  internalError: -32_603,
  serverError: -32_000,
  taskNotFound: -32_001,
  taskNotCancelable: -32_002,
  pushNotSupported: -32_003,
  unsupportedOperation: -32_004,
  versionNotSupported: -32_009,
} as const;

/** Code of a call that got no connection. */
const UNREACHABLE = "Unreachable";

/** The agent, or what stands before it, says no. */
export interface Refusal {
  readonly kind: "refused";
  /** A JSON-RPC code (`-32601`), `HTTP <status>`, or one of the names below. */
  readonly code: string;
  readonly message: string;
  /** The same call may succeed later. */
  readonly retryable: boolean;
  /** What the agent asked us to wait. */
  readonly retryAfterMs?: number;
}

/** The agent may or may not have acted: nobody said. */
export interface InDoubt {
  readonly kind: "in-doubt";
  readonly reason: string;
}

/** What came of a JSON-RPC call: a result, the agent's refusal, or no knowing whether it was carried out. */
export type RpcReply = { readonly kind: "result"; readonly result: unknown } | Refusal | InDoubt;

const Envelope = z.union([
  z.object({ error: z.object({ code: z.number(), message: z.string().catch("") }) }),
  z.object({ jsonrpc: z.literal("2.0"), result: z.unknown() }),
]);

/**
 * Reads what became of a JSON-RPC request.
 *
 * The content decides, not its label: agents behind proxies answer JSON as `text/plain`, and errors with status 200.
 * What cannot be read is no answer: another agent may do better. A gateway's 502 or 504 is in doubt, because the agent behind it may have the request; 429 and 503 are not.
 */
export function readRpcReply(exchanged: Exchanged): RpcReply {
  switch (exchanged.kind) {
    case "not-sent":
      return refused(UNREACHABLE, exchanged.reason, true);
    case "lost":
      return { kind: "in-doubt", reason: exchanged.reason };
    case "too-large":
      return refused("ReplyTooLarge", `the reply is larger than ${exchanged.maxBytes} bytes`, false);
    case "reply":
      return refusedContent(exchanged.body) ?? readEnvelope(jsonOf(exchanged.body)) ?? readStatus(exchanged);
    default:
      return exchanged satisfies never;
  }
}

const isTooDeep = deeperThan(A2A_LIMITS.replyDepth);

/**
 * What to say of a reply that is nested too deep to be handed on, or whose content has a number that would be lost (`1e400`, an integer that a double does not hold):
 * it is not to be recorded as another. Fractions may be rounded to the digits of a double, as by every reader of JSON, and
 * what stands beside the content, such as times in nanoseconds, ends no work.
 */
export function refusedContent(body: string): Refusal | undefined {
  if (isTooDeep(body)) return refused("NestedTooDeep", `the reply is nested more than ${A2A_LIMITS.replyDepth} levels deep`, false);
  const lost = alteredNumbers(body).find(({ path, isRounded }) => !isRounded && isOfContent(path));
  return lost && refused("NumberNotKept", `${lost.path.join(".")} ${refusalOf(lost)}`, false);
}

/** Whether a path leads into the data of a part. */
const isOfContent = (path: AlteredNumber["path"]): boolean =>
  path.some((step, index) => step === "data" && path[index - 2] === "parts");

/** Reads one JSON-RPC response object; `undefined` when it is none. */
export function readEnvelope(json: unknown): RpcReply | undefined {
  const envelope = Envelope.safeParse(json);
  if (!envelope.success) return undefined;
  if (!("error" in envelope.data)) return { kind: "result", result: envelope.data.result };
  return refusalOfCode(envelope.data.error.code, envelope.data.error.message);
}

/** The refusal that a code of JSON-RPC stands for. */
export const refusalOfCode = (code: number, message: string): Refusal =>
  refused(String(code), message, code === RPC_CODES.internalError || code === RPC_CODES.serverError);

function readStatus({ status, headers, body }: Extract<Exchanged, { kind: "reply" }>): RpcReply {
  const code = `HTTP ${status}`;
  if (status >= 200 && status < 300) return refused("InvalidReply", `no A2A response: ${excerpt(body)}`, true);
  if (status >= 300 && status < 400)
    return refused("Redirected", "calls follow redirects inside their origin only; register the new URL", false);
  if (status === 401 || status === 403) return refused("Unauthorized", `${code}: ${excerpt(body)}`, false);
  if (status === 502 || status === 504) return { kind: "in-doubt", reason: `a gateway answered ${code}` };
  const retryable = status >= 500 || status === 408 || status === 425 || status === 429;
  const wait = retryAfter(headers["retry-after"], headers.date);
  return { ...refused(code, excerpt(body), retryable), ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}

function refused(code: string, message: string, retryable: boolean): Refusal {
  return { kind: "refused", code, message, retryable };
}

/** Enough to recognise a proxy's error page, too little to leak a payload. */
function excerpt(body: string): string {
  return body.replaceAll(/\s+/g, " ").slice(0, 120);
}

/** A date is read against the reply's own clock, so that ours does not matter. */
function retryAfter(value: string | undefined, now: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.parse(now ?? "");
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

/** The error for a call that only reads: repeating it is safe, so doubt is no more than unavailability. */
export function callError(agentId: string, reply: Refusal | InDoubt): AgentUnavailableError | AgentRefusedError {
  if (reply.kind === "in-doubt") return new AgentUnavailableError(agentId, reply.reason);
  if (reply.retryable) return new AgentUnavailableError(agentId, `${reply.code} ${reply.message}`, { isUnreachable: reply.code === UNREACHABLE });
  return new AgentRefusedError(agentId, reply.code, reply.message);
}
