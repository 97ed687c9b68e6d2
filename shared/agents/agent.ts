import * as z from "zod";
import { AGENT_LIMITS } from "./limits.ts";
import { LIMITS } from "../core/limits.ts";
import { LimitGroupId } from "./limit-group.ts";
import { OnEmptyAnswer, OnLostAnswer } from "../workflow/definition/task-definition.ts";

/** Where an agent stands (spec 003 §4). Only active and degraded agents get work. */
export const AgentStatus = z.enum(["ACTIVE", "DEGRADED", "INACTIVE", "DECOMMISSIONED"]);
export type AgentStatus = z.infer<typeof AgentStatus>;

const ID_RULE = "must be 'agent-' followed by letters, digits, '-' or '_', 128 characters at most";
/** Spec 003 §4: `agent-[\w-]+`. */
export const RegisteredAgentId = z
  .string(ID_RULE)
  .max(128, ID_RULE)
  .regex(/^agent-[\w-]+$/, ID_RULE);

const VERSION_RULE = "must be a semantic version such as 1.2.3";
/** Semantic version of an agent's software (semver.org, without leading zeros). */
export const SemanticVersion = z
  .string(VERSION_RULE)
  .max(64, VERSION_RULE)
  .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/, VERSION_RULE);

const Label = z.string().min(1).max(128);
const SERVICE_RULE = "must be one word such as COMPUTATION: letters, digits, '-' or '_'";
const ServiceType = z
  .string()
  .max(64, SERVICE_RULE)
  .regex(/^[A-Za-z][\w-]*$/, SERVICE_RULE);

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

/** What of an agent's capacity may be reserved. */
export const ReservationQuota = z.strictObject({
  /** @default - all of `max_concurrent_tasks` */
  max_slots: z.int().min(0).max(100_000).optional(),
  /** Slots that one holder may have at once. @default - `max_slots` */
  max_slots_per_holder: z.int().min(0).max(100_000).optional(),
});

/** What a registration says that a card cannot. All of it may be changed later. */
const declaration = {
  agent_type: Label,
  version: SemanticVersion,
  /** Added to the skills of the card. */
  capabilities: z.array(Label).max(200),
  service_types: z.array(ServiceType).max(50),
  tags: z.array(Label).max(50),
  sla: AgentSla,
  location: Label,
  /** Tasks the orchestrator may have under way at this agent at once. */
  max_concurrent_tasks: z.int().positive().max(100_000),
  reservation_quota: ReservationQuota,
  /** Promises heartbeats at this interval: silence then counts. Without it probes alone judge the agent. */
  heartbeat_interval_seconds: z.int().positive().max(AGENT_LIMITS.heartbeatMaxSeconds),
  /** Trust that the operator vouches for, 0 to 5, until the agent's own record outweighs it. @default 2.5 */
  initial_trust_score: z.number().min(0).max(5),
  /** ARN of the secret that holds the credential for the card's scheme; never the credential itself. */
  credential_secret_arn: z.string().startsWith("arn:").max(2048),
  /** What messages to it hold. @default - what the input modes of its skills allow; words always */
  message_parts: z.enum(["text", "data", "both"]),
  /** Whether it answers a message only when the work is done. @default - learnt from its answers */
  blocking: z.boolean(),
  on_lost_answer: OnLostAnswer,
  on_empty_answer: OnEmptyAnswer,
  /** The group of agents that it shares a provider's limits with. */
  limit_group: LimitGroupId,
  /** Whatever else is worth keeping. Printed, never interpreted. */
  metadata: z
    .record(z.string().max(128), z.unknown())
    .refine(
      (value) => JSON.stringify(value).length <= LIMITS.inlinePayloadBytes,
      `must be at most ${LIMITS.inlinePayloadBytes} characters as JSON`,
    ),
};

const Endpoint = z
  .url({ protocol: /^https?$/, error: "must be an http(s) URL: of the agent's card, or of the host it is served on" })
  .max(2048);

