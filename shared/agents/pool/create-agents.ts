import type { Logger } from "@aws-lambda-powertools/logger";
import type { Agent } from "../agent.ts";
import { findAgent } from "../store/agent-store.ts";
import { ruleReader } from "../store/route-store.ts";
import type { AgentStore } from "../store/vital-store.ts";
import { createAgentDirectory } from "./agent-directory.ts";
import { createAgentPool, type AgentPool } from "./agent-pool.ts";

/** The registry as a warm worker uses it: who gets a task, and who has one. */
export interface WorkerAgents {
  readonly pool: AgentPool;
  /** One agent, asked of the registry itself when the list, which may be seconds old, does not have it. */
  agent(tenant: string, agentId: string | undefined): Promise<Agent | undefined>;
}

/** Makes them for one worker; they share one list of each tenant's agents. */
export function createAgents(store: AgentStore, logger: Pick<Logger, "warn">): WorkerAgents {
  const now = (): Date => new Date();
  const directory = createAgentDirectory(store, now);
  return {
    pool: createAgentPool({ store, directory, rules: ruleReader(store), logger, now, random: Math.random }),
    agent: async (tenant, id) => {
      if (id === undefined) return undefined;
      const { agents } = await directory.of(tenant);
      return agents.get(id) ?? findAgent(store, tenant, id);
    },
  };
}
