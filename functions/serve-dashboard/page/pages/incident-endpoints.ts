import { part, send } from "../core/api.ts";
import type { IncidentDetail, IncidentPage } from "../core/replies.ts";

// Not among the others: whoever opens an execution does not wait for these.
const PATH = "api/v1/incidents";
const at = (id: string): string => `${PATH}/${part(id)}`;

export const listIncidents = (status: string, signal?: AbortSignal) => send<IncidentPage>("GET", PATH, { signal, query: { status, limit: "200" } });
export const loadIncident = (id: string, signal?: AbortSignal) => send<IncidentDetail>("GET", at(id), { signal });
export const steerIncident = (id: string, act: string, body: object) => send<unknown>("POST", `${at(id)}/${act}`, { body });