/** `POST /api/v1/agents`: an agent by its card URL, with what the card cannot say. */
export const AgentRegistration = z.strictObject({
  agent_id: RegisteredAgentId.optional(),
  /** Base URL or card URL. */
  endpoint: Endpoint,
  agent_type: declaration.agent_type.optional(),
  version: declaration.version.optional(),
  capabilities: declaration.capabilities.default([]),
  service_types: declaration.service_types.default([]),
  tags: declaration.tags.default([]),
  sla: declaration.sla.optional(),
  location: declaration.location.optional(),
  /** @default - `metadata.max_concurrent_requests`, or 100 */
  max_concurrent_tasks: declaration.max_concurrent_tasks.optional(),
  reservation_quota: declaration.reservation_quota.optional(),
  heartbeat_interval_seconds: declaration.heartbeat_interval_seconds.optional(),
  initial_trust_score: declaration.initial_trust_score.optional(),
  credential_secret_arn: declaration.credential_secret_arn.optional(),
  message_parts: declaration.message_parts.optional(),
  blocking: declaration.blocking.optional(),
  /** @default - `resend` for agents that declare to recognise a repeated message, else `wait` */
  on_lost_answer: declaration.on_lost_answer.optional(),
  /** @default fail */
  on_empty_answer: declaration.on_empty_answer.optional(),
  limit_group: declaration.limit_group.optional(),
  metadata: declaration.metadata.optional(),
  /** The card itself, for agents that serve none: calls go where it says, and it is never fetched again. */
  card: z.record(z.string(), z.unknown()).optional(),
});
export type AgentRegistration = z.infer<typeof AgentRegistration>;

/** `PATCH /api/v1/agents/{id}`: what is given replaces what was; `null` takes an optional field away. */
export const AgentChange = z
  .strictObject({
    endpoint: Endpoint,
    ...declaration,
    agent_type: declaration.agent_type.nullable(),
    version: declaration.version.nullable(),
    sla: declaration.sla.nullable(),
    location: declaration.location.nullable(),
    reservation_quota: declaration.reservation_quota.nullable(),
    heartbeat_interval_seconds: declaration.heartbeat_interval_seconds.nullable(),
    initial_trust_score: declaration.initial_trust_score.nullable(),
    credential_secret_arn: declaration.credential_secret_arn.nullable(),
    message_parts: declaration.message_parts.nullable(),
    blocking: declaration.blocking.nullable(),
    on_lost_answer: declaration.on_lost_answer.nullable(),
    on_empty_answer: declaration.on_empty_answer.nullable(),
    limit_group: declaration.limit_group.nullable(),
    metadata: declaration.metadata.nullable(),
  })
  .partial();
export type AgentChange = z.infer<typeof AgentChange>;

/** `POST /api/v1/agents/{id}/heartbeat`. */
export const AgentHeartbeat = z.strictObject({ metrics: AgentMetrics.optional() });
export type AgentHeartbeat = z.infer<typeof AgentHeartbeat>;

/** `POST /api/v1/agents/heartbeats`: signs of life of many agents, gathered by a host or a mesh. */
export const AgentHeartbeats = z.strictObject({
  heartbeats: z
    .array(z.strictObject({ agent_id: RegisteredAgentId, metrics: AgentMetrics.optional() }))
    .min(1)
    .max(AGENT_LIMITS.heartbeatsPerRequest),
});

/** One skill of a card. */
export const AgentSkill = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().default(""),
  /** Media types that it takes; absent: the card does not say. */
  input_modes: z.array(z.string()).optional(),
});

/** Why an agent gets no work although it is well, and since when. */
export const Quarantine = z.object({ reason: z.string(), by: z.string(), at: z.iso.datetime() });
export type Quarantine = z.infer<typeof Quarantine>;

/** How an agent is probed: by a message when it says that this does nothing, else by asking for an impossible task. */
export const ProbeKind = z.enum(["message", "task"]);
export type ProbeKind = z.infer<typeof ProbeKind>;

