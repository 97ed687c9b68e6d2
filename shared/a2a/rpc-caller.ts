import { A2A_LIMITS } from "./limits.ts";
import type { AgentEndpoint, AgentRoute, AgentRoutes } from "./agent-routes.ts";
import { mayTravelTo, selectCredentials, type Authorization, type Credential } from "./credentials.ts";
import { EventStreamFold } from "./event-stream.ts";
import type { Exchange, ExchangeRequest } from "./http-exchange.ts";
import { readRpcReply, RPC_CODES, type InDoubt, type Refusal, type RpcReply } from "./rpc-reply.ts";
import type { SendResult } from "./task-snapshot.ts";

/** One call, in terms of the route it takes: a route may change under it when the agent's card did. */
export interface RpcCall {
  readonly method: (route: AgentRoute) => string;
  readonly params: (route: AgentRoute) => object;
  /** @default 20 s */
  readonly timeoutMs?: number;
}

/** Calls JSON-RPC methods of agents, by their current card and with the credentials it asks for. */
export interface RpcCaller {
  /** Follows a changed card once. Throws as {@link AgentRoutes.find} and for a missing OAuth token. */
  call(agent: AgentEndpoint, call: RpcCall): Promise<RpcReply>;
  /** Performs a streamed send, up to its end, a question or the timeout; then what is known so far counts. */
  stream(agent: AgentEndpoint, call: RpcCall): Promise<SendResult | Refusal | InDoubt>;
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
      const reply = readRpcReply(await deps.exchange(await requestFor({ agent, route, call }, deps)));
      if (reply.kind !== "refused" || !STALE_CARD.has(reply.code)) return reply;
      const renewed = await deps.routes.renew(agent, route);
      if (renewed === undefined) return reply;
      return readRpcReply(await deps.exchange(await requestFor({ agent, route: renewed, call }, deps)));
    },
    async stream(agent, call) {
      const route = await deps.routes.find(agent);
      const request = await requestFor({ agent, route, call }, deps);
      const fold = new EventStreamFold();
      const exchanged = await deps.exchange({
        ...request,
        headers: { ...request.headers, accept: "text/event-stream" },
        onText: (text, type) => (type.startsWith("text/event-stream") && fold.push(text) ? "enough" : "more"),
      });
      if (fold.result !== undefined) return fold.result;
      const reply = readRpcReply(exchanged);
      return reply.kind === "result" ? { kind: "in-doubt", reason: "the stream ended before its first event" } : reply;
    },
  };
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
  const body = JSON.stringify({ jsonrpc: "2.0", id: (lastId += 1), method: call.method(route), params });
  return {
    target: query.length === 0 ? route.target : { ...route.target, url: withQuery(route.target.url, query) },
    method: "POST",
    headers: { ...route.headers, "content-length": String(Buffer.byteLength(body)), ...headers },
    body,
    timeoutMs: call.timeoutMs ?? A2A_LIMITS.callTimeoutMs,
    maxBytes: deps.replyBytes,
  };
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
