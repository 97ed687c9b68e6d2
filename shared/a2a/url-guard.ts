/**
 * Decides where the orchestrator may connect on behalf of strangers (SSRF).
 *
 * 1. Only https, only public unicast addresses; names are judged by every address they resolve to.
 * 2. The addresses judged are the addresses connected to: the check is the connection's own `lookup`, so a name that
 *    changes between check and use (DNS rebinding) gains nothing.
 * 3. Hosts on the allow-list are exempt from both, and only they are.
 */
import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";

import ipaddr from "ipaddr.js";

import { ForbiddenUrlError } from "./errors.ts";

/** A URL that passed the guard. */
export interface GuardedUrl {
  readonly url: URL;
  /** On the allow-list: http and private addresses are fine. */
  readonly trusted: boolean;
}

/** Public addresses that serve instance metadata all the same: Azure's wire server. */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set(["168.63.129.16"]);
/** The only global unicast block. Outside it, ipaddr.js calls `::7f00:1` (IPv4-compatible 127.0.0.1) unicast too. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");
/** "Any address": servers write where they listen into their cards. */
const UNSPECIFIED: ReadonlySet<string> = new Set(["0.0.0.0", "[::]"]);
const LOCAL_NAMES = /(^|\.)(localhost|local|internal|localdomain|home\.arpa)\.?$/;

/** Whether an address is public unicast: not private, loopback or link-local, nor mapped or tunnelled to such a one. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_IPV6)) return false;
  return parsed.range() === "unicast" && !METADATA_ADDRESSES.has(parsed.toString());
}

/**
 * Checks what a URL alone can tell. Names are judged again when they resolve, by {@link guardedLookup}.
 *
 * @throws {ForbiddenUrlError} not a URL, not https, with credentials inside, or a local name or address.
 */
export function guardUrl(text: string, allowedHosts: ReadonlySet<string>): GuardedUrl {
  const url = URL.parse(text);
  if (url === null) throw new ForbiddenUrlError(text.slice(0, 200), "it is not an absolute URL");
  if (url.username !== "" || url.password !== "") {
    throw new ForbiddenUrlError(url.origin, "it carries a user name or password");
  }
  const trusted = allowedHosts.has(url.host) || allowedHosts.has(url.hostname);
  if (trusted && (url.protocol === "http:" || url.protocol === "https:")) return { url, trusted };
  if (UNSPECIFIED.has(url.hostname)) throw new ForbiddenUrlError(url.href, "that is where a server listens, not where it can be reached: have it name its host");
  if (url.protocol !== "https:") throw new ForbiddenUrlError(url.href, "only https is allowed");
  if (LOCAL_NAMES.test(url.hostname)) throw new ForbiddenUrlError(url.href, "the name is local");
  const address = url.hostname.replace(/^\[|\]$/g, "");
  if (ipaddr.isValid(address) && !isPublicAddress(address)) {
    throw new ForbiddenUrlError(url.href, "the address is not public");
  }
  return { url, trusted: false };
}

/** Why a URL is not called, for a person; nothing where it may be. */
export function flawOfUrl(url: string, allowedHosts: ReadonlySet<string>): string | undefined {
  try {
    guardUrl(url, allowedHosts);
    return undefined;
  } catch (error) {
    if (error instanceof ForbiddenUrlError) return error.message;
    throw error;
  }
}

/**
 * A DNS lookup that refuses names with any address that is not public. Hand it to the connection itself.
 *
 * Fails with {@link ForbiddenUrlError}; one bad address among good ones is enough.
 */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolveAll(hostname, options, (error, addresses) => {
    if (error !== null) return callback(error, "", 0);
    const bad = addresses.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses;
    if (bad !== undefined || first === undefined) {
      return callback(new ForbiddenUrlError(hostname, `it resolves to ${bad?.address ?? "nothing"}`), "", 0);
    }
    if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function resolveAll(
  hostname: string,
  options: LookupOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
): void {
  dnsLookup(hostname, { ...options, all: true }, done);
}
