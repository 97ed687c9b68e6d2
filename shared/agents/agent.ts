import * as z from "zod";
import { agentDeclaration, AgentMetrics, AgentSla, ReservationQuota } from "./agent-registration.ts";

/** Where an agent stands (spec 003 §4). Only active and degraded agents get work. */
export const AgentStatus = z.enum(["ACTIVE", "DEGRADED", "INACTIVE", "DECOMMISSIONED"]);
export type AgentStatus = z.infer<typeof AgentStatus>;

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
  message_parts: agentDeclaration.message_parts.optional(),
  blocking: agentDeclaration.blocking.optional(),
  on_lost_answer: agentDeclaration.on_lost_answer.optional(),
  on_empty_answer: agentDeclaration.on_empty_answer.optional(),
  limit_group: agentDeclaration.limit_group.optional(),
  extensions: agentDeclaration.extensions.optional(),
  card_signature: agentDeclaration.card_signature.optional(),
  tls: agentDeclaration.tls.optional(),
  /** Extensions without which its card says that it refuses calls. */
  required_extensions: z.array(z.string()).default([]),
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
