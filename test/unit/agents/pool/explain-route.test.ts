import { describe, expect, it } from "vitest";
import { explainRoute } from "../../../../shared/agents/pool/explain-route.ts";
import type { RouteQuestion, RoutingRule } from "../../../../shared/agents/routing/routing.ts";
import { CLOSED_BREAKER, DEFAULT_BREAKER_POLICY } from "../../../../shared/agents/routing/circuit-breaker.ts";
import type { VitalRow } from "../../../../shared/agents/store/vital-store.ts";
import type { Agent } from "../../../../shared/agents/agent.ts";
import { directoryOf } from "../../../fixtures/runtime/memory-agents.ts";
import { agentOf, START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { rule } from "../pool-kit.ts";

const QUESTION: RouteQuestion = { capabilities: ["work"], tags: [], task: "a", workflow: "drawn", payload: {}, priority: "medium", routing_key: "key" };

interface Given {
  readonly rules?: readonly RoutingRule[];
  readonly question?: Partial<RouteQuestion>;
  readonly vitals?: readonly VitalRow[];
}

async function explained(agents: readonly Agent[], { rules = [], question = {}, vitals = [] }: Given = {}) {
  const registry = await directoryOf(() => agents, () => vitals).of(TENANT);
  return explainRoute({ registry, rules, question: { ...QUESTION, ...question }, now: START });
}

describe("why a task would go where", () => {
  it("names the agent, and the strategy that chose it", async () => {
    expect(await explained([agentOf("agent-a"), agentOf("agent-b", { capabilities: ["other"] })])).toMatchObject({ agent_id: "agent-a", candidates: ["agent-a"], total_candidates: 1, not_free: [] });
    expect(await explained([agentOf("agent-a")], { question: { strategy: "round_robin" } })).toMatchObject({ agent_id: "agent-a", strategy: "round_robin" });
  });

  it("names the rule that decided", async () => {
    const agents = [agentOf("agent-a"), agentOf("agent-b")];
    const decided = await explained(agents, { rules: [rule("mine", { targets: ["agent-b"] })] });
    expect(decided).toMatchObject({ agent_id: "agent-b", rule: "mine" });
    expect(await explained(agents)).not.toHaveProperty("rule");
  });

  it("says that nobody can do it, or that nobody who can is free, and why", async () => {
    expect(await explained([agentOf("agent-a", { capabilities: ["other"] })])).toMatchObject({ agent_id: null, reason: "no agent in service can do it", not_free: [] });
    const busy = agentOf("agent-a", { max_concurrent_tasks: 2, metrics: { queue_size: 2 } });
    expect(await explained([busy])).toMatchObject({ agent_id: null, reason: "no able agent is free", not_free: [{ agent_id: "agent-a", reason: "all of its 2 slots are taken" }] });
    expect(await explained([agentOf("agent-a", { max_concurrent_tasks: 3, metrics: { queue_size: 2 } })])).toMatchObject({ agent_id: "agent-a" });
  });

  it("says that a breaker is open for as long as it is", async () => {
    const open = (since: number): VitalRow => ({ kind: "C", agentId: "agent-a", text: undefined, item: { revision: 1, breaker: { state: { ...CLOSED_BREAKER, state: "open", since }, policy: DEFAULT_BREAKER_POLICY } } });
    expect(await explained([agentOf("agent-a")], { vitals: [open(START)] })).toMatchObject({ agent_id: null, not_free: [{ agent_id: "agent-a", reason: "its circuit breaker is open" }] });
    expect(await explained([agentOf("agent-a")], { vitals: [open(START - DEFAULT_BREAKER_POLICY.recoveryTimeoutMs)] })).toMatchObject({ agent_id: "agent-a" });
  });

  it("goes by place and skill where these are asked for", async () => {
    const agents = [agentOf("agent-a", { location: "us" }), agentOf("agent-b", { location: "eu" })];
    expect(await explained(agents, { question: { location: "eu" } })).toMatchObject({ agent_id: "agent-b" });
    expect(await explained(agents, { question: { skill: "sing" } })).toMatchObject({ agent_id: null });
  });
});
