import * as z from "zod";
import { PublicKey } from "../core/public-key.ts";
import { LIMITS } from "../core/limits.ts";
import { OnEmptyAnswer, OnLostAnswer } from "../workflow/definition/task-definition.ts";
import { LimitGroupId } from "./limit-group.ts";
import { AGENT_LIMITS } from "./limits.ts";

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

const TRUST_RULE = "must be {\"key\": a public JSON Web Key} or {\"jwks_url\": https URL of a key set}, one of the two";
/** Whose signature an agent's card must have. */
export const CardSignatureRule = z
  .strictObject({ key: PublicKey.extend({ kty: z.enum(["EC", "RSA", "OKP"], TRUST_RULE) }).optional(), jwks_url: z.url({ protocol: /^https?$/, error: TRUST_RULE }).max(2048).optional() })
  .refine(({ key, jwks_url: url }) => (key === undefined) !== (url === undefined), TRUST_RULE);
export type CardSignatureRule = z.infer<typeof CardSignatureRule>;

/** How TLS is spoken with an agent beside what holds for all. */
export const AgentTls = z.strictObject({
  /** Certificates of authorities in PEM, in place of the public ones: the agent's must be signed by one of these. */
  ca: z.string().min(1).max(AGENT_LIMITS.caCharacters),
});

const EXTENSION_RULE = "must be the extension's URI as the card has it: without spaces and commas, 512 characters at most";
/** An extension of A2A that calls declare. */
export const ConfiguredExtension = z.strictObject({
  uri: z
    .string(EXTENSION_RULE)
    .max(512, EXTENSION_RULE)
    .regex(/^[a-z][a-z0-9+.-]*:[\u0021-\u002b\u002d-\u007e]+$/i, EXTENSION_RULE),
  /** Stands in the metadata of every message, under the URI. */
  params: z.record(z.string().max(128), z.unknown()).optional(),
});
export type ConfiguredExtension = z.infer<typeof ConfiguredExtension>;

/** What a registration says that a card cannot, by field. All of it may be changed later. */
export const agentDeclaration = {
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
  /** Its card must be signed so, now and whenever it is read again. @default - a signature that can be checked must be right */
  card_signature: CardSignatureRule,
  /** @default - its certificate must be signed by a public authority */
  tls: AgentTls,
  /** Extensions that it is called with: those that its card requires, and others that it offers. */
  extensions: z
    .array(ConfiguredExtension)
    .max(20)
    .refine((list) => new Set(list.map(({ uri }) => uri)).size === list.length, "names an extension twice; keep one entry per uri"),
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
  agent_type: agentDeclaration.agent_type.optional(),
  version: agentDeclaration.version.optional(),
  capabilities: agentDeclaration.capabilities.default([]),
  service_types: agentDeclaration.service_types.default([]),
  tags: agentDeclaration.tags.default([]),
  sla: agentDeclaration.sla.optional(),
  location: agentDeclaration.location.optional(),
  /** @default - `metadata.max_concurrent_requests`, or 100 */
  max_concurrent_tasks: agentDeclaration.max_concurrent_tasks.optional(),
  reservation_quota: agentDeclaration.reservation_quota.optional(),
  heartbeat_interval_seconds: agentDeclaration.heartbeat_interval_seconds.optional(),
  initial_trust_score: agentDeclaration.initial_trust_score.optional(),
  credential_secret_arn: agentDeclaration.credential_secret_arn.optional(),
  message_parts: agentDeclaration.message_parts.optional(),
  blocking: agentDeclaration.blocking.optional(),
  /** @default - `resend` for agents that declare to recognise a repeated message, else `wait` */
  on_lost_answer: agentDeclaration.on_lost_answer.optional(),
  /** @default fail */
  on_empty_answer: agentDeclaration.on_empty_answer.optional(),
  limit_group: agentDeclaration.limit_group.optional(),
  extensions: agentDeclaration.extensions.optional(),
  card_signature: agentDeclaration.card_signature.optional(),
  tls: agentDeclaration.tls.optional(),
  metadata: agentDeclaration.metadata.optional(),
  /** The card itself, for agents that serve none: calls go where it says, and it is never fetched again. */
  card: z.record(z.string(), z.unknown()).optional(),
});
export type AgentRegistration = z.infer<typeof AgentRegistration>;

/** `PATCH /api/v1/agents/{id}`: what is given replaces what was; `null` takes an optional field away. */
export const AgentChange = z
  .strictObject({
    endpoint: Endpoint,
    ...agentDeclaration,
    agent_type: agentDeclaration.agent_type.nullable(),
    version: agentDeclaration.version.nullable(),
    sla: agentDeclaration.sla.nullable(),
    location: agentDeclaration.location.nullable(),
    reservation_quota: agentDeclaration.reservation_quota.nullable(),
    heartbeat_interval_seconds: agentDeclaration.heartbeat_interval_seconds.nullable(),
    initial_trust_score: agentDeclaration.initial_trust_score.nullable(),
    credential_secret_arn: agentDeclaration.credential_secret_arn.nullable(),
    message_parts: agentDeclaration.message_parts.nullable(),
    blocking: agentDeclaration.blocking.nullable(),
    on_lost_answer: agentDeclaration.on_lost_answer.nullable(),
    on_empty_answer: agentDeclaration.on_empty_answer.nullable(),
    limit_group: agentDeclaration.limit_group.nullable(),
    extensions: agentDeclaration.extensions.nullable(),
    card_signature: agentDeclaration.card_signature.nullable(),
    tls: agentDeclaration.tls.nullable(),
    metadata: agentDeclaration.metadata.nullable(),
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
