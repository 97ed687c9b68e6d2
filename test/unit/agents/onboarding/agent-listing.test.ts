import { describe, expect, it } from "vitest";
import { createAgentLister, readListing } from "../../../../shared/agents/onboarding/agent-listing.ts";
import { AgentRefusedError, AgentUnavailableError, ForbiddenUrlError } from "../../../../shared/a2a/errors.ts";
import type { SourceKind } from "../../../../shared/agents/agent-source.ts";
import type { Exchanged, ExchangeRequest } from "../../../../shared/a2a/http-exchange.ts";

const reply = (document: unknown, status = 200): Exchanged => ({ kind: "reply", status, headers: {}, body: typeof document === "string" ? document : JSON.stringify(document) });
const LISTED = { agents: [{ agent_id: "agent-x", endpoint: "https://x.test" }] };

/** What a registry that answers so is asked, and what its agents are. */
async function listed(answer: Exchanged, { url = "https://registry.test", kind = "a2a-registry" }: { url?: string; kind?: SourceKind } = {}) {
  const asked: ExchangeRequest[] = [];
  const exchange = Object.assign(async (request: ExchangeRequest) => (asked.push(request), answer), { close: () => {} });
  const agents = await createAgentLister([], exchange)({ url, kind });
  return { agents, asked: asked.map(({ target, method }) => `${method} ${target.url.href}`) };
}

describe("the agents of a registry", () => {
  it.each([
    { kind: "a2a-registry", url: "https://registry.test", asked: "https://registry.test/api/v1/agents" },
    { kind: "a2a-registry", url: "https://registry.test/mine", asked: "https://registry.test/mine" },
    { kind: "ai-catalog", url: "https://registry.test", asked: "https://registry.test/.well-known/ai-catalog.json" },
    { kind: "ai-catalog", url: "https://registry.test/mine.json", asked: "https://registry.test/mine.json" },
    { kind: "card-list", url: "https://registry.test", asked: "https://registry.test/" },
  ] as const)("are read from where a $kind at $url has them", async ({ kind, url, asked }) => {
    expect((await listed(reply(kind === "card-list" ? [] : { agents: [] }), { kind, url })).asked).toEqual([`GET ${asked}`]);
  });

  it("are those that it names, as many as may be", async () => {
    expect((await listed(reply(LISTED))).agents).toMatchObject([{ url: "https://x.test/", agentId: "agent-x" }]);
    const many = Array.from({ length: 20_000 }, (_, index) => ({ endpoint: `https://a${index}.test` }));
    expect((await listed(reply(many))).agents.length).toBeLessThan(20_000);
  });

  it.each([
    { what: "cannot be reached", answer: { kind: "not-sent", reason: "no route" } as const, says: "no route" },
    { what: "does not answer", answer: { kind: "lost", reason: "no reply", timedOut: true } as const, says: "no reply" },
    { what: "is out of order", answer: reply(LISTED, 503), says: "HTTP 503" },
    { what: "redirects", answer: reply(LISTED, 302), says: "HTTP 302" },
  ])("are not known while it $what", async ({ answer, says }) => {
    const error: unknown = await listed(answer).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(AgentUnavailableError);
    expect(String(error)).toContain(says);
  });

  it.each([
    { what: "is larger than may be read", answer: { kind: "too-large", maxBytes: 9 } as const, says: "larger than 9 bytes" },
    { what: "is no JSON", answer: reply("<html>"), says: "its answer is no a2a-registry" },
    { what: "is of another kind", answer: reply({ cards: [] }), says: "its answer is no a2a-registry" },
  ])("are none where its list $what", async ({ answer, says }) => {
    const error: unknown = await listed(answer).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(AgentRefusedError);
    expect(String(error)).toContain(says);
  });

  it("are not looked for where agents may not live", async () => {
    await expect(listed(reply(LISTED), { url: "http://169.254.169.254/" })).rejects.toThrow(ForbiddenUrlError);
  });
});

describe("a list of a registry", () => {
  const BASE = new URL("https://registry.test/");
  const read = (kind: SourceKind, document: unknown) => readListing(kind, document, BASE)?.map(({ url }) => url);

  it.each([
    { what: "prefers the card to the endpoint, and that to the URL", kind: "a2a-registry", document: [{ card_url: "/card", endpoint: "/end", url: "/url" }, { endpoint: "/end", url: "/url" }, { url: "/url" }], urls: ["https://registry.test/card", "https://registry.test/end", "https://registry.test/url"] },
    { what: "leaves out what is no URL", kind: "card-list", document: ["https://", "/card"], urls: ["https://registry.test/card"] },
    { what: "has cards as entries too", kind: "card-list", document: { agents: [{ url: "/a" }] }, urls: ["https://registry.test/a"] },
    { what: "has the entries of a catalog before its agents", kind: "ai-catalog", document: { entries: [{ url: "/e" }], agents: [{ cardUrl: "/a" }] }, urls: ["https://registry.test/e"] },
    { what: "tries what has no type, and goes by either name of it", kind: "ai-catalog", document: { agents: [{ cardUrl: "/a" }, { url: "/b", type: "agent-card" }, { url: "/c", type: "mcp" }, { url: "/d", mediaType: "text/html" }, {}] }, urls: ["https://registry.test/a", "https://registry.test/b"] },
    { what: "is none without either", kind: "ai-catalog", document: { specVersion: "1.0" }, urls: undefined },
    { what: "is none that is a text", kind: "ai-catalog", document: "agents", urls: undefined },
  ] as const)("$what", ({ kind, document, urls }) => {
    expect(read(kind, document)).toEqual(urls);
  });
});
