import { calledExtensions } from "../core/a2a-extensions.ts";
import { A2A_LIMITS } from "./limits.ts";
import { type AgentEndpoint, type AgentRoute, type AgentRoutes, tlsTo } from "./agent-routes.ts";
import { mayTravelTo, selectCredentials, type Authorization, type Credential } from "./credentials.ts";
import { EventStreamFold } from "./event-stream.ts";
import type { Exchange, Exchanged, ExchangeRequest } from "./http-exchange.ts";
import { readRestReply, restCall } from "./rest-binding.ts";
import { readRpcReply, RPC_CODES, type InDoubt, type Refusal, type RpcReply } from "./rpc-reply.ts";
import { readSendResult, type SendResult, type TaskSnapshot } from "./task-snapshot.ts";

/** One call, in terms of the route it takes: a route may change under it when the agent's card did. */
export interface RpcCall {
  readonly method: (route: AgentRoute) => string;
  readonly params: (route: AgentRoute) => object;
  /** @default 20 s */
  readonly timeoutMs?: number;
  /** Hangs up. */
  readonly signal?: AbortSignal | undefined;
}

/** A call whose reply is a stream. */
export interface StreamCall extends RpcCall {
  /** Hears of the task as soon as an event names it, once. */
  readonly onTask?: ((snapshot: TaskSnapshot) => void) | undefined;
}

/** Calls methods of agents in whichever binding they speak, by their current card and with the credentials it asks for. */
export interface RpcCaller {
  /** Follows a changed card once. Throws as {@link AgentRoutes.find} and for a missing OAuth token. */
  call(agent: AgentEndpoint, call: RpcCall): Promise<RpcReply>;
  /** Performs a streamed send, up to its end, a question or the timeout; then what is known so far counts. */
  stream(agent: AgentEndpoint, call: StreamCall): Promise<SendResult | Refusal | InDoubt>;
  readonly routes: AgentRoutes;
}

/** What calling agents stands on. `authorize` turns credentials into headers and query fields. */
export interface RpcCallerDeps {
  readonly exchange: Exchange;
  readonly routes: AgentRoutes;
  readonly authorize: (credentials: readonly Credential[]) => Promise<Authorization>;
  /** Largest reply that is read. */
  readonly replyBytes: number;
}

/** Refusals that an agent which moved or changed its version would give. */
const STALE_CARD: ReadonlySet<string> = new Set([
  String(RPC_CODES.methodNotFound),
  String(RPC_CODES.versionNotSupported),
  "HTTP 404",
  "HTTP 405",
  "HTTP 410",
  "Redirected",
]);

/** Makes a caller over one exchange and one route table. */
export function createRpcCaller(deps: RpcCallerDeps): RpcCaller {
  return {
    routes: deps.routes,
    async call(agent, call) {
      const route = await deps.routes.find(agent);
      const reply = await performCall({ agent, route, call }, deps);
      if (reply.kind !== "refused" || !STALE_CARD.has(reply.code)) return reply;
      const renewed = await deps.routes.renew(agent, route);
      if (renewed === undefined) return reply;
      return performCall({ agent, route: renewed, call }, deps);
    },
    async stream(agent, call) {
      const route = await deps.routes.find(agent);
      const request = await requestFor({ agent, route, call }, deps);
      const fold = new EventStreamFold(route.binding === "HTTP+JSON" ? route.dialect.decodeRest : undefined);
      const exchanged = await readStream(deps.exchange, { request, call, fold });
      if (exchanged.kind === "reply") fold.end();
      if (fold.result !== undefined) return fold.result;
      const reply = readReply(exchanged, { route, call });
      if (reply.kind !== "result") return reply;
      // Some answer a stream with one whole reply, whatever they call it.
      return readSendResult(reply.result) ?? { kind: "in-doubt", reason: "the stream ended before its first event" };
    },
  };
}

/** Reads a stream up to its end; where only a late artifact is waited for, for `lateArtifactMs` at most. */
async function readStream(
  exchange: Exchange,
  { request, call, fold }: { request: ExchangeRequest; call: StreamCall; fold: EventStreamFold },
): Promise<Exchanged> {
  const tellOfTask = once(call.onTask);
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await exchangeFollowing(exchange, {
      ...request,
      headers: { ...request.headers, accept: "text/event-stream" },
      signal: AbortSignal.any([patience.signal, ...(call.signal === undefined ? [] : [call.signal])]),
      onText: (text, type) => {
        if (!type.startsWith("text/event-stream")) return "more";
        const isOver = fold.push(text);
        if (!isOver && fold.result?.kind === "task") tellOfTask(fold.result.snapshot);
        if (fold.awaitsArtifact) timer ??= setTimeout(() => patience.abort(), A2A_LIMITS.lateArtifactMs);
        return isOver ? "enough" : "more";
      },
    });
  } finally {
    clearTimeout(timer);
  }
}

