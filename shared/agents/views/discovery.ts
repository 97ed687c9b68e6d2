import * as z from "zod";
import type { AgentMatch, ExcludedAgent } from "../registry/match.ts";
import { AgentView, rounded } from "./agents.ts";

const DiscoveredAgent = AgentView.extend({ score: z.number(), reasons: z.array(z.string()) }).meta({
  id: "DiscoveredAgent",
});

/** Agents that offer everything asked for, best first, each with the reasons for its rank. */
export const DiscoveredAgents = z
  .object({
    agents: z.array(DiscoveredAgent),
    /** Those that fit, shown or not. */
    total: z.int(),
  })
  .meta({ id: "DiscoveredAgents" });

/** An agent that suits a workflow; scores run from 0 to 1. */
const MatchedAgent = z.object({
  agent_id: z.string(),
  endpoint: z.string().optional(),
  score: z.number(),
  criteria: z.object({ performance: z.number(), cost: z.number(), availability: z.number() }),
  trust_score: z.number(),
});

/** Agents that suit a workflow best, and why others do not (spec 000). */
export const MatchedAgents = z
  .object({
    matches: z.array(MatchedAgent),
    total_matches: z.int(),
    excluded: z.array(z.object({ agent_id: z.string(), reasons: z.array(z.string()) })),
  })
  .meta({ id: "MatchedAgents" });

/** A match as the API prints it. */
export const viewMatch = (
  { agentId, score, criteria, trust }: AgentMatch,
  endpoint: string | undefined,
): z.infer<typeof MatchedAgent> => ({
  agent_id: agentId,
  endpoint,
  score: rounded(score),
  criteria: {
    performance: rounded(criteria.performance),
    cost: rounded(criteria.cost),
    availability: rounded(criteria.availability),
  },
  trust_score: rounded(trust),
});

/** An agent that does not fit, as the API prints it. */
export const viewExcluded = ({ agentId, reasons }: ExcludedAgent): { agent_id: string; reasons: string[] } => ({
  agent_id: agentId,
  reasons: [...reasons],
});
