import type { AgentRole } from "../workflow/definition/workflow-definition.ts";
import type { RoleFact } from "./task-role.ts";

/** A role as an event says it. */
export const roleFact = ({ agentId, capabilities, tags, agentVersion, minTrustScore, minHealthScore }: AgentRole): RoleFact => ({
  capabilities: [...capabilities],
  ...(agentId === undefined ? {} : { agent_id: agentId }),
  ...(tags === undefined ? {} : { tags: [...tags] }),
  ...(agentVersion === undefined ? {} : { agent_version: agentVersion }),
  ...(minTrustScore === undefined ? {} : { min_trust_score: minTrustScore }),
  ...(minHealthScore === undefined ? {} : { min_health_score: minHealthScore }),
});
