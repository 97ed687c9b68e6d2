import type { AgentDemand } from "../agent-obstacles.ts";
import { LEARNING } from "../learning-limits.ts";
import { NO_POSTERIORS } from "../registry/posterior.ts";
import { type Draw, drawAgent, type DrawRequest } from "../routing/draw-agent.ts";
import type { AgentStore } from "../store/agent-store.ts";
import { loadPosteriors } from "../store/profile-store.ts";
import type { AgentDirectory } from "./agent-directory.ts";
import { whoCan } from "./who-can.ts";

/** What drawing stands on. */
export interface DrawDeps {
  readonly directory: AgentDirectory;
  readonly agents: AgentStore;
  readonly random: DrawRequest["random"];
  readonly now: () => Date;
}

/**
 * Draws among the agents that could take a task now, by what tasks of its skill came to lately. Who failed it before is
 * left out while there are others.
 *
 * @returns best first; nothing when nobody could take it now.
 */
export async function drawFreeAgent(
  { directory, agents, random, now }: DrawDeps,
  { tenant, demand, skill, weights, tried }: { tenant: string; demand: AgentDemand; skill: string; weights: DrawRequest["weights"]; tried: readonly string[] },
): Promise<readonly Draw[]> {
  const candidates = whoCan({ registry: await directory.of(tenant), demand, now: now().getTime() });
  const free = candidates.filter(({ obstacles }) => obstacles.length === 0).map(({ agent }) => agent.agent_id);
  const untried = free.filter((id) => !tried.includes(id));
  const ids = (untried.length === 0 ? free : untried).slice(0, LEARNING.contenders);
  const known = await loadPosteriors(agents, tenant, ids);
  const contenders = ids.map((agentId) => ({ agentId, posteriors: known.get(agentId) ?? NO_POSTERIORS }));
  return drawAgent(contenders, { skill, weights, random });
}
