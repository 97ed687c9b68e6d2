import * as z from "zod";
import { actOnIncident, type IncidentDeps, keyedIncidentId, reportIncident } from "../../../../shared/incidents/control/incident-control.ts";
import { nextEscalation } from "../../../../shared/incidents/escalation.ts";
import { fingerprintOf, type Incident, IncidentBody, IncidentStatus, IncidentType, Severity } from "../../../../shared/incidents/incident.ts";
import type { IncidentAct } from "../../../../shared/incidents/incident-moves.ts";
import { INCIDENT_LIMITS } from "../../../../shared/incidents/limits.ts";
import { loadEscalation } from "../../../../shared/incidents/store/channel-store.ts";
import { listIncidents, loadIncident, loadNotices, loadTimeline } from "../../../../shared/incidents/store/incident-store.ts";
import { incidentsOf } from "../../../../shared/incidents/store/keys.ts";
import { IncidentDetail, IncidentPage, IncidentView } from "../../../../shared/incidents/views/incidents.ts";
import { decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { type ApiDeps, param, route, type RouteRequest } from "../../route.ts";

/** What changing incidents stands on, in the API. */
export const incidentDeps = ({ definitions, notifications }: ApiDeps): IncidentDeps => ({ control: definitions, tell: notifications });

type Asked = Pick<RouteRequest, "deps" | "caller" | "params">;

const placeOf = (request: Asked) => ({ tenant: request.caller.tenant, id: param(request, "incident_id") });

const stampOf = ({ deps, caller }: Pick<Asked, "deps" | "caller">) => ({ at: deps.now().toISOString(), by: caller.subject });

/** Does something with the incident that a request names. */
export const act = (request: Asked, what: IncidentAct): Promise<Incident> =>
  actOnIncident(incidentDeps(request.deps), placeOf(request), { act: what, ...stampOf(request) });

const create = route({
  method: "POST",
  path: "/api/v1/incidents",
  operationId: "createIncident",
  summary: "Put an incident on record (spec 000); 200 for one that is known by its Idempotency-Key or fingerprint",
  permission: "incident:manage",
  body: IncidentBody,
  takesIdempotencyKey: true,
  reply: IncidentView,
  status: 201,
  otherStatus: 200,
  refusals: [409],
  run: async ({ deps, caller, body: { fingerprint: chosen, ...body }, idempotencyKey: key }) => {
    const { tenant } = caller;
    const { incident, outcome } = await reportIncident(incidentDeps(deps), {
      tenant,
      body,
      ...stampOf({ deps, caller }),
      newId: key === undefined ? deps.newId("inc") : keyedIncidentId(tenant, key),
      fingerprint: chosen === undefined ? undefined : fingerprintOf({ chosen }),
    });
    const isAgain = outcome === "known" && chosen !== undefined && incident.fingerprint !== undefined;
    const place = { tenant, id: incident.incident_id };
    const shown = isAgain ? await actOnIncident(incidentDeps(deps), place, { act: { edge: "seen", text: body.description }, ...stampOf({ deps, caller }) }) : incident;
    const headers = { location: `/api/v1/incidents/${incident.incident_id}` };
    return { body: shown, headers, status: outcome === "opened" ? 201 : 200 };
  },
});

const Time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

const Filter = z.strictObject({
  ...PageQuery,
  /** `active`: all that are not resolved. */
  status: z.enum(["active", ...IncidentStatus.options]).default("active"),
  severity: Severity.optional(),
  type: IncidentType.optional(),
  from: Time.optional(),
  to: Time.optional(),
});

async function page({ deps, caller }: Pick<Asked, "deps" | "caller">, { limit, cursor, status, ...filter }: z.output<typeof Filter>) {
  const which = status === "resolved" ? "closed" : "open";
  const shape = { byTenant: `=${incidentsOf(caller.tenant, which)}`, name: "", pk: `T#${caller.tenant}#INC#`, sk: "=INCIDENT" };
  const asked = { ...filter, which, status: status === "active" ? undefined : status } as const;
  const { rows, next } = await listIncidents(deps.definitions, caller.tenant, asked, { limit, after: decodeCursor(cursor, shape) });
  return { body: { incidents: [...rows], next_cursor: encodeCursor(next) } };
}

const list = route({
  method: "GET",
  path: "/api/v1/incidents",
  operationId: "listIncidents",
  summary: "Incidents by status, severity, type and when they began, the latest first; those that are not resolved, unless asked for others",
  permission: "incident:read",
  query: Filter,
  reply: IncidentPage,
  status: 200,
  run: ({ deps, caller, query }) => page({ deps, caller }, query),
});

const active = route({
  method: "GET",
  path: "/api/v1/incidents/active",
  operationId: "listActiveIncidents",
  summary: "Incidents that are not resolved, the latest first (spec 000)",
  permission: "incident:read",
  query: z.strictObject(PageQuery),
  reply: IncidentPage,
  status: 200,
  run: ({ deps, caller, query }) => page({ deps, caller }, { ...query, status: "active" }),
});

const get = route({
  method: "GET",
  path: "/api/v1/incidents/{incident_id}",
  operationId: "getIncident",
  summary: "An incident, its timeline, who was told, and what to do about it",
  permission: "incident:read",
  reply: IncidentDetail,
  status: 200,
  run: async (request) => {
    const { tenant, id } = placeOf(request);
    const { definitions: control } = request.deps;
    const [incident, timeline, notices] = await Promise.all([loadIncident(control, tenant, id), loadTimeline(control, tenant, id), loadNotices(control, tenant, id)]);
    return { body: { ...incident, timeline: [...timeline], notices: [...notices] } };
  },
});

const Text = z.string().min(1).max(INCIDENT_LIMITS.noteCharacters);

const acknowledge = route({
  method: "POST",
  path: "/api/v1/incidents/{incident_id}/acknowledge",
  operationId: "acknowledgeIncident",
  summary: "Say that somebody takes care of it: it escalates no more",
  permission: "incident:manage",
  body: z.strictObject({ note: Text.optional() }),
  reply: IncidentView,
  status: 200,
  refusals: [409],
  run: async ({ body, ...request }) => ({ body: await act(request, { edge: "acknowledged", text: body.note }) }),
});

const note = route({
  method: "POST",
  path: "/api/v1/incidents/{incident_id}/notes",
  operationId: "noteIncident",
  summary: "Add a line to its timeline, also after its end",
  permission: "incident:manage",
  body: z.strictObject({ text: Text }),
  reply: IncidentView,
  status: 200,
  run: async ({ body, ...request }) => ({ body: await act(request, { edge: "noted", text: body.text }) }),
});

const resolve = route({
  method: "POST",
  path: "/api/v1/incidents/{incident_id}/resolve",
  operationId: "resolveIncident",
  summary: "Say that it is over, and how; where its cause goes on, the detector opens it again after five minutes",
  permission: "incident:manage",
  body: z.strictObject({ resolution: Text }),
  reply: IncidentView,
  status: 200,
  refusals: [409],
  run: async ({ body, ...request }) => ({ body: await act(request, { edge: "resolved", text: body.resolution }) }),
});

const escalate = route({
  method: "POST",
  path: "/api/v1/incidents/{incident_id}/escalate",
  operationId: "escalateIncident",
  summary: "Escalate it now, to those whom the next rule names or to others; an acknowledged one does not escalate",
  permission: "incident:manage",
  body: z.strictObject({ reason: Text, notify: z.array(z.string().min(1).max(128)).max(20).optional() }),
  reply: IncidentView,
  status: 200,
  refusals: [409],
  run: async ({ body, ...request }) => {
    const { tenant, id } = placeOf(request);
    const { definitions: control } = request.deps;
    const next = nextEscalation(await loadIncident(control, tenant, id), await loadEscalation(control, tenant));
    return { body: await act(request, { edge: "escalated", text: body.reason, notify: body.notify ?? next?.rule.notify ?? [] }) };
  },
});

/** Incidents themselves. `/active` stands before `/{incident_id}`. */
export const INCIDENT_ROUTES = [create, list, active, get, acknowledge, note, resolve, escalate];
