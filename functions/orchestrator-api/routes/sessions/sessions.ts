import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import * as z from "zod";
import { StoreUnavailableError } from "../../../../shared/core/errors.ts";
import { envelopeOf } from "../../../../shared/hooks/hook-event.ts";
import { decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { type Act, resumeSession, restoreSession, saveSessionNow, type SessionDeps } from "../../../../shared/sessions/control/session-control.ts";
import { sessionEvent, type SessionEventType } from "../../../../shared/sessions/session-events.ts";
import { begin, SaveBody, type Session, SessionBody } from "../../../../shared/sessions/session.ts";
import { sessionsOfTenant } from "../../../../shared/sessions/store/keys.ts";
import { listSessions, loadSession, saveSession } from "../../../../shared/sessions/store/session-store.ts";
import { outlineOf, SessionPage, SessionView } from "../../../../shared/sessions/views/sessions.ts";
import { type ApiDeps, param, route, type RouteRequest } from "../../route.ts";

const depsOf = ({ definitions: control, steering }: ApiDeps): SessionDeps => ({ control, steering });

const actOf = (request: Pick<RouteRequest, "deps" | "caller" | "params">): Act => ({
  tenant: request.caller.tenant,
  id: param(request, "session_id"),
  at: request.deps.now().toISOString(),
  by: request.caller.subject,
});

/** Tells bus and hooks what became of a session; asking for the same again tells it again. */
async function tell({ bus, busName, hooks }: ApiDeps, tenant: string, { type, session }: { type: SessionEventType; session: Session }): Promise<void> {
  const event = sessionEvent(type, tenant, session);
  const { source: Source, "detail-type": DetailType, detail, time } = envelopeOf(event);
  const entry = { EventBusName: busName, Source, DetailType, Time: new Date(time), Detail: JSON.stringify({ version: 1, ...detail }) };
  const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries: [entry] }));
  if (FailedEntryCount > 0) throw new StoreUnavailableError("the bus did not take the event");
  await hooks.announce([event]);
}

const create = route({
  method: "POST",
  path: "/api/v1/sessions",
  operationId: "createSession",
  summary: "Begin a session: executions that join it share variables, and agents know them as one conversation",
  permission: "session:manage",
  body: SessionBody,
  reply: SessionView,
  status: 201,
  run: async ({ deps, caller, body }) => {
    const session = begin(deps.newId("session"), body, { at: deps.now().toISOString(), by: caller.subject });
    await saveSession(deps.definitions, caller.tenant, session);
    await tell(deps, caller.tenant, { type: "session.created", session });
    return { body: session, headers: { location: `/api/v1/sessions/${session.session_id}` } };
  },
});

const list = route({
  method: "GET",
  path: "/api/v1/sessions",
  operationId: "listSessions",
  summary: "Sessions, the newest first",
  permission: "session:read",
  query: z.strictObject(PageQuery),
  reply: SessionPage,
  status: 200,
  run: async ({ deps, caller, query: { limit, cursor } }) => {
    const shape = { byTenant: `=${sessionsOfTenant(caller.tenant)}`, name: "", pk: `T#${caller.tenant}#SESSION#`, sk: "=META" };
    const { rows, next } = await listSessions(deps.definitions, caller.tenant, { limit, after: decodeCursor(cursor, shape) });
    return { body: { sessions: rows.map(outlineOf), next_cursor: encodeCursor(next) } };
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/sessions/{session_id}",
  operationId: "getSession",
  summary: "A session, or one version of it",
  permission: "session:read",
  query: z.strictObject({ version: z.coerce.number().int().positive().optional() }),
  reply: SessionView,
  status: 200,
  run: async ({ deps, caller, query: { version }, ...request }) => ({
    body: await loadSession(deps.definitions, caller.tenant, { id: param(request, "session_id"), version }),
  }),
});

const save = route({
  method: "POST",
  path: "/api/v1/sessions/{session_id}/save",
  operationId: "saveSession",
  summary: "Save a session: variables, summary, and a checkpoint of each of its executions; 'end' closes it, 'pause' has them stand still",
  permission: "session:manage",
  body: SaveBody,
  reply: SessionView,
  status: 200,
  refusals: [409],
  run: async (request) => {
    const { deps, caller, body } = request;
    const session = await saveSessionNow(depsOf(deps), actOf(request), body);
    await tell(deps, caller.tenant, { type: "session.saved", session });
    return { body: session };
  },
});

const resume = route({
  method: "POST",
  path: "/api/v1/sessions/{session_id}/resume",
  operationId: "resumeSession",
  summary: "Go on with a session, and with those of its executions that are paused",
  permission: "session:manage",
  body: z.strictObject({}),
  reply: SessionView,
  status: 200,
  run: async (request) => {
    const { deps, caller } = request;
    const session = await resumeSession(depsOf(deps), actOf(request));
    await tell(deps, caller.tenant, { type: "session.resumed", session });
    return { body: session };
  },
});

const restore = route({
  method: "POST",
  path: "/api/v1/sessions/{session_id}/restore",
  operationId: "restoreSession",
  summary: "Go on with the variables and summary of an earlier version of a session",
  permission: "session:manage",
  body: z.strictObject({ version: z.int().positive() }),
  reply: SessionView,
  status: 200,
  run: async (request) => {
    const { deps, caller, body } = request;
    const session = await restoreSession(depsOf(deps), actOf(request), body.version);
    await tell(deps, caller.tenant, { type: "session.restored", session });
    return { body: session };
  },
});

const end = route({
  method: "DELETE",
  path: "/api/v1/sessions/{session_id}",
  operationId: "endSession",
  summary: "End a session: it is saved once more, and nothing joins it until it is resumed",
  permission: "session:manage",
  reply: SessionView,
  status: 200,
  refusals: [409],
  run: async (request) => {
    const { deps, caller } = request;
    const session = await saveSessionNow(depsOf(deps), actOf(request), SaveBody.parse({ end: true }));
    await tell(deps, caller.tenant, { type: "session.saved", session });
    return { body: session };
  },
});

/** What executions have in common that follow one another. */
export const SESSION_ROUTES = [create, list, get, save, resume, restore, end];
