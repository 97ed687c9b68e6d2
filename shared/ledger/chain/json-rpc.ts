import * as z from "zod";
import { createExchange, type Exchange } from "../../a2a/http-exchange.ts";
import { chunksOf } from "../../aws/chunks.ts";
import { OrchestratorError } from "../../core/errors.ts";
import { present } from "../../core/present.ts";
import { LEDGER_LIMITS } from "../limits.ts";

/** No node could be asked: none was reached, or those that were answered nothing that can be read. */
export class NodeUnavailableError extends OrchestratorError {
  static override readonly code = "NodeUnavailable";
  override readonly recovery = "retry";

  constructor(reason: string, options?: ErrorOptions) {
    super(`no node of the chain answers: ${reason}`, options);
  }
}

/** A node refuses a call; `data` is what a contract said, where one did. */
export class NodeRefusedError extends OrchestratorError {
  static override readonly code = "NodeRefused";
  override readonly recovery = "operator";
  readonly data: string | undefined;
  /** As JSON-RPC numbers it. */
  readonly number: number;

  constructor(
    refusal: { readonly code: number; readonly message: string; readonly data?: unknown },
    options?: ErrorOptions,
  ) {
    super(refusal.message, options);
    this.number = refusal.code;
    this.data = typeof refusal.data === "string" ? refusal.data : undefined;
  }
}

/** One call to a node. */
export interface NodeCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Calls nodes of a chain. */
export interface JsonRpc {
  /** @throws {NodeUnavailableError | NodeRefusedError} */
  call(method: string, params: readonly unknown[]): Promise<unknown>;
  /** Several calls, as few requests as may be; one that is refused says so in its place. @throws {NodeUnavailableError} */
  all(calls: readonly NodeCall[]): Promise<readonly unknown[]>;
}

const Reply = z.object({
  id: z.int(),
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional(),
});

/** Errors that speak of the node and not of the call: too many requests, or an inner fault. Another may answer. */
const OF_THE_NODE: ReadonlySet<number> = new Set([-32_005, -32_603, 429]);

/**
 * Speaks JSON-RPC with nodes of one chain: with the first that answers, and with it until it does not. No retries in
 * silence and no detection of networks: who calls knows when to call again.
 */
export function jsonRpc(urls: readonly string[], exchange: Exchange = createExchange()): JsonRpc {
  let current = 0;
  const ask = async (calls: readonly NodeCall[]): Promise<readonly z.output<typeof Reply>[]> => {
    const reasons: string[] = [];
    for (let tried = 0; tried < urls.length; tried += 1) {
      const outcome = await request(exchange, present(urls[current % urls.length]), calls);
      if (typeof outcome !== "string") return outcome;
      reasons.push(outcome);
      current += 1;
    }
    throw new NodeUnavailableError(reasons.join("; "));
  };
  const all: JsonRpc["all"] = async (calls) => {
    const answers: unknown[] = [];
    for (const part of chunksOf(calls, LEDGER_LIMITS.rpcBatch)) {
      for (const { error, result } of await ask(part))
        answers.push(error === undefined ? result : new NodeRefusedError(error));
    }
    return answers;
  };
  return {
    all,
    call: async (method, params) => {
      const [answer] = await all([{ method, params }]);
      if (answer instanceof NodeRefusedError) throw answer;
      return answer;
    },
  };
}

/** @returns the answers in the order of the calls; a text: why there are none. It names no URL, because URLs hold keys. */
async function request(
  exchange: Exchange,
  url: string,
  calls: readonly NodeCall[],
): Promise<readonly z.output<typeof Reply>[] | string> {
  const bodies = calls.map(({ method, params }, id) => ({ jsonrpc: "2.0", id, method, params }));
  const outcome = await exchange({
    // Operators say where nodes are; tenants cannot.
    target: { url: new URL(url), trusted: true },
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(bodies.length === 1 ? bodies[0] : bodies),
    timeoutMs: LEDGER_LIMITS.rpcTimeoutMs,
    maxBytes: LEDGER_LIMITS.rpcBytes,
  });
  if (outcome.kind === "too-large") return `it answers with more than ${outcome.maxBytes} bytes`;
  if (outcome.kind !== "reply") return outcome.reason;
  if (outcome.status >= 500 || outcome.status === 429) return `it answers HTTP ${outcome.status}`;
  return readReplies(outcome.body, calls.length);
}

function readReplies(body: string, count: number): readonly z.output<typeof Reply>[] | string {
  const parsed = z.union([z.array(Reply), Reply]).safeParse(parseJson(body));
  if (!parsed.success) return "it answers what is no JSON-RPC";
  const byId = new Map([parsed.data].flat().map((reply) => [reply.id, reply]));
  const replies = Array.from({ length: count }, (_, id) => byId.get(id));
  if (replies.includes(undefined)) return "it leaves calls without an answer";
  const answered = replies.map(present);
  const fault = answered.find(({ error }) => error !== undefined && OF_THE_NODE.has(error.code));
  return fault === undefined ? answered : `it says: ${fault.error?.message ?? ""}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
