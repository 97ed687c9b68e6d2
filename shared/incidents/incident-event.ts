import type { HookEvent } from "../hooks/hook-event.ts";
import type { Incident } from "./incident.ts";
import type { IncidentEntry } from "./incident-moves.ts";

/** What the bus, and hooks, are told of a move of an incident. Equal however often it is told. */
export function incidentEvent(type: string, { tenant, incident, entry }: { tenant: string; incident: Incident; entry: IncidentEntry }): HookEvent {
  const { incident_id, incident_type, severity, affected_components, description, auto_detected, rule, subject, occurrences, flapping } = incident;
  return {
    event_id: `${incident_id}.${entry.revision}`,
    type,
    tenant,
    timestamp: entry.at,
    facts: {
      incident_id,
      incident_type,
      severity,
      status: entry.status,
      affected_components,
      description,
      auto_detected,
      occurrences,
      flapping,
      by: entry.by,
      ...(rule === undefined ? {} : { rule, subject }),
      ...(entry.text === undefined ? {} : { text: entry.text }),
    },
  };
}
