import type { IncidentStatus } from "./incident.ts";

/** An incident that is not on record. */
export const NO_INCIDENT = "none";

/** What is told of an incident, on the bus and to channels. */
export type IncidentEventType =
  | "incident.opened"
  | "incident.reopened"
  | "incident.acknowledged"
  | "incident.escalated"
  | "incident.resolved"
  | "incident.response_completed"
  | "incident.response_refused"
  | "incident.response_reverted";

/** One named way from one state to another. */
export interface IncidentEdge {
  readonly from: readonly (IncidentStatus | typeof NO_INCIDENT)[];
  readonly to: IncidentStatus | "same";
  readonly tells: readonly IncidentEventType[];
}

/** Every way in which an incident may change. */
export const INCIDENT_EDGES = {
  opened: { from: [NO_INCIDENT], to: "open", tells: ["incident.opened"] },
  seen: { from: ["open", "acknowledged"], to: "same", tells: [] },
  acknowledged: { from: ["open"], to: "acknowledged", tells: ["incident.acknowledged"] },
  escalated: { from: ["open"], to: "same", tells: ["incident.escalated"] },
  noted: { from: ["open", "acknowledged", "resolved"], to: "same", tells: [] },
  resolved: { from: ["open", "acknowledged"], to: "resolved", tells: ["incident.resolved"] },
  reopened: { from: ["resolved"], to: "open", tells: ["incident.reopened"] },
  response_began: { from: ["open", "acknowledged"], to: "same", tells: [] },
  response_completed: { from: ["open", "acknowledged", "resolved"], to: "same", tells: ["incident.response_completed"] },
  response_refused: { from: ["open", "acknowledged"], to: "same", tells: ["incident.response_refused"] },
  response_reverted: { from: ["open", "acknowledged", "resolved"], to: "same", tells: ["incident.response_reverted"] },
} as const satisfies Readonly<Record<string, IncidentEdge>>;

/** Name of an edge. */
export type IncidentEdgeName = keyof typeof INCIDENT_EDGES;
