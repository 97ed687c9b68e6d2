/** What external registries say, in the shapes they are seen to use. Everything in it was written by strangers. */
import * as z from "zod";
import { AGENT_LIMITS } from "../limits.ts";
import { RegisteredAgentId } from "../agent-registration.ts";
import type { SourceKind } from "../agent-source.ts";
import { jsonOf } from "../../a2a/credentials.ts";
import { AgentRefusedError, AgentUnavailableError } from "../../a2a/errors.ts";
import { createExchange, type Exchange } from "../../a2a/http-exchange.ts";
import { guardUrl } from "../../a2a/url-guard.ts";

/** An agent that a registry names. */
export interface ListedAgent {
  /** Of its card, or of the host that serves it. */
  readonly url: string;
  /** The registry's id for it, when it is one that we could use. */
  readonly agentId?: string | undefined;
  readonly location?: string | undefined;
  readonly tags: readonly string[];
}

/** Reads the agents of an external registry. */
export type AgentLister = (source: {
  readonly url: string;
  readonly kind: SourceKind;
}) => Promise<readonly ListedAgent[]>;

/**
 * Makes a lister that goes nowhere but where agents may live (`url-guard.ts`), and reads no more than
 * `AGENT_LIMITS.registryReplyBytes`. It throws {@link AgentUnavailableError} when the registry cannot be reached,
 * {@link AgentRefusedError} when its answer is none, and `ForbiddenUrlError`.
 */
export function createAgentLister(hosts: readonly string[], exchange: Exchange = createExchange()): AgentLister {
  const allowedHosts = new Set(hosts);
  return async ({ url, kind }) => {
    const target = guardUrl(documentUrl(url, kind), allowedHosts);
    const reply = await exchange({
      target,
      method: "GET",
      headers: { accept: "application/json" },
      timeoutMs: AGENT_LIMITS.registryTimeoutMs,
      maxBytes: AGENT_LIMITS.registryReplyBytes,
    });
    if (reply.kind === "too-large")
      throw new AgentRefusedError(url, "TooLarge", `its list is larger than ${reply.maxBytes} bytes`);
    if (reply.kind !== "reply") throw new AgentUnavailableError(url, reply.reason);
    if (reply.status !== 200) throw new AgentUnavailableError(url, `HTTP ${reply.status}`);
    const listed = readListing(kind, jsonOf(reply.body), target.url);
    if (listed === undefined) throw new AgentRefusedError(url, "InvalidReply", `its answer is no ${kind}`);
    return listed.slice(0, AGENT_LIMITS.agentsPerRegistry);
  };
}

/** Registries and catalogs are found by their host; a URL with a path of its own is taken as it is. */
function documentUrl(text: string, kind: SourceKind): string {
  const url = new URL(text);
  if (kind === "card-list" || url.pathname !== "/") return text;
  return new URL(kind === "ai-catalog" ? "/.well-known/ai-catalog.json" : "/api/v1/agents", url).href;
}

const texts = z.array(z.string()).catch([]).default([]);
const RegistryEntry = z.object({
  agent_id: z.string().optional(),
  endpoint: z.string().optional(),
  url: z.string().optional(),
  card_url: z.string().optional(),
  location: z.string().optional().catch(undefined),
  tags: texts,
});
const RegistryReply = z.union([
  z.object({ agents: z.array(z.unknown()) }).transform(({ agents }) => agents),
  z.array(z.unknown()),
]);
const CardList = z.union([
  z.array(z.unknown()),
  z.object({ cards: z.array(z.unknown()) }).transform(({ cards }) => cards),
  z.object({ agents: z.array(z.unknown()) }).transform(({ agents }) => agents),
]);
/** Both drafts of the catalog: `agents` with `cardUrl`, and `entries` of several media types. */
const CatalogEntry = z.object({
  cardUrl: z.string().optional(),
  url: z.string().optional(),
  mediaType: z.string().optional(),
  type: z.string().optional(),
  tags: texts,
});
const Catalog = z.object({ agents: z.array(z.unknown()).optional(), entries: z.array(z.unknown()).optional() });

/** @returns nothing when the document is of another kind. Entries that cannot be read are left out. */
export function readListing(kind: SourceKind, document: unknown, base: URL): ListedAgent[] | undefined {
  switch (kind) {
    case "a2a-registry":
      return RegistryReply.safeParse(document).data?.flatMap((entry) => registryAgent(entry, base));
    case "card-list":
      return CardList.safeParse(document).data?.flatMap((entry) =>
        typeof entry === "string" ? agentAt(entry, base) : registryAgent(entry, base),
      );
    case "ai-catalog": {
      const catalog = Catalog.safeParse(document).data;
      const entries = catalog?.entries ?? catalog?.agents;
      return entries?.flatMap((entry) => catalogAgent(entry, base));
    }
    default:
      return kind satisfies never;
  }
}

function agentAt(url: string, base: URL, more: Partial<ListedAgent> = {}): ListedAgent[] {
  const absolute = URL.parse(url, base.href);
  return absolute === null ? [] : [{ tags: [], ...more, url: absolute.href }];
}

function registryAgent(value: unknown, base: URL): ListedAgent[] {
  const entry = RegistryEntry.safeParse(value).data;
  const url = entry?.card_url ?? entry?.endpoint ?? entry?.url;
  if (entry === undefined || url === undefined) return [];
  const agentId = RegisteredAgentId.safeParse(entry.agent_id).data;
  return agentAt(url, base, { agentId, location: entry.location, tags: entry.tags });
}

/** Catalogs list tools and other things as well; what has no type is tried. */
function catalogAgent(value: unknown, base: URL): ListedAgent[] {
  const entry = CatalogEntry.safeParse(value).data;
  const url = entry?.cardUrl ?? entry?.url;
  const type = entry?.mediaType ?? entry?.type ?? "a2a";
  if (entry === undefined || url === undefined || !/a2a|agent-?card/i.test(type)) return [];
  return agentAt(url, base, { tags: entry.tags });
}
