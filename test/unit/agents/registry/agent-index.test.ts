import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentStanding } from "../../../../shared/agents/registry/agent-columns.ts";
import { AgentIndex, type DiscoveryQuery, type IndexedAgent } from "../../../../shared/agents/registry/agent-index.ts";
import { parseVersionConstraint } from "../../../../shared/core/versions.ts";

const NOW = 1_000_000_000;

const agent = (agent_id: string, more: Partial<IndexedAgent> = {}): IndexedAgent => ({
  agent_id,
  version: "1.0.0",
  capabilities: ["work"],
  service_types: [],
  tags: [],
  ...more,
});
const standing = (more: Partial<AgentStanding> = {}): AgentStanding => ({ status: "ACTIVE", condition: 1, heartbeatDueAt: NOW, trust: 2.5, load: 0, ...more });

const found = (index: AgentIndex, query: DiscoveryQuery, now = NOW): string[] => index.discover(query, now).agents.map(({ agentId }) => agentId);
const indexOf = (...agents: readonly (readonly [IndexedAgent, AgentStanding])[]): AgentIndex => {
  const index = new AgentIndex();
  for (const [described, stands] of agents) index.upsert(described, stands);
  return index;
};

/** What the index promises, read off a table row by row. */
function scan(table: ReadonlyMap<string, readonly [IndexedAgent, AgentStanding]>, query: DiscoveryQuery, now: number) {
  const includes = (offered: readonly string[], wanted: readonly string[] = []): boolean => wanted.every((name) => offered.includes(name));
  const rows = [...table.values()].map(([described, stands]) => ({ described, stands, health: now > stands.heartbeatDueAt ? stands.condition / 2 : stands.condition }));
  const meeting = rows.filter(
    ({ described, stands, health }) =>
      (query.statuses ?? ["ACTIVE", "DEGRADED"]).includes(stands.status) &&
      includes(described.capabilities, query.capabilities) &&
      includes(described.service_types, query.serviceTypes) &&
      includes(described.tags, query.tags) &&
      // The drawn versions are 1.0.0, 1.2.0 and 2.0.0: as texts they are in the order of versions.
      (query.version === undefined || described.version >= query.version.text.slice(2)) &&
      health >= (query.minHealthScore ?? 0) &&
      stands.trust >= (query.minTrustScore ?? 0),
  );
  const scored = meeting.map(({ described, stands, health }) => {
    const isNear = query.location !== undefined && described.location === query.location;
    return { id: described.agent_id, score: 0.35 * health + (0.25 * stands.trust) / 5 + 0.15 * (1 - stands.load) + (isNear ? 0.25 : 0) };
  });
  const ranked = scored.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  return { total: ranked.length, ids: ranked.slice(0, query.maxResults ?? 10).map(({ id }) => id) };
}

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const subsetOf = (all: readonly string[], most: number) => fc.subarray([...all], { maxLength: most });
const capabilities = names("skill", 12);
const tags = names("tag", 4);
const serviceTypes = ["COMPUTATION", "STORAGE"];
const locations = fc.constantFrom(undefined, "eu", "us");
const scores = fc.constantFrom(0, 0.25, 0.5, 0.75, 1);

const agents = fc.record({
  agent_id: fc.nat(299).map((number) => `agent-${number}`),
  version: fc.constantFrom("1.0.0", "1.2.0", "2.0.0"),
  capabilities: subsetOf(capabilities, 8),
  service_types: subsetOf(serviceTypes, 2),
  tags: subsetOf(tags, 3),
  location: locations,
});
const standings: fc.Arbitrary<AgentStanding> = fc.record({
  status: fc.constantFrom("ACTIVE", "ACTIVE", "ACTIVE", "DEGRADED", "INACTIVE", "DECOMMISSIONED"),
  condition: scores,
  heartbeatDueAt: fc.constantFrom(NOW - 1, NOW, Infinity),
  trust: fc.constantFrom(0, 1, 2.5, 4, 5),
  load: scores,
});
const queries: fc.Arbitrary<DiscoveryQuery> = fc.record(
  {
    capabilities: subsetOf(capabilities, 3),
    serviceTypes: subsetOf(serviceTypes, 1),
    tags: subsetOf(tags, 1),
    version: fc.constantFrom(">=1.0.0", ">=1.2.0", ">=2.0.0").map(parseVersionConstraint),
    minHealthScore: scores,
    minTrustScore: fc.constantFrom(0, 2.5, 4),
    location: fc.constantFrom("eu", "us", "mars"),
    statuses: fc.constantFrom(["ACTIVE" as const], ["DEGRADED" as const, "INACTIVE" as const]),
    maxResults: fc.constantFrom(0, 1, 3, 1000),
  },
  { requiredKeys: [] },
);
const operations = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant("upsert" as const), agents, standings) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("remove" as const), agents, standings) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("beat" as const), agents, standings) },
);