/** A registered agent as its row holds it. What changes often is kept apart, as vitals. */
export const AgentRow = z.object({
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
  reservation_quota: ReservationQuota.optional(),
  heartbeat_interval_seconds: z.int().optional(),
  initial_trust_score: z.number().optional(),
  supports_push: z.boolean(),
  supports_streaming: z.boolean(),
  idempotent_messages: z.boolean(),
  probe_kind: ProbeKind.default("task"),
  credential_secret_arn: z.string().optional(),
  message_parts: declaration.message_parts.optional(),
  blocking: declaration.blocking.optional(),
  on_lost_answer: declaration.on_lost_answer.optional(),
  on_empty_answer: declaration.on_empty_answer.optional(),
  limit_group: declaration.limit_group.optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  /** Given at registration instead of fetched. */
  card: z.record(z.string(), z.unknown()).optional(),
  /** sha256 of the card as last seen. */
  card_hash: z.string().optional(),
  /** The registration's own words, so that a changed card can be laid under them again. */
  declared: z.object({ version: z.string().optional(), capabilities: z.array(z.string()).default([]) }).optional(),
  /** The external registry it came from; absent: registered here. */
  registry_id: z.string().optional(),
  status: AgentStatus,
  status_reason: z.string().optional(),
  quarantine: Quarantine.optional(),
  registered_at: z.iso.datetime(),
  /** When it was last registered: a sign of life until it sends heartbeats. */
  enrolled_at: z.iso.datetime().optional(),
  updated_at: z.iso.datetime(),
});
export type AgentRow = z.infer<typeof AgentRow>;

/** Result of the last probe. */
export const AgentProbe = z.object({
  at: z.iso.datetime(),
  ok: z.boolean(),
  latency_ms: z.number().optional(),
  reason: z.string().optional(),
  /** Whether any probe ever succeeded. */
  has_succeeded: z.boolean(),
  /** Failures in a row. */
  failures: z.int().nonnegative(),
  /** When the row of failures began. */
  failing_since: z.iso.datetime().optional(),
  card_checked_at: z.iso.datetime().optional(),
});
export type AgentProbe = z.infer<typeof AgentProbe>;

/** The few figures of a profile that choosing an agent needs. */
export const AgentLearned = z.object({
  at: z.iso.datetime(),
  /** What its trust score is worked out from when it is asked for, because trust fades. */
  trust: z.object({ completed: z.number(), failed: z.number(), at: z.number() }).optional(),
  tasks: z.int().nonnegative(),
  /** Recent attempts that failed by its own fault, as a moving average. */
  error_rate: z.number().min(0).max(1),
  /** Fraction of tasks that completed, last 30 days. */
  success_rate: z.number().optional(),
  /** Median. */
  latency_ms: z.number().optional(),
  p95_ms: z.number().optional(),
  uptime: z.number().optional(),
  cost_per_task: z.number().optional(),
  sla_compliance: z.number().optional(),
});
export type AgentLearned = z.infer<typeof AgentLearned>;

/** How an agent was seen to answer: with a task as soon as it had the message, or later than a dispatcher waits. */
export const AgentAnswering = z.object({ at: z.iso.datetime(), answers: z.enum(["at_once", "late"]) });
export type AgentAnswering = z.infer<typeof AgentAnswering>;

/** A registered agent with its vital signs. @example `agents.filter(({ status }) => status === "ACTIVE")` */
export const Agent = AgentRow.extend({
  metrics: AgentMetrics.optional(),
  /** Its last sign of life: a heartbeat, or its registration when it never sent one. */
  last_heartbeat_at: z.iso.datetime(),
  /** Whether it ever sent a heartbeat: from then on silence counts. */
  sends_heartbeats: z.boolean().default(false),
  probe: AgentProbe.optional(),
  learned: AgentLearned.optional(),
  answering: AgentAnswering.optional(),
});
export type Agent = z.infer<typeof Agent>;
