import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchAgents, type MatchCandidate, type MatchRequest } from "../../../../shared/agents/registry/match.ts";
import { parseVersionConstraint } from "../../../../shared/core/versions.ts";

const candidate = (agent_id: string, more: Partial<Omit<MatchCandidate, "agent">> & { agent?: Partial<MatchCandidate["agent"]> } = {}): MatchCandidate => ({
  health: 1,
  trust: 4.5,
  load: 0,
  figures: { tasks: 0 },
  ...more,
  agent: { agent_id, version: "1.0.0", capabilities: ["work"], service_types: ["COMPUTATION"], tags: ["production"], status: "ACTIVE", ...more.agent },
});
const request = (more: Partial<MatchRequest> = {}): MatchRequest => ({ requirements: {}, ...more });
const only = (weight: "performance_weight" | "cost_weight" | "availability_weight") => ({ performance_weight: 0, cost_weight: 0, availability_weight: 0, [weight]: 1 });

describe("matchAgents", () => {
  it("scores every criterion and weighs them as spec 000 does by default", () => {
    const { matches, excluded } = matchAgents(
      [
        candidate("agent-a", { load: 0.5, figures: { tasks: 50, successRate: 1, p95Ms: 2000, costPerTask: 2, uptime: 0.9 } }),
        candidate("agent-b", { figures: { tasks: 50, successRate: 0.5, p95Ms: 6000, costPerTask: 1 } }),
        candidate("agent-new"),
      ],
      request(),
    );
    expect(excluded).toEqual([]);
    expect(matches).toEqual([
      { agentId: "agent-b", score: expect.closeTo(0.76, 10), trust: 4.5, criteria: { performance: expect.closeTo(0.4, 10), cost: 1, availability: 1 } },
      { agentId: "agent-new", score: expect.closeTo(0.65, 10), trust: 4.5, criteria: { performance: 0.5, cost: 0.5, availability: 1 } },
      { agentId: "agent-a", score: expect.closeTo(0.605, 10), trust: 4.5, criteria: { performance: expect.closeTo(0.8, 10), cost: 0.5, availability: expect.closeTo(0.45, 10) } },
    ]);
  });

  it.each([
    { weights: only("performance_weight"), first: "agent-fast" },
    { weights: only("cost_weight"), first: "agent-cheap" },
    { weights: only("availability_weight"), first: "agent-idle" },
  ])("ranks $first first when only its criterion counts", ({ weights, first }) => {
    const candidates = [
      candidate("agent-fast", { load: 0.9, figures: { tasks: 9, successRate: 1, p95Ms: 10, costPerTask: 9 } }),
      candidate("agent-cheap", { load: 0.9, figures: { tasks: 9, successRate: 0.5, p95Ms: 900, costPerTask: 1 } }),
      candidate("agent-idle", { load: 0, figures: { tasks: 9, successRate: 0.5, p95Ms: 900, costPerTask: 9 } }),
    ];
    expect(matchAgents(candidates, request({ weights })).matches[0]?.agentId).toBe(first);
  });

  it.each([
    { what: "a capability", of: candidate("a", { agent: { capabilities: [] } }), ask: { requirements: { capabilities: ["work"] } }, reason: "does not offer the capability 'work'" },
    { what: "a service type", of: candidate("a"), ask: { requirements: { serviceTypes: ["STORAGE"] } }, reason: "does not offer the service type 'STORAGE'" },
    { what: "a tag", of: candidate("a"), ask: { requirements: { tags: ["gpu"] } }, reason: "does not offer the tag 'gpu'" },
    { what: "the version", of: candidate("a"), ask: { requirements: { version: parseVersionConstraint(">=2.0.0") } }, reason: "has version 1.0.0, asked for >=2.0.0" },
    { what: "health", of: candidate("a", { health: 0.4 }), ask: { requirements: { minHealthScore: 0.8 } }, reason: "has a health score of 0.40, below 0.8" },
    { what: "service at all", of: candidate("a", { agent: { status: "INACTIVE" } }), ask: {}, reason: "is inactive" },
    { what: "trust", of: candidate("a", { trust: 2.5 }), ask: { constraints: { min_trust_score: 4 } }, reason: "has a trust score of 2.50 of 5, below 4" },
    { what: "speed", of: candidate("a", { figures: { tasks: 9, p95Ms: 5400 } }), ask: { constraints: { max_response_time_ms: 5000 } }, reason: "takes over 5400 ms for one task in twenty, more than 5000 ms" },
    { what: "compliance", of: candidate("a", { figures: { tasks: 9, slaCompliance: 0.9 } }), ask: { constraints: { required_sla_compliance: 0.95 } }, reason: "keeps its promises for 90.0 % of tasks, below 95 %" },
  ])("says that $what is missing", ({ of, ask, reason }) => {
    expect(matchAgents([of], request(ask))).toEqual({ matches: [], excluded: [{ agentId: "a", reasons: [reason] }] });
  });

  it("says everything that is missing", () => {
    const { excluded } = matchAgents([candidate("a", { trust: 1, agent: { status: "DECOMMISSIONED" } })], request({ requirements: { capabilities: ["x", "y"] }, constraints: { min_trust_score: 4 } }));
    expect(excluded[0]?.reasons).toHaveLength(4);
  });

  it("holds nothing against an agent that nothing is known of, but its trust", () => {
    const constraints = { max_response_time_ms: 1, required_sla_compliance: 1 };
    expect(matchAgents([candidate("a")], request({ constraints })).matches).toHaveLength(1);
    expect(matchAgents([candidate("a", { trust: 2.5 })], request({ constraints: { ...constraints, min_trust_score: 4 } })).matches).toHaveLength(0);
  });

  it("counts free agents as equally cheap, and every price beside them as dear", () => {
    const priced = [0, 0, 5].map((costPerTask, index) => candidate(`a${index}`, { figures: { tasks: 1, costPerTask } }));
    expect(matchAgents(priced, request()).matches.map(({ criteria }) => criteria.cost)).toEqual([1, 1, 0]);
  });

  it("ranks equals by trust, then by id", () => {
    const equals = [candidate("b"), candidate("a"), candidate("c", { trust: 4.9 })];
    expect(matchAgents(equals, request()).matches.map(({ agentId }) => agentId)).toEqual(["c", "a", "b"]);
  });

  const anyCandidate = fc.record({
    health: fc.double({ min: 0, max: 1, noNaN: true }),
    trust: fc.double({ min: 0, max: 5, noNaN: true }),
    load: fc.double({ min: 0, max: 1, noNaN: true }),
    figures: fc.record(
      { tasks: fc.nat(9), successRate: fc.double({ min: 0, max: 1, noNaN: true }), p95Ms: fc.nat(100_000), costPerTask: fc.nat(9), slaCompliance: fc.double({ min: 0, max: 1, noNaN: true }), uptime: fc.double({ min: 0, max: 1, noNaN: true }) },
      { requiredKeys: ["tasks"] },
    ),
  });
  const weight = fc.double({ min: 0, max: 10, noNaN: true });

  it("accounts for every candidate once, in falling order of scores from 0 to 1", () => {
    fc.assert(
      fc.property(fc.array(anyCandidate, { maxLength: 12 }), weight, weight, weight, fc.double({ min: 0, max: 5, noNaN: true }), (drawn, performance_weight, cost_weight, availability_weight, floor) => {
        const candidates = drawn.map((more, index) => candidate(`agent-${index}`, more));
        const { matches, excluded } = matchAgents(candidates, request({ weights: { performance_weight, cost_weight, availability_weight }, constraints: { min_trust_score: floor } }));
        expect([...matches, ...excluded].map(({ agentId }) => agentId).sort()).toEqual(candidates.map(({ agent }) => agent.agent_id).sort());
        expect(matches.every(({ score, trust }) => score >= 0 && score <= 1 + 1e-9 && trust >= floor)).toBe(true);
        expect(matches.every(({ score }, index) => index === 0 || score <= (matches[index - 1]?.score ?? 0))).toBe(true);
      }),
    );
  });
});
