import { LRUCache } from "lru-cache";

import { A2A_LIMITS } from "./limits.ts";
import { bindingOf, readAgentCard, type AgentCard, type Binding } from "./agent-card.ts";
import type { CardTrust } from "../core/public-key.ts";
import type { CardAccess, CardSource } from "./card-source.ts";
import { type AgentCredential, clientCertificateFor } from "./credentials.ts";
import { dialectOf, type Dialect } from "./dialect.ts";
import { InvalidAgentCardError } from "./errors.ts";
import { type PeerTls, tlsName } from "./peer-tls.ts";
import { guardUrl, type GuardedUrl } from "./url-guard.ts";
import { atMost } from "../core/at-most.ts";

/** An agent as the registry knows it. */
export interface AgentEndpoint {
  readonly agentId: string;
  /** Its card's URL, or the base below which the well-known paths are tried. */
  readonly url: string;
  /** The card as stored, raw. Saves the fetch until a call shows that the card has changed. */
  readonly card?: unknown;
  readonly credentials?: readonly AgentCredential[];
  /** Certificates in PEM: its own must be signed by one of these. @default - a public authority */
  readonly ca?: string;
  /** Whose signature its card must have. @default - anybody's, or none */
  readonly cardTrust?: CardTrust;
  /** Extensions that are declared in every call, beside those that we know ourselves. */
  readonly extensions?: readonly string[];
}

/** How an agent is called: what its card says, worked out once. */
export interface AgentRoute {
  readonly card: AgentCard;
  readonly target: GuardedUrl;
  readonly binding: Binding;
  readonly registered: URL;
  readonly dialect: Dialect;
  /** Fixed headers of every call. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tenant?: string;
  /** Learned from its refusals, against what the card says. */
  readonly learned: { streamsOnly: boolean; refusesPush: boolean };
}

/** Finds the way to an agent, and finds it again when the agent moved. */
export interface AgentRoutes {
  /** Where a card leads. Throws as `find`. */
  follow(url: string, card: AgentCard): AgentRoute;
  /** Throws as {@link CardSource.refresh}, and {@link InvalidAgentCardError} when no interface can be called. */
  find(agent: AgentEndpoint): Promise<AgentRoute>;
  /** Fetches the card anew. `undefined` when it leads to the same place in the same version. Throws as `find`. */
  renew(agent: AgentEndpoint, old: AgentRoute): Promise<AgentRoute | undefined>;
}

interface KnownRoute {
  readonly storedCard: unknown;
  readonly route: AgentRoute;
  /** The agent's own card has replaced the stored one. */
  readonly renewed: boolean;
}

/** Makes an empty route table over a card source. */
export function createAgentRoutes(cards: CardSource, allowedHosts: ReadonlySet<string>): AgentRoutes {
  const known = new LRUCache<string, KnownRoute>({
    ...atMost(A2A_LIMITS.cachedCards),
    ttl: A2A_LIMITS.cardSeconds.default * 1000,
  });
  return {
    follow: (url, card) => routeTo(url, card, allowedHosts),
    async find(agent) {
      const name = nameOf(agent);
      const hit = known.get(name);
      if (hit !== undefined && (hit.renewed || hit.storedCard === agent.card)) return hit.route;
      const card = agent.card === undefined ? (await cards.get(agent.url, cardAccess(agent))).card : readStored(agent);
      const route = routeTo(agent.url, card, allowedHosts);
      known.set(name, { storedCard: agent.card, route, renewed: false });
      return route;
    },
    async renew(agent, old) {
      const { card } = await cards.refresh(agent.url, cardAccess(agent));
      const route = routeTo(agent.url, card, allowedHosts);
      known.set(nameOf(agent), { storedCard: agent.card, route, renewed: true });
      const moved = route.target.url.href !== old.target.url.href || route.dialect !== old.dialect;
      return moved ? route : undefined;
    },
  };
}

/** How a card is had from an agent: whom it must be signed by, and how TLS is spoken. */
export function cardAccess(agent: AgentEndpoint): CardAccess {
  const url = URL.parse(agent.url);
  return { trust: agent.cardTrust, ...(url === null ? {} : { tls: tlsTo(agent, url, url) }) };
}

/** How TLS is spoken with `target` on an agent's behalf. */
export function tlsTo({ ca, credentials = [] }: AgentEndpoint, target: URL, registered: URL): PeerTls {
  return { ca, client: clientCertificateFor(credentials, target, registered) };
}

/** Tenants may trust different signers of the same card, and different authorities of the same host. */
const nameOf = (agent: AgentEndpoint): string => {
  const { trust, tls } = cardAccess(agent);
  return [agent.url, tlsName(tls), ...(trust === undefined ? [] : [JSON.stringify(trust)])].join(" ");
};

function readStored({ url, card: raw }: AgentEndpoint): AgentCard {
  const card = readAgentCard(raw);
  if ("flaw" in card) throw new InvalidAgentCardError(url, `the stored card: ${card.flaw}`);
  return card;
}

function routeTo(url: string, card: AgentCard, allowedHosts: ReadonlySet<string>): AgentRoute {
  const [chosen] = card.interfaces;
  const binding = chosen && bindingOf(chosen);
  if (chosen === undefined || binding === undefined) {
    const offered = card.interfaces.map(({ binding: name, protocolVersion }) => `${name} ${protocolVersion}`).join(", ");
    throw new InvalidAgentCardError(url, `it offers ${offered}; spoken here are JSONRPC, and HTTP+JSON from 0.3 on${offered.includes("GRPC") ? ". gRPC needs connections of HTTP/2 that outlast a function" : ""}`);
  }
  const dialect = dialectOf(chosen.protocolVersion);
  return {
    card,
    target: guardUrl(chosen.url, allowedHosts),
    binding,
    registered: guardUrl(url, allowedHosts).url,
    dialect,
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      ...dialect.headers,
    },
    ...(chosen.tenant === undefined ? {} : { tenant: chosen.tenant }),
    learned: { streamsOnly: false, refusesPush: false },
  };
}