describe("AgentIndex", () => {
  it("agrees with a scan of the table after each of 5 000 random operations", { timeout: 30_000 }, () => {
    const index = new AgentIndex();
    const table = new Map<string, readonly [IndexedAgent, AgentStanding]>();
    const asked = fc.sample(queries, { numRuns: 500, seed: 4 });
    for (const [turn, [move, described, stands]] of fc.sample(operations, { numRuns: 5000, seed: 3 }).entries()) {
      const row = table.get(described.agent_id);
      if (move === "upsert") {
        index.upsert(described, stands);
        table.set(described.agent_id, [described, stands]);
      } else if (move === "remove") {
        expect(index.remove(described.agent_id)).toBe(table.delete(described.agent_id));
      } else {
        expect(index.updateStanding(described.agent_id, stands)).toBe(row !== undefined);
        if (row !== undefined) table.set(described.agent_id, [row[0], stands]);
      }
      const query = asked[turn % asked.length] ?? {};
      const { agents: best, total } = index.discover(query, NOW);
      const expected = scan(table, query, NOW);
      const got = { total, ids: best.map(({ agentId }) => agentId), size: index.size };
      // Thousands of deep comparisons take seconds; texts do not.
      if (JSON.stringify(got) !== JSON.stringify({ total: expected.total, ids: expected.ids, size: table.size })) expect(got).toEqual({ ...expected, size: table.size });
    }
  });

  it("takes the words of one kind of label not for those of another", () => {
    const index = indexOf([agent("agent-a", { capabilities: ["fast"], tags: ["eu"] }), standing()]);
    expect([found(index, { tags: ["fast"] }), found(index, { capabilities: ["eu"] }), found(index, { capabilities: ["fast"], tags: ["eu"] })]).toEqual([[], [], ["agent-a"]]);
  });

  it("judges health at the moment of the query", () => {
    const index = indexOf([agent("agent-a"), standing({ condition: 0.8, heartbeatDueAt: NOW + 60_000 })]);
    const query = { minHealthScore: 0.5 };
    expect([found(index, query, NOW + 60_000), found(index, query, NOW + 60_001)]).toEqual([["agent-a"], []]);
  });

  it("prefers a place without insisting on it", () => {
    const index = indexOf([agent("agent-a"), standing({ trust: 5 })], [agent("agent-b", { location: "eu" }), standing()], [agent("agent-c", { location: "eu" }), standing({ condition: 0.1 })]);
    expect(found(index, { location: "eu" })).toEqual(["agent-b", "agent-a", "agent-c"]);
  });

  it("gives the reasons for each rank", () => {
    const index = indexOf([agent("agent-a", { location: "eu" }), standing({ condition: 0.954, trust: 4.25, load: 0.2 })], [agent("agent-b"), standing({ load: 1 })]);
    expect(index.discover({ location: "eu" }, NOW)).toEqual({
      total: 2,
      agents: [
        { agentId: "agent-a", score: expect.closeTo(0.9164, 10), health: 0.954, trust: 4.25, load: 0.2, reasons: ["health 0.95 of 1", "trust 4.3 of 5", "80 % of its capacity free", "in eu"] },
        { agentId: "agent-b", score: expect.closeTo(0.475, 10), health: 1, trust: 2.5, load: 1, reasons: ["health 1.00 of 1", "trust 2.5 of 5", "0 % of its capacity free", "not in eu"] },
      ],
    });
  });

  it("forgets what an agent no longer offers", () => {
    const index = indexOf([agent("agent-a", { capabilities: ["old", "kept"] }), standing()]);
    index.upsert(agent("agent-a", { capabilities: ["kept", "new"] }), standing());
    expect([["old"], ["kept"], ["new"], ["kept", "new"]].map((wanted) => found(index, { capabilities: wanted }))).toEqual([[], ["agent-a"], ["agent-a"], ["agent-a"]]);
  });

  it("finds nobody for a label that nobody carries, beside one that everybody does", () => {
    const index = indexOf([agent("agent-a"), standing()]);
    expect([found(index, { capabilities: ["work", "unheard of"] }), found(index, { capabilities: ["work"], tags: ["work"] })]).toEqual([[], []]);
  });

  it("keeps no label that nobody carries any more", () => {
    const index = indexOf(...names("agent", 50).map((id, place) => [agent(id, { capabilities: ["work", `own-${place}`] }), standing()] as const));
    expect(index.labelCount).toBe(51);
    for (const id of names("agent", 49)) index.remove(id);
    expect([index.labelCount, found(index, { capabilities: ["work"] })]).toEqual([2, ["agent-49"]]);
  });

  it("gives the place of a removed agent to the next without its labels", () => {
    const index = indexOf([agent("agent-a", { capabilities: ["old"] }), standing()]);
    index.remove("agent-a");
    index.upsert(agent("agent-b", { capabilities: ["new"] }), standing());
    expect([found(index, {}), found(index, { capabilities: ["old"] }), index.has("agent-a")]).toEqual([["agent-b"], [], false]);
  });

  it("returns ten agents at most when not told otherwise", () => {
    const index = indexOf(...names("agent", 30).map((id) => [agent(id), standing()] as const));
    const { agents: best, total } = index.discover({ capabilities: ["work"] }, NOW);
    expect([best.length, total]).toEqual([10, 30]);
  });
});
