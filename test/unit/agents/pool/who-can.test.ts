import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Agent } from "../../../../shared/agents/agent.ts";
import { type AgentDemand, canServe, obstaclesTo } from "../../../../shared/agents/agent-obstacles.ts";
import { whyNot } from "../../../../shared/agents/candidates.ts";
import { whoCan } from "../../../../shared/agents/pool/who-can.ts";
import { DEFAULT_BREAKER_POLICY, openBreaker } from "../../../../shared/agents/routing/circuit-breaker.ts";
import type { VitalRow } from "../../../../shared/agents/store/vital-store.ts";
import { agentOf, START } from "../../../fixtures/runtime/memory-runtime.ts";

const demandOf = (more: Partial<AgentDemand["role"]> = {}, skill: string | undefined = "work"): AgentDemand => ({
  role: { type: "any", count: 1, resources: {}, capabilities: ["work"], ...more },
  skill,
});
const HELD = { reason: "leaks", by: "ann", at: new Date(START).toISOString() };

function asked(agents: readonly Agent[], { demand = demandOf(), vitals = {}, held = {} }: { demand?: AgentDemand; vitals?: Record<string, VitalRow[]>; held?: Record<string, number> } = {}) {
  const registry = { agents: new Map(agents.map((agent) => [agent.agent_id, agent])), vitalsOf: (id: string) => vitals[id] ?? [] };
  const candidates = whoCan({ registry, demand, heldGroups: new Map(Object.entries(held)), now: START });
  return { said: candidates.map(({ agent, obstacles }) => [agent.agent_id, ...obstacles.map(({ code, message }) => `${code}: ${message}`)]), why: whyNot(candidates, demand) };
}

describe("who can do a task now", () => {
  it.each<[string, Partial<Agent>, string, AgentDemand]>([
    ["is in quarantine", { quarantine: HELD }, "quarantined: is in quarantine: leaks", demandOf()],
    ["is out of service", { status: "INACTIVE", status_reason: "no heartbeat for 130 s" }, "unhealthy: is inactive: no heartbeat for 130 s", demandOf()],
    ["lacks the skill", { capabilities: ["else"] }, "skill_missing: does not offer 'work'", demandOf()],
    ["lacks a capability of the role", { capabilities: ["work"] }, "skill_missing: does not offer 'more'", { ...demandOf({ capabilities: ["work", "more"] }), skill: undefined }],
    ["takes no words", { skills: [{ id: "work", name: "work", description: "", input_modes: ["image/png"] }] }, "input_modes: takes 'image/png' for 'work', and tasks are text and JSON; message_parts of its registration overrides that", demandOf()],
    ["lacks a tag", { tags: ["eu"] }, "tag_missing: lacks the tags 'gpu'", demandOf({ tags: ["eu", "gpu"] })],
    ["is too old", { version: "1.0.0" }, "version: has version 1.0.0, asked for >=2.0.0", demandOf({ agentVersion: ">=2.0.0" })],
    ["has a version that cannot be compared", {}, "version: has version 1.0.0, asked for newest", demandOf({ agentVersion: "newest" })],
    ["is too ill", { metrics: { error_rate: 0.4 } }, "health_too_low: has a health score of 0.60, below 0.9", demandOf({ minHealthScore: 0.9 })],
    ["is trusted too little", {}, "trust_too_low: has a trust score of 2.50, below 4", demandOf({ minTrustScore: 4 })],
    ["is another one", {}, "another_named: is not the agent 'agent-b' that is asked for", demandOf({ agentId: "agent-b" })],
    ["has no slot", { max_concurrent_tasks: 2, metrics: { queue_size: 2 } }, "full: has all of its 2 slots taken", demandOf()],
  ])("is not one that %s", (_, more, said, demand) => {
    const { said: all, why } = asked([agentOf("agent-a", more)], { demand });
    expect(all).toEqual([["agent-a", said]]);
    expect(why).toBeDefined();
  });

  it("is not one whose breaker is open, or whose group is held; both pass", () => {
    const breaker = { state: openBreaker(START - 1000), policy: DEFAULT_BREAKER_POLICY };
    const open: VitalRow = { kind: "C", agentId: "agent-c", text: undefined, item: { revision: 1, breaker } };
    const agents = [
      agentOf("agent-a", { limit_group: "openai" }),
      agentOf("agent-b", { capabilities: ["else"] }),
      agentOf("agent-c"),
    ];
    const { said, why } = asked(agents, { held: { openai: START + 20_000 }, vitals: { "agent-c": [open] } });
    const [held, tripped] = [
      "waits for its limit group 'openai' until 2026-11-21T10:00:20.000Z",
      "has an open circuit breaker",
    ];
    expect(said.slice(0, 2)).toEqual([
      ["agent-a", `limit: ${held}`],
      ["agent-c", `breaker_open: ${tripped}`],
    ]);
    expect(why).toBe(`no agent can do 'work' now: agent-a ${held}; agent-c ${tripped}`);
  });

  it("is whoever has nothing against it, which is said first; then those who wait, then those who offer it", () => {
    const agents = [
      agentOf("agent-a", { capabilities: ["else"] }),
      agentOf("agent-b", { quarantine: HELD }),
      agentOf("agent-c", { metrics: { queue_size: 10 } }),
      agentOf("agent-e"),
      agentOf("agent-d"),
      agentOf("agent-f"),
    ];
    const { said, why } = asked(agents);
    expect(said.map(([id]) => id)).toEqual(["agent-d", "agent-e", "agent-f", "agent-c", "agent-b", "agent-a"]);
    expect(why).toBeUndefined();
  });

  it("may be none: then it is said why, of those that are near", () => {
    expect(asked([]).why).toBe("no agent is registered that could do 'work'");
    expect(asked([agentOf("agent-a", { capabilities: ["else"] })]).why).toBe("no registered agent offers 'work'");
    const ill = ["a", "b", "c", "d", "e"].map((name) => agentOf(`agent-${name}`, { status: "INACTIVE" }));
    expect(asked(ill).why).toBe("no agent can do 'work' now: agent-a is inactive; agent-b is inactive; agent-c is inactive; and 2 more");
    expect(asked([], { demand: demandOf({ agentId: "agent-x" }) }).why).toBe("no agent is registered that could do 'agent-x'");
  });

  it("is decided by the same rules as who gets it", () => {
    const agent = fc.record({
      status: fc.constantFrom("ACTIVE", "DEGRADED", "INACTIVE", "DECOMMISSIONED" as const),
      capabilities: fc.subarray(["work", "more"]),
      tags: fc.subarray(["eu", "gpu"]),
      version: fc.constantFrom("1.0.0", "2.1.0"),
    });
    const role = fc.record({ capabilities: fc.subarray(["work", "more"]), tags: fc.subarray(["eu", "gpu"]), agentVersion: fc.constantFrom(undefined, ">=2.0.0") });
    fc.assert(
      fc.property(agent, role, fc.constantFrom("work", undefined), ({ ...more }, { agentVersion, ...wanted }, skill) => {
        const one = agentOf("agent-a", more);
        const demand = { ...demandOf({ ...wanted, ...(agentVersion === undefined ? {} : { agentVersion }) }), skill };
        expect(obstaclesTo(one, demand, START).length === 0).toBe(canServe(one, demand, START));
      }),
    );
  });
});
