import { beforeEach, describe, expect, it } from "vitest";
import { syncRegistries } from "../../../../functions/sync-registries/sync-registries.ts";
import { readAgentCard } from "../../../../shared/a2a/agent-card.ts";
import type { FetchedCard } from "../../../../shared/a2a/card-source.ts";
import { readListing, type ListedAgent } from "../../../../shared/agents/onboarding/agent-listing.ts";
import { AgentUnavailableError } from "../../../../shared/a2a/errors.ts";
import { listAgents, loadAgent, noteTenant, saveAgent } from "../../../../shared/agents/store/agent-store.ts";
import { loadSource, saveSource } from "../../../../shared/agents/store/source-store.ts";
import { refreshCard } from "../../../../shared/agents/onboarding/register-agent.ts";
import { syncSource, type SyncDeps } from "../../../../shared/agents/onboarding/sync-source.ts";
import { AgentSource } from "../../../../shared/agents/agent-source.ts";
import { agentOf, START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../../fixtures/runtime/memory-table.ts";

const BASE = new URL("https://registry.test/api/v1/agents");

/** The card at a URL, once it requires an extension of callers. */
async function requiring({ a2a }: Pick<SyncDeps, "a2a">, url: string): Promise<FetchedCard> {
  const found = await a2a.fetchAgentCard(url);
  return { ...found, card: { ...found.card, capabilities: { ...found.card.capabilities, requiredExtensions: ["urn:pay"] } } };
}

describe("what registries say", () => {
  it.each([
    {
      kind: "a2a-registry" as const,
      document: {
        agents: [
          { agent_id: "agent-x", endpoint: "https://x.test", location: "eu", tags: ["t"] },
          { agent_id: "bad id", endpoint: "/y" },
          7,
          {},
        ],
      },
      agents: [
        { url: "https://x.test/", agentId: "agent-x", location: "eu", tags: ["t"] },
        { url: "https://registry.test/y", agentId: undefined, location: undefined, tags: [] },
      ],
    },
    {
      kind: "card-list" as const,
      document: ["https://x.test/card.json", "//y.test", null],
      agents: [
        { url: "https://x.test/card.json", tags: [] },
        { url: "https://y.test/", tags: [] },
      ],
    },
    {
      kind: "card-list" as const,
      document: { cards: ["https://x.test/card.json"] },
      agents: [{ url: "https://x.test/card.json", tags: [] }],
    },
    {
      kind: "ai-catalog" as const,
      document: {
        specVersion: "1.0",
        entries: [
          {
            identifier: "urn:a",
            mediaType: "application/a2a-agent-card+json",
            url: "https://a.test/card.json",
            tags: ["t"],
          },
          { identifier: "urn:m", mediaType: "application/mcp-server+json", url: "https://m.test" },
        ],
      },
      agents: [{ url: "https://a.test/card.json", tags: ["t"] }],
    },
    {
      kind: "ai-catalog" as const,
      document: { agents: [{ id: "a", name: "A", cardUrl: "https://a.test/ai-card.json" }] },
      agents: [{ url: "https://a.test/ai-card.json", tags: [] }],
    },
    { kind: "a2a-registry" as const, document: { error: "no" }, agents: undefined },
    { kind: "ai-catalog" as const, document: "hello", agents: undefined },
  ])("is read as a list of agents: $kind", ({ kind, document, agents }) => {
    expect(readListing(kind, document, BASE)).toEqual(agents);
  });
});

describe("syncing with an external registry", () => {
  let tables: MemoryTables;
  let now: number;
  let listed: ListedAgent[] | Error;
  let deps: SyncDeps;
  const source = AgentSource.parse({
    registry_id: "there",
    url: BASE.href,
    kind: "a2a-registry",
    sync_minutes: 60,
    tags: ["imported"],
    created_at: "2026-11-21T09:00:00.000Z",
    created_by: "ann",
    next_sync_at: "2026-11-21T09:00:00.000Z",
  });
  const at = (name: string, more: Partial<ListedAgent> = {}): ListedAgent => ({
    url: `https://${name}.test/`,
    tags: [],
    ...more,
  });
  const ids = async () => (await listAgents(deps.agents, TENANT)).map(({ agent_id: id }) => id);
  const sync = () => syncSource(deps, TENANT, source);

  beforeEach(() => {
    tables = new MemoryTables();
    now = START;
    listed = [];
    deps = {
      agents: { db: tables.client, table: "agents" },
      now: () => new Date(now),
      listSource: () => (listed instanceof Error ? Promise.reject(listed) : Promise.resolve(listed)),
      a2a: {
        trustedCard: () => Promise.reject(new Error("no registration here asks for a signature")),
        fetchAgentCard: async (url) => {
          const name = new URL(url).hostname.split(".")[0] ?? "";
          if (name === "down") throw new AgentUnavailableError(url, "ECONNREFUSED");
          const raw = {
            name,
            supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
            skills: [{ id: `${name}-skill` }],
          };
          const card = readAgentCard(raw);
          if ("flaw" in card) throw new Error(card.flaw);
          return { url, card, raw, signature: "unsigned", maxAgeSeconds: 300 };
        },
        callTarget: (url) => new URL(url),
        getTask: async () => "not-found",
      },
    };
  });

  it("takes the agents that it names, and lets those go that it names no more", async () => {
    listed = [at("one", { agentId: "agent-number-one", location: "eu" }), at("two")];
    expect(await sync()).toMatchObject({ ok: true, listed: 2, registered: 2, removed: 0 });
    expect(await loadAgent(deps.agents, TENANT, "agent-number-one")).toMatchObject({
      registry_id: "there",
      location: "eu",
      tags: ["imported"],
      capabilities: ["one-skill"],
    });
    listed = [at("two"), at("three")];
    expect(await sync()).toMatchObject({ registered: 1, unchanged: 1, removed: 1 });
    expect(await ids()).toEqual(["agent-three", "agent-two"]);
  });

  it("leaves alone what was registered here, or named by another registry before", async () => {
    await saveAgent(deps.agents, agentOf("agent-one", { endpoint: "https://mine.test" }));
    await saveAgent(deps.agents, agentOf("agent-two", { registry_id: "elsewhere" }));
    listed = [at("one"), at("two")];
    const result = await sync();
    expect(result.skipped.map(({ reason }) => reason)).toEqual([
      "agent 'agent-one' is left as it is: it was registered here",
      "agent 'agent-two' is left as it is: registry 'elsewhere' named it first",
    ]);
    expect((await loadAgent(deps.agents, TENANT, "agent-one")).endpoint).toBe("https://mine.test");
    listed = [];
    await sync();
    expect(await ids()).toEqual(["agent-one", "agent-two"]);
  });

  it("removes nothing when the registry is ill or suddenly empty", async () => {
    listed = [at("one")];
    await sync();
    listed = new AgentUnavailableError(BASE.href, "HTTP 503");
    expect(await sync()).toMatchObject({ ok: false, removed: 0, error: expect.stringContaining("HTTP 503") });
    listed = [];
    expect(await sync()).toMatchObject({ ok: true, removed: 0 });
    expect(await ids()).toEqual(["agent-one"]);
  });

  it("names the agents whose cards it cannot have, and takes the others", async () => {
    listed = [at("down"), at("one")];
    expect(await sync()).toMatchObject({
      registered: 1,
      skipped: [{ agent: "https://down.test/", reason: expect.stringContaining("ECONNREFUSED") }],
    });
  });

  it("takes only agents that offer what is wanted", async () => {
    listed = [at("one"), at("two")];
    const result = await syncSource(deps, TENANT, { ...source, capabilities: ["two-skill"] });
    expect(result).toMatchObject({ registered: 1, skipped: [{ reason: "it offers none of two-skill" }] });
  });

  it("comes round when it is due, for every tenant", async () => {
    listed = [at("one")];
    await saveSource(deps.agents, TENANT, source);
    await noteTenant(deps.agents, TENANT);
    expect(await syncRegistries(deps)).toMatchObject([
      { tenant: TENANT, registryId: "there", result: { registered: 1 } },
    ]);
    expect((await loadSource(deps.agents, TENANT, "there")).next_sync_at).toBe("2026-11-21T11:00:00.000Z");
    now += 59 * 60_000;
    expect(await syncRegistries(deps)).toEqual([]);
    now += 60_000;
    expect(await syncRegistries(deps)).toMatchObject([{ result: { registered: 0, unchanged: 1 } }]);
  });

  it("passes over what can be no agent of ours, and says why", async () => {
    listed = [at("one", { location: "x".repeat(5000) }), at("two")];
    const result = await sync();
    expect(result).toMatchObject({ ok: true, registered: 1 });
    expect(result.skipped).toMatchObject([{ agent: "https://one.test/" }]);
  });

  it("does not hide our own defects", async () => {
    listed = new TypeError("ours");
    await expect(sync()).rejects.toThrow("ours");
    listed = [at("one")];
    deps = { ...deps, a2a: { ...deps.a2a, fetchAgentCard: () => Promise.reject(new TypeError("ours as well")) } };
    await expect(sync()).rejects.toThrow("ours as well");
  });

  it("takes an agent back that was let go, and leaves a card that was given with it alone", async () => {
    listed = [at("one")];
    await sync();
    const row = await loadAgent(deps.agents, TENANT, "agent-one");
    const endpoint = ({ agent_id: agentId, endpoint: url }: Pick<typeof row, "agent_id" | "endpoint">) => Promise.resolve({ agentId, url });
    const fetchExtendedCard = () => Promise.reject(new Error("it has no credential"));
    const looking = { ...deps, endpoint, a2a: { ...deps.a2a, fetchExtendedCard } };
    expect(await refreshCard(looking, row)).toBeUndefined();
    expect(await refreshCard(looking, { ...row, card: {}, card_hash: "another" })).toBeUndefined();
    expect(await refreshCard(looking, { ...row, card_hash: "another" })).toMatchObject({ agent_id: "agent-one" });
    const required = { ...looking, a2a: { ...looking.a2a, fetchAgentCard: (url: string) => requiring(deps, url) } };
    expect(await refreshCard(required, { ...row, card_hash: "another" })).toMatchObject({ required_extensions: ["urn:pay"] });
    await saveAgent(deps.agents, { ...row, status: "DECOMMISSIONED" });
    expect(await sync()).toMatchObject({ registered: 1 });
    expect((await loadAgent(deps.agents, TENANT, "agent-one")).status).toBe("ACTIVE");
  });
});
