import type { IncomingHttpHeaders } from "node:http";

import { LRUCache } from "lru-cache";
import type { JWK } from "jose";
import { A2A_LIMITS } from "./limits.ts";
import { readAgentCard, type AgentCard } from "./agent-card.ts";
import { type CardTrust, KeySet, type PublicKey } from "../core/public-key.ts";
import { signedContent, verifyCard, type CardSignature } from "./card-signature.ts";
import { jsonOf } from "./credentials.ts";
import { AgentUnavailableError, InvalidAgentCardError } from "./errors.ts";
import type { Exchange, Exchanged } from "./http-exchange.ts";
import { type PeerTls, tlsName } from "./peer-tls.ts";
import { guardUrl } from "./url-guard.ts";
import { atMost } from "../core/at-most.ts";

/** A card as it was found. */
export interface FetchedCard {
  /** Where it was found: the card's own URL, not the base it was looked for at. */
  readonly url: string;
  readonly card: AgentCard;
  /** As the agent wrote it, for storing. */
  readonly raw: unknown;
  readonly signature: CardSignature;
  readonly etag?: string;
  /** How long the agent lets us keep it, inside our own bounds. */
  readonly maxAgeSeconds: number;
}

/** What fetching cards stands on. */
export interface CardSourceOptions {
  readonly exchange: Exchange;
  readonly allowedHosts: ReadonlySet<string>;
  /** Public keys of signers the operator trusts, by key id. */
  readonly trustedCardKeys: Readonly<Record<string, JWK>>;
}

/** How a card is had. */
export interface CardAccess {
  /** Who must have signed it. @default - it may be unsigned, or signed with any key */
  readonly trust?: CardTrust | undefined;
  readonly tls?: PeerTls | undefined;
}

/** Fetches and keeps agent cards. */
export interface CardSource {
  /** The card, from memory while it lives; concurrent callers share one fetch. Throws as {@link CardSource.refresh}. */
  get(url: string, access?: CardAccess): Promise<FetchedCard>;
  /**
   * The card as it is now. Under `access.trust` it is what a trusted key has signed, and nothing beside it.
   *
   * @throws {ForbiddenUrlError} the URL or a redirect of it leads where we must not go.
   * @throws {InvalidAgentCardError} nothing there is a usable card, or its signature is wrong.
   * @throws {AgentUnavailableError} the host cannot be reached or answers 429 or 5xx.
   */
  refresh(url: string, access?: CardAccess): Promise<FetchedCard>;
  /**
   * The part of a card that a trusted key has signed.
   *
   * @throws {InvalidAgentCardError} no trusted key has signed it, or the signature is not the content's.
   * @throws {AgentUnavailableError} the key set cannot be had now.
   */
  trusted(url: string, raw: unknown, trust: CardTrust): Promise<AgentCard>;
}

/** Makes a card source with an empty memory. */
export function createCardSource(options: CardSourceOptions): CardSource {
  const cards = new LRUCache<string, Promise<FetchedCard>>(atMost(A2A_LIMITS.cachedCards));
  // What one pin let through must not be had under another.
  const nameOf = (url: string, tls: PeerTls | undefined): string => `${url} ${tlsName(tls)}`;
  const refresh = (url: string, tls: PeerTls | undefined): Promise<FetchedCard> => {
    const fetching = fetchAgentCard(url, tls, options);
    const name = nameOf(url, tls);
    cards.set(name, fetching, { ttl: A2A_LIMITS.cardSeconds.default * 1000 });
    fetching.then(
      ({ maxAgeSeconds }) => cards.peek(name) === fetching && cards.set(name, fetching, { ttl: maxAgeSeconds * 1000 }),
      () => cards.peek(name) === fetching && cards.delete(name),
    );
    return fetching;
  };
  const trusted: CardSource["trusted"] = async (url, raw, trust) => {
    const content = await signedContent(url, raw, "key" in trust ? [trust.key] : await keysAt(trust.jwksUrl, options));
    const card = readAgentCard(content);
    if ("flaw" in card) throw new InvalidAgentCardError(url, card.flaw);
    return card;
  };
  const held = async (fetching: Promise<FetchedCard>, url: string, trust: CardTrust | undefined): Promise<FetchedCard> => {
    const found = await fetching;
    return trust === undefined ? found : { ...found, signature: "valid", card: await trusted(url, found.raw, trust) };
  };
  return {
    trusted,
    refresh: (url, { trust, tls } = {}) => held(refresh(url, tls), url, trust),
    get: (url, { trust, tls } = {}) => held(cards.get(nameOf(url, tls)) ?? refresh(url, tls), url, trust),
  };
}

async function keysAt(url: string, { exchange, allowedHosts }: CardSourceOptions): Promise<readonly PublicKey[]> {
  const reply = await exchange({
    target: guardUrl(url, allowedHosts),
    method: "GET",
    headers: { accept: "application/json" },
    timeoutMs: A2A_LIMITS.cardTimeoutMs,
    maxBytes: A2A_LIMITS.keySetBytes,
  });
  if (reply.kind !== "reply" || reply.status === 429 || reply.status >= 500) {
    throw new AgentUnavailableError(url, `no key set: ${reply.kind === "reply" ? `HTTP ${reply.status}` : reply.kind}`);
  }
  const keys = reply.status === 200 ? KeySet.safeParse(jsonOf(reply.body)).data?.keys : undefined;
  if (keys === undefined) throw new InvalidAgentCardError(url, `HTTP ${reply.status} and no JSON Web Key Set; give the URL of one in card_signature.jwks_url`);
  return keys;
}

