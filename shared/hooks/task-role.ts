import * as z from "zod";
import type { AgentDemand } from "../agents/agent-obstacles.ts";

/** What a task asks of its agent, as an event says it. */
export const RoleFact = z.object({
  agent_id: z.string().optional(),
  capabilities: z.array(z.string()),
  tags: z.array(z.string()).optional(),
  agent_version: z.string().optional(),
  min_trust_score: z.number().optional(),
  min_health_score: z.number().optional(),
});
export type RoleFact = z.output<typeof RoleFact>;

/** What an event says of a role, as agents are measured by it. */
export const demandOf = (role: RoleFact, skill: string | undefined): AgentDemand => ({
  skill,
  role: {
    type: "",
    count: 1,
    resources: {},
    capabilities: role.capabilities,
    agentId: role.agent_id,
    tags: role.tags,
    agentVersion: role.agent_version,
    minTrustScore: role.min_trust_score,
    minHealthScore: role.min_health_score,
  },
});
