import * as z from "zod";
import { EVENT_SOURCE } from "../events/envelope.ts";

/** What every event about an agent carries. `version` is the schema's: it grows by fields, never changes one. */
export const AgentEventHead = z.object({
  version: z.literal(1),
  /** Equal for repeats of the same event: consumers de-duplicate by it. */
  event_id: z.string(),
  tenant: z.string(),
  agent_id: z.string(),
  timestamp: z.iso.datetime(),
});
export type AgentEventHead = z.infer<typeof AgentEventHead>;

const defineAgentEvent = <const Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) => ({
  type,
  detail: AgentEventHead.extend(shape),
  pattern: { source: [EVENT_SOURCE], detailType: [type] },
});

const status = z.enum(["ACTIVE", "DEGRADED", "INACTIVE", "DECOMMISSIONED"]);

/** An agent is in the registry, for the first time or again after it was taken out. */
export const AgentRegistered = defineAgentEvent("agent.registered", {
  endpoint: z.string(),
  capabilities: z.array(z.string()),
  registered_by: z.string(),
  registry_id: z.string().optional(),
});

/** What the registry says of an agent changed: by a person, or because its card did. */
export const AgentUpdated = defineAgentEvent("agent.updated", {
  changed: z.array(z.string()),
  updated_by: z.string(),
});

/** An agent is in the registry no more. */
export const AgentDeregistered = defineAgentEvent("agent.deregistered", {
  reason: z.string(),
  deregistered_by: z.string(),
});

/** An agent left one status for another (spec 003 §4). */
export const AgentStatusChanged = defineAgentEvent("agent.status_changed", {
  previous_status: status,
  new_status: status,
  reason: z.string(),
  health_score: z.number(),
});

/** An operator keeps work from an agent, and lets it have work again. Audit events: kept. */
export const AgentQuarantined = defineAgentEvent("agent.quarantined", {
  reason: z.string(),
  quarantined_by: z.string(),
});
/** A quarantine was lifted: the agent gets work again. */
export const AgentReleased = defineAgentEvent("agent.released", { reason: z.string(), released_by: z.string() });

/** An agent failed so often that it gets nothing for a while. */
export const AgentCircuitOpened = defineAgentEvent("agent.circuit_opened", {
  previous_state: z.string(),
  failures: z.int(),
  retry_at: z.iso.datetime(),
  /** Failures in a row that open it. */
  threshold: z.number().optional(),
});

/** A breaker lets a few tasks through, to see. */
export const AgentCircuitHalfOpened = defineAgentEvent("agent.circuit_half_opened", { previous_state: z.string() });

/** An agent works again, or an operator said so. */
export const AgentCircuitClosed = defineAgentEvent("agent.circuit_closed", {
  previous_state: z.string(),
  closed_by: z.string(),
});

/** Capacity of an agent was promised to somebody, and given back. */
export const AgentReserved = defineAgentEvent("agent.reserved", {
  reservation_id: z.string(),
  slots: z.int(),
  holder: z.string(),
  expires_at: z.iso.datetime(),
});
/** Reserved slots are free for everybody again. */
export const AgentReservationReleased = defineAgentEvent("agent.reservation_released", {
  reservation_id: z.string(),
  slots: z.int(),
});

/** Every event about an agent, by name. */
export const AGENT_EVENTS = {
  [AgentRegistered.type]: AgentRegistered,
  [AgentUpdated.type]: AgentUpdated,
  [AgentDeregistered.type]: AgentDeregistered,
  [AgentStatusChanged.type]: AgentStatusChanged,
  [AgentQuarantined.type]: AgentQuarantined,
  [AgentReleased.type]: AgentReleased,
  [AgentCircuitOpened.type]: AgentCircuitOpened,
  [AgentCircuitHalfOpened.type]: AgentCircuitHalfOpened,
  [AgentCircuitClosed.type]: AgentCircuitClosed,
  [AgentReserved.type]: AgentReserved,
  [AgentReservationReleased.type]: AgentReservationReleased,
} as const;

/** Name of an event about an agent. */
export type AgentEventType = keyof typeof AGENT_EVENTS;

/** The facts of one event, without its head. */
export type AgentEventFacts<Type extends AgentEventType> = Omit<
  z.input<(typeof AGENT_EVENTS)[Type]["detail"]>,
  keyof AgentEventHead
>;

/** An event about an agent as the store keeps it: head, name and facts. */
export const StoredAgentEvent = AgentEventHead.extend({ type: z.string(), facts: z.record(z.string(), z.unknown()) });
export type StoredAgentEvent = z.infer<typeof StoredAgentEvent>;
