import * as z from "zod";

import { LRUCache } from "lru-cache";

import { A2A_LIMITS } from "./limits.ts";
import type { AgentCard, SecurityScheme } from "./agent-card.ts";
import { AgentUnavailableError } from "./errors.ts";
import type { Exchange } from "./http-exchange.ts";
import type { PeerTls } from "./peer-tls.ts";
import { guardUrl } from "./url-guard.ts";
import { atMost } from "../core/at-most.ts";
import { wellFormedJson } from "../core/survey-json.ts";

/** What we present to an agent. It is bound to hosts: see {@link AgentCredential}. */
export type Credential =
  | { readonly scheme: "bearer"; readonly token: string }
  | { readonly scheme: "basic"; readonly username: string; readonly password: string }
  | {
      readonly scheme: "apiKey";
      readonly in: "header" | "query" | "cookie";
      readonly name: string;
      readonly value: string;
    }
  | {
      readonly scheme: "oauth2ClientCredentials";
      /** From the operator, never from the card: a forged card must not learn the secret. */
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scopes: readonly string[];
    }
  /** A client certificate with its key, in PEM: it belongs to the connection, not to a request. */
  | { readonly scheme: "mtls"; readonly certificate: string; readonly privateKey: string };

/** A credential and where it may go. */
export type AgentCredential = Credential & {
  /** Hosts (`host` or `host:port`) it is sent to. @default - only the host of the agent's registered URL */
  readonly hosts?: readonly string[];
};

/** What a request gains by the credentials. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
}

const TokenReply = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive().optional() });

/**
 * The credentials that satisfy the card: the first of its alternatives whose schemes we can all serve.
 *
 * A card that declares no security at all gets what the operator registered for the agent: early cards leave it out.
 */
export function selectCredentials<Held extends Credential>(card: AgentCard, held: readonly Held[]): readonly Held[] {
  const ofRequests = held.filter(({ scheme }) => scheme !== "mtls");
  if (card.security.length === 0) return Object.keys(card.securitySchemes).length === 0 ? ofRequests.slice(0, 1) : [];
  for (const alternative of card.security) {
    const chosen = alternative.map((name) => {
      const scheme = card.securitySchemes[name];
      return scheme === undefined ? undefined : held.find((credential) => satisfies(credential, scheme));
    });
    if (chosen.every((credential) => credential !== undefined)) return chosen;
  }
  return [];
}

/** Whether a credential may go to a host. */
export function mayTravelTo(credential: AgentCredential, target: URL, registered: URL): boolean {
  if (credential.hosts === undefined) return target.host === registered.host && !isDowngrade(target, registered);
  return credential.hosts.includes(target.host) || credential.hosts.includes(target.hostname);
}

function isDowngrade(target: URL, registered: URL): boolean {
  return registered.protocol === "https:" && target.protocol !== "https:";
}

function satisfies(credential: Credential, scheme: SecurityScheme): boolean {
  switch (credential.scheme) {
    case "bearer":
      return (
        (scheme.type === "http" && scheme.scheme === "bearer") ||
        scheme.type === "oauth2" ||
        scheme.type === "openIdConnect"
      );
    case "basic":
      return scheme.type === "http" && scheme.scheme === "basic";
    case "apiKey":
      return scheme.type === "apiKey" && scheme.in === credential.in && sameName(scheme.name, credential);
    case "oauth2ClientCredentials":
      return (
        scheme.type === "oauth2" ||
        scheme.type === "openIdConnect" ||
        (scheme.type === "http" && scheme.scheme === "bearer")
      );
    case "mtls":
      return scheme.type === "mutualTLS";
    default:
      return credential satisfies never;
  }
}

/**
 * The client certificate for a connection to `target`, among the credentials for an agent registered at `registered`. It
 * is there whatever the card says: a server that asks for one serves no card without it.
 */
export function clientCertificateFor(held: readonly AgentCredential[], target: URL, registered: URL): PeerTls["client"] {
  for (const one of held) {
    if (one.scheme === "mtls" && mayTravelTo(one, target, registered)) return { certificate: one.certificate, key: one.privateKey };
  }
  return undefined;
}

function sameName(name: string, credential: { readonly in: string; readonly name: string }): boolean {
  return credential.in === "header" ? name.toLowerCase() === credential.name.toLowerCase() : name === credential.name;
}

/** Turns credentials into headers and query parameters; fetches and caches OAuth tokens. */
export function createAuthorizer(exchange: Exchange, allowedHosts: ReadonlySet<string>) {
  const tokens = new LRUCache<string, string>(atMost(A2A_LIMITS.cachedTokens));
  return async (credentials: readonly Credential[]): Promise<Authorization> => {
    const headers: Record<string, string> = {};
    const query: [string, string][] = [];
    for (const credential of credentials) {
      switch (credential.scheme) {
        case "bearer":
          headers["authorization"] = `Bearer ${credential.token}`;
          break;
        case "basic":
          headers["authorization"] = basic(credential.username, credential.password);
          break;
        case "oauth2ClientCredentials":
          headers["authorization"] = `Bearer ${await tokenFor(credential, { exchange, allowedHosts, tokens })}`;
          break;
        case "apiKey":
          if (credential.in === "query") query.push([credential.name, credential.value]);
          else if (credential.in === "header") headers[credential.name.toLowerCase()] = credential.value;
          else
            headers["cookie"] = [headers["cookie"], `${credential.name}=${credential.value}`]
              .filter(Boolean)
              .join("; ");
          break;
        case "mtls":
          break;
        default:
          credential satisfies never;
      }
    }
    return { headers, query };
  };
}

type ClientCredentials = Extract<Credential, { scheme: "oauth2ClientCredentials" }>;
interface TokenSource {
  readonly exchange: Exchange;
  readonly allowedHosts: ReadonlySet<string>;
  readonly tokens: LRUCache<string, string>;
}

async function tokenFor(credential: ClientCredentials, source: TokenSource): Promise<string> {
  const { tokenUrl, clientId, clientSecret, scopes } = credential;
  const key = JSON.stringify([tokenUrl, clientId, clientSecret, scopes]);
  const known = source.tokens.get(key);
  if (known !== undefined) return known;
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  const reply = await source.exchange({
    target: guardUrl(tokenUrl, source.allowedHosts),
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
      // RFC 6749 §2.3.1: both are form-encoded before they become Basic.
      authorization: basic(encodeURIComponent(clientId), encodeURIComponent(clientSecret)),
    },
    body: form.toString(),
    timeoutMs: A2A_LIMITS.tokenTimeoutMs,
    maxBytes: A2A_LIMITS.tokenReplyBytes,
  });
  const parsed = reply.kind === "reply" && reply.status === 200 ? TokenReply.safeParse(jsonOf(reply.body)) : undefined;
  if (parsed?.success !== true) {
    const found = reply.kind === "reply" ? `HTTP ${reply.status}` : reply.kind;
    throw new AgentUnavailableError(tokenUrl, `no access token: ${found}`);
  }
  const { access_token: token, expires_in: seconds } = parsed.data;
  // Half of the lifetime: a token must outlive the call it starts. Without a lifetime it is not kept.
  if (seconds !== undefined) source.tokens.set(key, token, { ttl: Math.max(1, seconds * 500) });
  return token;
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Parses JSON from a stranger; `undefined` when it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(wellFormedJson(body));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
