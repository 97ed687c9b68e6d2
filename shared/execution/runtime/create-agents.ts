import type { Logger } from "@aws-lambda-powertools/logger";
import { findAgent } from "../../agents/store/agent-store.ts";
import { ruleReader } from "../../agents/store/route-store.ts";
import type { AgentStore } from "../../agents/store/vital-store.ts";
import { createAgentDirectory } from "../../agents/pool/agent-directory.ts";
import { createAgentPool, type AgentPool } from "../../agents/pool/agent-pool.ts";
import type { Runtime } from "./runtime.ts";

/** The registry as a warm worker uses it: who gets a task, and who has one. */
export function createAgents(
  store: AgentStore,
  logger: Pick<Logger, "warn">,
): { readonly pool: AgentPool; readonly agent: Runtime["agent"] } {
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
