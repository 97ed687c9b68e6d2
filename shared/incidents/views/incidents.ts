import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import { Incident } from "../incident.ts";
import { IncidentEntry } from "../incident-moves.ts";
import { Notice } from "../notice.ts";
import { Guard, IncidentResponse } from "../response.ts";

/** An incident as it stands. */
export const IncidentView = Incident.meta({ id: "Incident" });
export type IncidentView = z.output<typeof IncidentView>;

/** An incident with what happened to it, who was told, and what to do about it. */
export const IncidentDetail = z
  .object({
    ...Incident.shape,
    /** Oldest first; of very many the newest. */
    timeline: z.array(IncidentEntry),
    notices: z.array(Notice),
  })
  .meta({ id: "IncidentDetail" });
export type IncidentDetail = z.output<typeof IncidentDetail>;

/** Incidents, those that began last first. A page may hold fewer than it was asked for. */
export const IncidentPage = z.object({ incidents: z.array(IncidentView), next_cursor: NextCursor }).meta({ id: "IncidentPage" });

/** What is done about an incident, or would be: what it changes, and what was looked at before. */
export const ResponseView = z
  .object({
    ...IncidentResponse.shape,
    status: z.enum(["planned", ...IncidentResponse.shape.status.options]),
    incident_id: z.string(),
    guards: z.array(Guard),
  })
  .meta({ id: "IncidentResponse" });
export type ResponseView = z.output<typeof ResponseView>;
