import * as z from "zod";
import { AGENT_LIMITS } from "./limits.ts";
import { AgentStatus } from "./agent.ts";

const Names = z.array(z.string().min(1).max(128)).max(50);
const Constraint = z.string().min(1).max(200);

/** `POST /api/v1/agents/discover` (spec 003 §4). Everything stated must hold; `location_preference` only ranks. */
export const DiscoverRequest = z.strictObject({
  capabilities: Names.default([]),
  service_types: Names.default([]),
  tags: Names.default([]),
  /** `>=1.2.0`, `>1.0.0`, `=2.1.3`; several with commas. */
  version: Constraint.optional(),
  min_health_score: z.number().min(0).max(1).optional(),
  min_trust_score: z.number().min(0).max(5).optional(),
  location_preference: z.string().min(1).max(128).optional(),
  statuses: z.array(AgentStatus).min(1).optional(),
  max_results: z.int().min(1).max(AGENT_LIMITS.discovered).default(10),
});
export type DiscoverRequest = z.infer<typeof DiscoverRequest>;

/** What a workflow needs of an agent; `skills` and `capabilities` mean the same (spec 000 and 003). */
const WorkflowRequirements = z.strictObject({
  skills: Names.default([]),
  capabilities: Names.default([]),
  service_types: Names.default([]),
  tags: Names.default([]),
  version: Constraint.optional(),
  min_health_score: z.number().min(0).max(1).optional(),
  min_trust_score: z.number().min(0).max(5).optional(),
});

/** `POST /api/v1/agents/match` (spec 000, registry integration). */
export const MatchAgentsRequest = z.strictObject({
  workflow_requirements: WorkflowRequirements,
  optimization_criteria: z
    .strictObject({
      performance_weight: z.number().min(0).max(1000).default(0.4),
      cost_weight: z.number().min(0).max(1000).default(0.3),
      availability_weight: z.number().min(0).max(1000).default(0.3),
    })
    .prefault({}),
  constraints: z
    .strictObject({
      min_trust_score: z.number().min(0).max(5).optional(),
      max_response_time_ms: z.number().positive().optional(),
      required_sla_compliance: z.number().min(0).max(1).optional(),
    })
    .prefault({}),
  max_results: z.int().min(1).max(AGENT_LIMITS.discovered).default(10),
});
export type MatchAgentsRequest = z.infer<typeof MatchAgentsRequest>;
