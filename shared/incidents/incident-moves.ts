import * as z from "zod";
import { IllegalMoveError } from "../core/errors.ts";
import { present } from "../core/present.ts";
import type { Incident, IncidentBody } from "./incident.ts";
import { INCIDENT_EDGES, type IncidentEdge, type IncidentEdgeName, type IncidentEventType, NO_INCIDENT } from "./incident-edges.ts";
import { INCIDENT_LIMITS } from "./limits.ts";
import type { IncidentResponse } from "./response.ts";

/** One move of an incident, as its timeline keeps it. */
export const IncidentEntry = z.object({
  /** Of the incident, after it. */
  revision: z.int().positive(),
  at: z.iso.datetime(),
  by: z.string(),
  /** The edge that it took. */
  what: z.string(),
  status: z.string(),
  text: z.string().optional(),
});
export type IncidentEntry = z.output<typeof IncidentEntry>;

/** When, and by whom. */
export interface Stamp {
  readonly at: string;
  readonly by: string;
}

/** An incident as a move leaves it, and what is told of that. */
export interface IncidentMove {
  readonly incident: Incident;
  readonly entry: IncidentEntry;
  readonly event?: IncidentEventType | undefined;
  /** The bus hears of it, channels do not: it flaps. */
  readonly isQuiet: boolean;
}

/** What may be done with an incident that is on record. */
export type IncidentAct =
  | { readonly edge: "seen" | "noted" | "acknowledged" | "reopened"; readonly text?: string | undefined }
  | { readonly edge: "escalated"; readonly text: string; /** Groups of channels. */ readonly notify: readonly string[] }
  | { readonly edge: "resolved"; readonly text: string }
  | { readonly edge: "response_began" | "response_completed" | "response_refused" | "response_reverted"; readonly response: IncidentResponse; readonly text: string };

/** What a new incident is made of, beside what was said of it. */
export interface Origin extends Stamp {
  readonly incidentId: string;
  readonly rule?: string | undefined;
  readonly subject?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly runbook?: Incident["runbook"];
}

/** A new incident. */
export function openIncident(body: Omit<IncidentBody, "fingerprint">, { incidentId, at, by, ...found }: Origin): IncidentMove {
  const incident: Incident = {
    incident_id: incidentId,
    ...body,
    ...found,
    status: "open",
    occurrences: 1,
    created_at: at,
    created_by: by,
    last_seen_at: at,
    reopened_at: [],
    flapping: false,
    escalation: { level: 0 },
    response_actions: [],
    revision: 1,
  };
  return { incident, entry: { revision: 1, at, by, what: "opened", status: "open", text: body.description }, event: "incident.opened", isQuiet: false };
}

/**
 * Moves an incident along an edge.
 *
 * @throws {IllegalMoveError} the edge does not begin where the incident stands.
 */
export function moveIncident(incident: Incident, act: IncidentAct, { at, by }: Stamp): IncidentMove {
  const { from, to, tells }: IncidentEdge = INCIDENT_EDGES[act.edge];
  if (!from.includes(incident.status)) throw illegal(incident, act.edge);
  const status = to === "same" ? incident.status : to;
  const next = { ...changed(incident, act, { at, by }), status, revision: incident.revision + 1 };
  const entry = { revision: next.revision, at, by, what: act.edge, status, text: act.text };
  // It flaps: the third return says so, and what follows is not worth a word until it stays away.
  const isQuiet = act.edge === "reopened" && incident.flapping;
  return { incident: next, entry, event: tells[0], isQuiet };
}

function changed(incident: Incident, act: IncidentAct, { at, by }: Stamp): Incident {
  switch (act.edge) {
    case "noted":
      return incident;
    case "seen":
      return { ...incident, occurrences: incident.occurrences + 1, last_seen_at: at };
    case "acknowledged":
      return { ...incident, acknowledged_at: at, acknowledged_by: by };
    case "escalated":
      return { ...incident, escalation: { level: incident.escalation.level + 1, at, notify: [...act.notify] } };
    case "resolved":
      return { ...incident, resolved_at: at, resolved_by: by, resolution: act.text };
    case "reopened":
      return reopened(incident, at);
    case "response_began":
    case "response_completed":
    case "response_refused":
    case "response_reverted":
      return { ...incident, response_actions: [...incident.response_actions.filter(({ response_id: id }) => id !== act.response.response_id), act.response] };
    default:
      return act satisfies never;
  }
}

function reopened(incident: Incident, at: string): Incident {
  const lately = recentReopenings(incident, Date.parse(at));
  return {
    ...incident,
    resolved_at: undefined,
    resolved_by: undefined,
    resolution: undefined,
    acknowledged_at: undefined,
    acknowledged_by: undefined,
    occurrences: incident.occurrences + 1,
    last_seen_at: at,
    reopened_at: [...lately, at],
    flapping: lately.length + 1 >= INCIDENT_LIMITS.flapsAt,
    escalation: { level: 0 },
  };
}

/** When it was reopened within the last hour. */
const recentReopenings = ({ reopened_at: times }: Pick<Incident, "reopened_at">, now: number): readonly string[] =>
  times.filter((time) => Date.parse(time) > now - INCIDENT_LIMITS.flapSeconds * 1000);

/** For how long everything must be well before an incident resolves itself. */
export function quietMs(
  incident: Pick<Incident, "reopened_at">,
  { holdsSeconds, quietSeconds, now }: { holdsSeconds: number; quietSeconds: number; now: number },
): number {
  const { quietFactors } = INCIDENT_LIMITS;
  const step = Math.min(recentReopenings(incident, now).length, quietFactors.length - 1);
  return Math.max(quietSeconds * present(quietFactors[step]), 2 * holdsSeconds) * 1000;
}

/** Edges that begin where an incident stands. */
export const possibleActs = ({ status }: Pick<Incident, "status">): readonly string[] =>
  Object.entries<IncidentEdge>(INCIDENT_EDGES).flatMap(([name, { from }]) => (from.includes(status) && !from.includes(NO_INCIDENT) ? [name] : []));

function illegal(incident: Incident, edge: IncidentEdgeName): IllegalMoveError {
  const { incident_id, status } = incident;
  const facts = { incident_id, incident_status: status, possible: possibleActs(incident) };
  return new IllegalMoveError(`incident '${incident_id}' is ${status}: it cannot be ${edge.replace("_", " ")} now`, facts);
}
