import * as z from "zod";

/** What may be done about an incident by itself (spec 000). */
export const ResponseType = z.enum(["auto_scale", "circuit_breaker", "workflow_reroute", "agent_quarantine"]);
export type ResponseType = z.output<typeof ResponseType>;

/** One change that a response makes, and what is there before and after. */
export const PlannedAction = z.object({
  action: z.string(),
  target: z.string(),
  before: z.string(),
  after: z.string(),
});
export type PlannedAction = z.output<typeof PlannedAction>;

/** A response as the incident remembers it. */
export const IncidentResponse = z.object({
  response_id: z.string(),
  response_type: ResponseType,
  status: z.enum(["started", "completed", "reverted"]),
  target: z.string(),
  at: z.iso.datetime(),
  by: z.string(),
  plan: z.array(PlannedAction),
});
export type IncidentResponse = z.output<typeof IncidentResponse>;
