import { describe, expect, it } from "vitest";
import { healthOf } from "../../../shared/agents/agent-health.ts";
import { trustOf } from "../../../shared/agents/agent-trust.ts";
import { AgentSummary, summarizeAgents } from "../../../shared/agents/views/summary.ts";
import { agentOf, START } from "../../fixtures/runtime/memory-runtime.ts";

describe("the registry in numbers", () => {
  it("of nobody knows no averages", () => {
    expect(summarizeAgents([], START)).toEqual({
      total_agents: 0,
      in_service: 0,
      quarantined: 0,
      by_status: {},
      average_health_score: null,
      average_trust_score: null,
      unique_capabilities: 0,
      capabilities: [],
    });
  });

  it("counts agents by status and capability, the most offered first", () => {
    const quarantine = { at: "2026-11-21T10:00:00.000Z", by: "ann", reason: "looked into" };
    const agents = [
      agentOf("a", { capabilities: ["read", "write"] }),
      agentOf("b", { capabilities: ["write"], quarantine }),
      agentOf("c", { capabilities: ["read", "write"], status: "INACTIVE" }),
    ];
    const summary = summarizeAgents(agents, START);
    expect(AgentSummary.parse(summary)).toMatchObject({
      total_agents: 3,
      in_service: 1,
      quarantined: 1,
      by_status: { ACTIVE: 2, INACTIVE: 1 },
      unique_capabilities: 2,
      capabilities: [{ name: "write", agents: 3, in_service: 1 }, { name: "read", agents: 2, in_service: 1 }],
    });
    expect(summary.average_health_score).toBeCloseTo(agents.reduce((sum, agent) => sum + healthOf(agent, START), 0) / 3, 9);
    expect(summary.average_trust_score).toBeCloseTo(agents.reduce((sum, agent) => sum + trustOf(agent, START), 0) / 3, 9);
  });
});
