/**
 * One HTTP request and its whole reply, for peers that cannot be trusted.
 *
 * Why not fetch: it takes no `lookup` of ours, and does not tell whether a failed request had left us, which decides
 * between "send again" and "in doubt". It also costs more CPU (`test/bench/a2a-client.bench.ts`).
 *
 * 1. No redirects, no more than `maxBytes` read, one deadline over connect, send and the last byte of the reply.
 * 2. `not-sent` is said only when no byte of the request can have reached the agent.
 */
import * as http from "node:http";
import * as https from "node:https";

import { A2A_LIMITS } from "./limits.ts";
import { ForbiddenUrlError } from "./errors.ts";
import { isHandshakeRefusal, type PeerTls, tlsOptions, tlsRemedy } from "./peer-tls.ts";
import { guardedLookup, type GuardedUrl } from "./url-guard.ts";

/** One HTTP request and the bounds of its reply: time over all of it, and bytes of its body. */
export interface ExchangeRequest {
  readonly target: GuardedUrl;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** @default - the peer needs a certificate of a public authority, and is shown none */
  readonly tls?: PeerTls | undefined;
  /** Ends the exchange: what was sent counts as lost. */
  readonly signal?: AbortSignal | undefined;
  /** Sees the reply while it grows, once per piece; `"enough"` ends the exchange. For event streams. */
  readonly onText?: (text: string, contentType: string) => "more" | "enough";
}

/** What became of a request. */
export type Exchanged =
  | {
      readonly kind: "reply";
      readonly status: number;
      readonly headers: http.IncomingHttpHeaders;
      readonly body: string;
    }
  /** No byte reached the agent: sending again is safe. */
  | { readonly kind: "not-sent"; readonly reason: string }
  /** Sent, and no whole reply: the agent may have acted on it. */
  | { readonly kind: "lost"; readonly reason: string; readonly timedOut: boolean }
  | { readonly kind: "too-large"; readonly maxBytes: number };

/** Performs requests over pooled connections. Not shared between tenants' credentials: it holds none. */
export interface Exchange {
  /** @throws {ForbiddenUrlError} the host's name resolves to an address that is not public. */
  (request: ExchangeRequest): Promise<Exchanged>;
  /** Closes idle connections. */
  close(): void;
}

const POOL = {
  keepAlive: true,
  maxSockets: A2A_LIMITS.socketsPerHost,
  maxFreeSockets: A2A_LIMITS.socketsPerHost,
  timeout: A2A_LIMITS.idleSocketMs,
  scheduling: "lifo",
} as const;

/** Makes an exchange with pools of its own. Create it once per process. */
export function createExchange(): Exchange {
  const guarded = new https.Agent({ ...POOL, lookup: guardedLookup });
  const trusted = { "http:": new http.Agent(POOL), "https:": new https.Agent(POOL) };
  const exchange = (request: ExchangeRequest): Promise<Exchanged> => {
    const plain = request.target.url.protocol === "http:";
    const agent = request.target.trusted ? trusted[plain ? "http:" : "https:"] : guarded;
    return new Promise((resolve, reject) => perform(request, agent, { resolve, reject }));
  };
  return Object.assign(exchange, {
    close: () => [guarded, trusted["http:"], trusted["https:"]].forEach((agent) => agent.destroy()),
  });
}

interface Settle {
  readonly resolve: (outcome: Exchanged) => void;
  readonly reject: (error: Error) => void;
}

function perform(request: ExchangeRequest, agent: http.Agent, { resolve, reject }: Settle): void {
  const { url } = request.target;
  const outgoing = (url.protocol === "http:" ? http : https).request({
    agent,
    method: request.method,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: request.headers,
    ...(url.protocol === "https:" ? tlsOptions(request.tls) : {}),
  });
  let sent = false;
  let settled = false;
  const settle = (outcome: Exchanged): void => {
    if (settled) return;
    settled = true;
    clearTimeout(deadline);
    request.signal?.removeEventListener("abort", hangUp);
    resolve(outcome);
    if (outcome.kind !== "reply") outgoing.destroy();
  };
  const fail = (reason: string, timedOut: boolean): void =>
    settle(sent ? { kind: "lost", reason, timedOut } : { kind: "not-sent", reason });
  const hangUp = (): void => fail("the call was called off", false);
  request.signal?.addEventListener("abort", hangUp, { once: true });
  const deadline = setTimeout(() => fail(`no whole reply within ${request.timeoutMs} ms`, true), request.timeoutMs);
  outgoing.on("socket", (socket) => {
    if (!socket.connecting) sent = true;
    else socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => (sent = true));
  });
  outgoing.on("error", (error) => {
    if (error instanceof ForbiddenUrlError) {
      clearTimeout(deadline);
      reject(error);
    } else if (isHandshakeRefusal(codeOf(error))) settle({ kind: "not-sent", reason: reasonOf(error, request.tls) });
    else fail(reasonOf(error, request.tls), false);
  });
  outgoing.on("response", (incoming) => collect(incoming, request, { settle, fail, end: () => outgoing.destroy() }));
  outgoing.end(request.body);
}

interface Collector {
  readonly settle: (outcome: Exchanged) => void;
  readonly fail: (reason: string, timedOut: boolean) => void;
  readonly end: () => void;
}

function collect(incoming: http.IncomingMessage, request: ExchangeRequest, collector: Collector): void {
  const { maxBytes, onText } = request;
  const pieces: string[] = [];
  let bytes = 0;
  const reply = (): void =>
    collector.settle({
      kind: "reply",
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      body: pieces.length === 1 ? (pieces[0] ?? "") : pieces.join(""),
    });
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes)
    return collector.settle({ kind: "too-large", maxBytes });
  incoming.setEncoding("utf8");
  incoming.on("data", (text: string) => {
    bytes += Buffer.byteLength(text);
    if (bytes > maxBytes) return collector.settle({ kind: "too-large", maxBytes });
    pieces.push(text);
    if (onText?.(text, incoming.headers["content-type"] ?? "") === "enough") {
      reply();
      collector.end();
    }
  });
  incoming.on("end", () => (incoming.complete ? reply() : collector.fail("the reply was cut short", false)));
  incoming.on("error", (error) => collector.fail(reasonOf(error), false));
  incoming.on("aborted", () => collector.fail("the connection closed inside the reply", false));
}

function reasonOf(error: Error, tls?: PeerTls): string {
  if (error instanceof AggregateError) return error.errors.map(String).join("; ");
  const code = codeOf(error);
  const remedy = tlsRemedy(code, tls);
  return `${code}: ${error.message}${remedy === undefined ? "" : `; ${remedy}`}`;
}

const codeOf = (error: Error): string => ("code" in error && typeof error.code === "string" ? error.code : error.name);
