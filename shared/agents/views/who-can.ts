import * as z from "zod";
import type { AgentDemand } from "../agent-obstacles.ts";
import { type Candidate, whyNot } from "../candidates.ts";

const ObstacleView = z
  .object({
    code: z.enum([
      "quarantined",
      "unhealthy",
      "extension_required",
      "another_named",
      "skill_missing",
      "input_modes",
      "tag_missing",
      "version",
      "health_too_low",
      "trust_too_low",
      "breaker_open",
      "full",
      "limit",
    ]),
    /** To be read after the agent's name. */
    message: z.string(),
  })
  .meta({ id: "AgentObstacle" });

/** Who could do a task now, and why each of the others cannot. */
export const WhoCanView = z
  .object({
    /** Those that could have it now, by their ids. */
    available: z.array(z.string()),
    /** While there is none: why, in one sentence. */
    reason: z.string().optional(),
    agents: z.array(z.object({ agent_id: z.string(), available: z.boolean(), obstacles: z.array(ObstacleView) })),
    /** Registered agents, shown or not. */
    total: z.int(),
  })
  .meta({ id: "WhoCan" });
export type WhoCanView = z.infer<typeof WhoCanView>;

/** Agents shown. */
const SHOWN = 200;

/** Who could do a task now as the API prints it. */
export function viewWhoCan(candidates: readonly Candidate[], demand: AgentDemand): WhoCanView {
  const reason = whyNot(candidates, demand);
  const free = candidates.filter(({ obstacles }) => obstacles.length === 0);
  return {
    available: free.slice(0, SHOWN).map(({ agent }) => agent.agent_id),
    ...(reason === undefined ? {} : { reason }),
    agents: candidates.slice(0, SHOWN).map(({ agent, obstacles }) => ({
      agent_id: agent.agent_id,
      available: obstacles.length === 0,
      obstacles: obstacles.map((obstacle) => ({ ...obstacle })),
    })),
    total: candidates.length,
  };
}
