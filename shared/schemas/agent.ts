import * as z from "zod";

/** Where an agent stands (spec 003 §4). Only active and degraded agents get work. */
export const AgentStatus = z.enum(["ACTIVE", "DEGRADED", "INACTIVE", "DECOMMISSIONED"]);
export type AgentStatus = z.infer<typeof AgentStatus>;

const ID_RULE = "must be 'agent-' followed by letters, digits, '-' or '_', 128 characters at most";
/** Spec 003 §4: `agent-[\w-]+`. */
export const RegisteredAgentId = z.string().max(128).regex(/^agent-[\w-]+$/, ID_RULE);

/** Semantic version of an agent's software. */
export const SemanticVersion = z
  .string()
  .max(64)
  .regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/, "must be a semantic version such as 1.2.3");

const Label = z.string().min(1).max(128);

/** Load figures that an agent reports with a heartbeat. Rates and usages are fractions of 1. */
export const AgentMetrics = z.strictObject({
  cpu_usage: z.number().min(0).max(1).optional(),
  memory_usage: z.number().min(0).max(1).optional(),
  error_rate: z.number().min(0).max(1).optional(),
  response_time_ms: z.number().min(0).optional(),
  queue_size: z.int().min(0).optional(),
});
export type AgentMetrics = z.infer<typeof AgentMetrics>;

/** What an agent says it keeps to. */
export const AgentSla = z.strictObject({
  max_latency_ms: z.number().positive().optional(),
  availability: z.number().min(0).max(1).optional(),
});

/** `POST /api/v1/agents`: an agent by its card URL, with what the card cannot say. */
export const AgentRegistration = z.strictObject({
  agent_id: RegisteredAgentId.optional(),
  /** Base URL or card URL. */
  endpoint: z.url({ protocol: /^https?$/ }).max(2048),
  agent_type: Label.optional(),
  version: SemanticVersion.optional(),
  /** Added to the skills of the card. */
  capabilities: z.array(Label).max(200).default([]),
  service_types: z.array(Label).max(50).default([]),
  tags: z.array(Label).max(50).default([]),
  sla: AgentSla.optional(),
  location: Label.optional(),
  /** Tasks the orchestrator may have under way at this agent at once. */
  max_concurrent_tasks: z.int().positive().max(100_000).default(100),
  /** ARN of the secret that holds the credential for the card's scheme; never the credential itself. */
  credential_secret_arn: z.string().startsWith("arn:").max(2048).optional(),
});
export type AgentRegistration = z.infer<typeof AgentRegistration>;

/** `POST /api/v1/agents/{id}/heartbeat`. */
export const AgentHeartbeat = z.strictObject({ metrics: AgentMetrics.optional() });
export type AgentHeartbeat = z.infer<typeof AgentHeartbeat>;

/** One skill of a card. */
export const AgentSkill = z.object({ id: z.string(), name: z.string(), description: z.string().default("") });

/** A registered agent as it is stored, and as the API prints it. */
export const Agent = z.object({
  tenant: z.string(),
  agent_id: z.string(),
  name: z.string(),
  description: z.string(),
  agent_type: z.string().optional(),
  version: z.string(),
  endpoint: z.string(),
  protocol_version: z.string(),
  capabilities: z.array(z.string()),
  skills: z.array(AgentSkill),
  service_types: z.array(z.string()),
  tags: z.array(z.string()),
  sla: AgentSla.optional(),
  location: z.string().optional(),
  max_concurrent_tasks: z.int(),
  supports_push: z.boolean(),
  supports_streaming: z.boolean(),
  idempotent_messages: z.boolean(),
  credential_secret_arn: z.string().optional(),
  status: AgentStatus,
  metrics: AgentMetrics.optional(),
  registered_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  last_heartbeat_at: z.iso.datetime(),
});
export type Agent = z.infer<typeof Agent>;