function once(tell: StreamCall["onTask"]): (snapshot: TaskSnapshot) => void {
  let isTold = false;
  return (snapshot) => {
    if (isTold) return;
    isTold = true;
    tell?.(snapshot);
  };
}

async function performCall(addressed: Addressed, deps: RpcCallerDeps): Promise<RpcReply> {
  return readReply(await exchangeFollowing(deps.exchange, await requestFor(addressed, deps)), addressed);
}

function readReply(exchanged: Exchanged, { route, call }: Pick<Addressed, "route" | "call">): RpcReply {
  if (route.binding === "JSONRPC") return readRpcReply(exchanged);
  const { decodeRest: decode, methods } = route.dialect;
  return readRestReply(exchanged, { isAboutTask: [methods.get, methods.cancel].includes(call.method(route)), decode });
}

/** Follows redirects that stay at the origin: who redirects has not acted, so the same request may go out again. */
async function exchangeFollowing(exchange: Exchange, request: ExchangeRequest): Promise<Exchanged> {
  let next = request;
  for (let hop = 0; ; hop += 1) {
    const exchanged = await exchange(next);
    const url = exchanged.kind === "reply" && hop < A2A_LIMITS.redirects ? redirectOf(exchanged, next.target.url) : undefined;
    if (url === undefined) return exchanged;
    next = { ...next, target: { ...next.target, url } };
  }
}

function redirectOf({ status, headers }: Extract<Exchanged, { kind: "reply" }>, from: URL): URL | undefined {
  if (status < 300 || status >= 400 || headers.location === undefined) return undefined;
  const url = URL.parse(headers.location, from.href);
  if (url?.origin !== from.origin) return undefined;
  // A credential in the query goes along.
  if (url.search === "") url.search = from.search;
  return url;
}

interface Addressed {
  readonly agent: AgentEndpoint;
  readonly route: AgentRoute;
  readonly call: RpcCall;
}

const NOTHING: Authorization = { headers: {}, query: [] };
let lastId = 0;

async function requestFor({ agent, route, call }: Addressed, deps: RpcCallerDeps): Promise<ExchangeRequest> {
  const { headers, query } = agent.credentials === undefined ? NOTHING : await authorizationFor(agent, route, deps);
  const params = route.tenant === undefined ? call.params(route) : { tenant: route.tenant, ...call.params(route) };
  const { method, url, body } = writeCall(route, call.method(route), params);
  return {
    tls: tlsTo(agent, route.target.url, route.registered),
    target: { ...route.target, url: query.length === 0 ? url : withQuery(url, query) },
    method,
    headers: { ...route.headers, ...extensionHeaders(route, agent.extensions), ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }), ...headers },
    ...(body === undefined ? {} : { body }),
    timeoutMs: call.timeoutMs ?? A2A_LIMITS.callTimeoutMs,
    maxBytes: deps.replyBytes,
    signal: call.signal,
  };
}

/** The header that declares extensions; none where there are none. */
function extensionHeaders({ card, dialect }: AgentRoute, configured: readonly string[] | undefined): Readonly<Record<string, string>> {
  const called = calledExtensions(card.capabilities, configured);
  return called.length === 0 ? {} : { [dialect.extensionsHeader]: called.join(", ") };
}

function writeCall({ binding, target }: AgentRoute, name: string, params: object): { method: "GET" | "POST"; url: URL; body?: string } {
  if (binding === "JSONRPC") {
    return { method: "POST", url: target.url, body: JSON.stringify({ jsonrpc: "2.0", id: (lastId += 1), method: name, params }) };
  }
  const { method, path, ...body } = restCall(name, { ...params });
  return { method, url: new URL(`${target.url.href.replace(/\/+$/, "")}${path}`), ...body };
}

function authorizationFor(agent: AgentEndpoint, route: AgentRoute, deps: RpcCallerDeps): Promise<Authorization> {
  const usable = (agent.credentials ?? []).filter((held) => mayTravelTo(held, route.target.url, route.registered));
  return deps.authorize(selectCredentials(route.card, usable));
}

function withQuery(url: URL, query: Authorization["query"]): URL {
  const next = new URL(url);
  for (const [name, value] of query) next.searchParams.set(name, value);
  return next;
}