async function fetchAgentCard(url: string, tls: PeerTls | undefined, options: CardSourceOptions): Promise<FetchedCard> {
  const misses: string[] = [];
  for (const candidate of candidatesFor(guardUrl(url, options.allowedHosts).url)) {
    const reply = await getFollowing(candidate, tls, options);
    if (reply.kind === "not-sent" || reply.kind === "lost") {
      throw new AgentUnavailableError(url, reply.reason, { isUnreachable: reply.kind === "not-sent" });
    }
    if (reply.kind === "too-large") throw new InvalidAgentCardError(url, `it is larger than ${reply.maxBytes} bytes`);
    if (reply.status === 429 || reply.status >= 500) throw new AgentUnavailableError(url, `HTTP ${reply.status}`);
    const raw = reply.status === 200 ? jsonOf(reply.body) : undefined;
    const card = raw === undefined ? { flaw: `HTTP ${reply.status}, no JSON` } : readAgentCard(raw);
    if ("flaw" in card) misses.push(`${candidate.pathname}: ${card.flaw}`);
    else return describe({ url: candidate, raw, card, headers: reply.headers }, options);
  }
  throw new InvalidAgentCardError(url, misses.join("; "));
}

/** A card's own URL mostly ends in `.json`; everything else is tried as a base first, with a path of its own or not. */
function candidatesFor(url: URL): URL[] {
  if (url.pathname.endsWith(".json")) return [url];
  const wellKnown = ["agent-card.json", "agent.json"].map((file) => `.well-known/${file}`);
  const base = new URL(url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`, url.href);
  const found = wellKnown.map((path) => new URL(path, base.href));
  return base.pathname === "/" ? found : [...found, ...wellKnown.map((path) => new URL(`/${path}`, url.href)), url];
}

async function getFollowing(start: URL, tls: PeerTls | undefined, { exchange, allowedHosts }: CardSourceOptions): Promise<Exchanged> {
  let url = start;
  for (let hop = 0; hop <= A2A_LIMITS.redirects; hop += 1) {
    const reply = await exchange({
      target: guardUrl(url.href, allowedHosts),
      tls,
      method: "GET",
      headers: { accept: "application/json", "a2a-version": "1.0" },
      timeoutMs: A2A_LIMITS.cardTimeoutMs,
      maxBytes: A2A_LIMITS.cardBytes,
    });
    const location =
      reply.kind === "reply" && reply.status >= 300 && reply.status < 400 ? reply.headers.location : undefined;
    if (location === undefined) return reply;
    const next = URL.parse(location, url.href);
    if (next?.origin !== start.origin) {
      throw new InvalidAgentCardError(start.href, `it redirects to another origin: ${location.slice(0, 200)}`);
    }
    url = next;
  }
  throw new InvalidAgentCardError(start.href, `it redirects more than ${A2A_LIMITS.redirects} times`);
}

interface FoundCard {
  readonly url: URL;
  readonly raw: unknown;
  readonly card: AgentCard;
  readonly headers: IncomingHttpHeaders;
}

async function describe({ url, raw, card, headers }: FoundCard, options: CardSourceOptions): Promise<FetchedCard> {
  const signature = await verifyCard(raw, (kid, keySetUrl) => findKey({ kid, keySetUrl, cardUrl: url }, options));
  if (signature === "invalid") throw new InvalidAgentCardError(url.href, "its signature does not match its content");
  return {
    url: url.href,
    card,
    raw,
    signature,
    ...(headers.etag === undefined ? {} : { etag: headers.etag }),
    maxAgeSeconds: lifetimeOf(headers["cache-control"]),
  };
}

function lifetimeOf(cacheControl = ""): number {
  const { default: fallback, least, most } = A2A_LIMITS.cardSeconds;
  const seconds = /\bmax-age=(\d+)/.exec(cacheControl)?.[1];
  if (/\bno-(store|cache)\b/.test(cacheControl)) return least;
  return seconds === undefined ? fallback : Math.min(most, Math.max(least, Number(seconds)));
}

interface WantedKey {
  readonly kid: string;
  readonly keySetUrl: string | undefined;
  readonly cardUrl: URL;
}

/** The operator's key first. A key set is believed only at the card's own origin: elsewhere anybody could host one. */
async function findKey({ kid, keySetUrl, cardUrl }: WantedKey, options: CardSourceOptions): Promise<JWK | undefined> {
  if (Object.hasOwn(options.trustedCardKeys, kid)) return options.trustedCardKeys[kid];
  if (keySetUrl === undefined || URL.parse(keySetUrl)?.origin !== cardUrl.origin) return undefined;
  const reply = await options.exchange({
    target: guardUrl(keySetUrl, options.allowedHosts),
    method: "GET",
    headers: { accept: "application/json" },
    timeoutMs: A2A_LIMITS.cardTimeoutMs,
    maxBytes: A2A_LIMITS.keySetBytes,
  });
  const keys = reply.kind === "reply" && reply.status === 200 ? KeySet.safeParse(jsonOf(reply.body)) : undefined;
  return keys?.data?.keys.find((key) => key.kid === kid);
}
