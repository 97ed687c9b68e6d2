import type { Agent } from "../agent.ts";
import { isInService } from "../agent-health.ts";
import type { BreakerState } from "../routing/circuit-breaker.ts";
import { breakerAmong } from "../store/breaker-store.ts";
import type { TenantAgents } from "./agent-directory.ts";

/** An agent as one who watches over all of them sees it. */
export interface AgentInView {
  readonly agent: Agent;
  readonly isInService: boolean;
  readonly breaker: BreakerState["state"];
  /** What nobody else in service can do. */
  readonly onlyOneFor: readonly string[];
}

/** All agents of a tenant, and what depends on each of them alone. */
export function agentsInView(view: TenantAgents): readonly AgentInView[] {
  const agents = [...view.agents.values()];
  const able = new Map<string, number>();
  for (const capability of agents.filter(isInService).flatMap(({ capabilities }) => capabilities)) {
    able.set(capability, (able.get(capability) ?? 0) + 1);
  }
  return agents.map((agent) => {
    const own = isInService(agent) ? 1 : 0;
    return {
      agent,
      isInService: own === 1,
      breaker: breakerAmong(view.vitalsOf(agent.agent_id)).state.state,
      onlyOneFor: agent.capabilities.filter((capability) => (able.get(capability) ?? 0) - own <= 0),
    };
  });
}
