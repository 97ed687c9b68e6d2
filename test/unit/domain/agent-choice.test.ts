import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canServe, chooseAgent, type Demand } from "../../../shared/domain/agent-choice.ts";
import { agentIdOf } from "../../../shared/domain/agent-description.ts";
import { AgentStatus, RegisteredAgentId } from "../../../shared/schemas/agent.ts";
import { agentOf } from "../../fixtures/runtime/memory-runtime.ts";

const demand = (more: Partial<Demand> & { agentId?: string } = {}): Demand => {
  const { agentId, ...rest } = more;
  return {
    role: { type: "worker", count: 1, capabilities: ["work"], resources: {}, ...(agentId === undefined ? {} : { agentId }) },
    skill: undefined,
    tried: [],
    turn: 0,
    ...rest,
  };
};

describe("chooseAgent", () => {
  it.each([
    { what: "the agent with every capability of the role", agents: [agentOf("agent-a", { capabilities: ["other"] }), agentOf("agent-b")], want: demand(), chosen: "agent-b" },
    { what: "the agent with the skill", agents: [agentOf("agent-a"), agentOf("agent-b", { capabilities: ["risk"] })], want: demand({ skill: "risk" }), chosen: "agent-b" },
    { what: "the pinned agent", agents: [agentOf("agent-a"), agentOf("agent-b")], want: demand({ agentId: "agent-b" }), chosen: "agent-b" },
    { what: "an untried one", agents: [agentOf("agent-a"), agentOf("agent-b")], want: demand({ tried: ["agent-a"] }), chosen: "agent-b" },
    { what: "a tried one when no other is left", agents: [agentOf("agent-a")], want: demand({ tried: ["agent-a"] }), chosen: "agent-a" },
    { what: "an active one before a degraded one", agents: [agentOf("agent-a", { status: "DEGRADED" }), agentOf("agent-b")], want: demand(), chosen: "agent-b" },
    { what: "a degraded one when it is the only one untried", agents: [agentOf("agent-a", { status: "DEGRADED" }), agentOf("agent-b")], want: demand({ tried: ["agent-b"] }), chosen: "agent-a" },
    { what: "nobody when all are inactive", agents: [agentOf("agent-a", { status: "INACTIVE" }), agentOf("agent-b", { status: "DECOMMISSIONED" })], want: demand(), chosen: undefined },
    { what: "nobody when the pinned agent is gone", agents: [agentOf("agent-a")], want: demand({ agentId: "agent-z" }), chosen: undefined },
    { what: "nobody from an empty registry", agents: [], want: demand(), chosen: undefined },
  ])("takes $what", ({ agents, want, chosen }) => {
    expect(chooseAgent(agents, want)?.agent_id).toBe(chosen);
  });

  it("takes equal agents in turn", () => {
    const agents = ["agent-a", "agent-b", "agent-c"].map((id) => agentOf(id));
    expect([0, 1, 2, 3, Number.MAX_SAFE_INTEGER].map((turn) => chooseAgent(agents, demand({ turn }))?.agent_id)).toEqual(["agent-a", "agent-b", "agent-c", "agent-a", "agent-b"]);
  });

  const registries = fc.array(
    fc.record({ status: fc.constantFrom(...AgentStatus.options), able: fc.boolean() }).map(({ status, able }) => ({ status, capabilities: able ? ["work"] : [] })),
    { maxLength: 8 },
  );

  it("finds somebody exactly when somebody is able, and never one who is not", () => {
    fc.assert(
      fc.property(registries, fc.array(fc.nat(7)), fc.nat(), (drawn, tried, turn) => {
        const agents = drawn.map((more, index) => agentOf(`agent-${index}`, more));
        const want = demand({ tried: tried.map((index) => `agent-${index}`), turn });
        const chosen = chooseAgent(agents, want);
        return chosen === undefined ? !agents.some((agent) => canServe(agent, want)) : canServe(chosen, want);
      }),
    );
  });
});

describe("agentIdOf", () => {
  it.each([
    { name: "Risk Agent", id: "agent-risk-agent" },
    { name: "  --R2 D2!! ", id: "agent-r2-d2" },
  ])("makes $id of '$name'", ({ name, id }) => {
    expect(agentIdOf(name)).toBe(id);
  });

  it("tells names without Latin letters apart", () => {
    expect(agentIdOf("分析")).not.toBe(agentIdOf("报告"));
  });

  it("makes an id that the registry takes of any name", () => {
    fc.assert(fc.property(fc.string(), (name) => RegisteredAgentId.safeParse(agentIdOf(name)).success));
  });
});
