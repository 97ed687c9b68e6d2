import * as z from "zod";
import { requirePermission } from "../../../../shared/http/caller.ts";
import { respond, type RespondDeps, type Responded, revertResponse } from "../../../../shared/incidents/control/respond.ts";
import { ResponseType } from "../../../../shared/incidents/response.ts";
import { ResponseView } from "../../../../shared/incidents/views/incidents.ts";
import { AgentId } from "../../../../shared/workflow/definition/names.ts";
import { type ApiDeps, param, route, type RouteRequest } from "../../route.ts";
import { incidentDeps } from "./incidents.ts";

const respondDeps = (deps: ApiDeps): RespondDeps => ({ ...incidentDeps(deps), agents: deps.agents, directory: deps.directory });

const view = (incident_id: string, { response, guards }: Responded): ResponseView => ({ incident_id, ...response, guards: [...guards] });

type Asked = Pick<RouteRequest, "deps" | "caller" | "params">;

/** Whoever may not touch agents may not do so by way of an incident. */
function placeOf(request: Asked) {
  requirePermission(request.caller, "agent:manage");
  return { tenant: request.caller.tenant, id: param(request, "incident_id") };
}

const create = route({
  method: "POST",
  path: "/api/v1/incidents/{incident_id}/response",
  operationId: "respondToIncident",
  summary: "Quarantine an agent, or open its circuit breaker, because of an incident (spec 000); dry_run says what it would change. Needs agent:manage too",
  permission: "incident:manage",
  body: z.strictObject({
    response_type: ResponseType,
    parameters: z.strictObject({ agent_id: AgentId.optional(), force: z.boolean().default(false) }).prefault({}),
    dry_run: z.boolean().default(false),
  }),
  reply: ResponseView,
  status: 200,
  refusals: [409],
  run: async ({ body, ...request }) => {
    const { deps, caller } = request;
    const place = placeOf(request);
    const { response_type: type, parameters, dry_run: dryRun } = body;
    const wish = { type, agentId: parameters.agent_id, force: parameters.force, dryRun, at: deps.now().toISOString(), by: caller.subject };
    return { body: view(place.id, await respond(respondDeps(deps), place, wish)) };
  },
});

const revert = route({
  method: "POST",
  path: "/api/v1/incidents/{incident_id}/response/{response_id}/revert",
  operationId: "revertResponse",
  summary: "Undo a response, as far as it is still its own. Needs agent:manage too",
  permission: "incident:manage",
  body: z.strictObject({}),
  reply: ResponseView,
  status: 200,
  refusals: [409],
  run: async (request) => {
    const { deps, caller } = request;
    const place = placeOf(request);
    const stamp = { responseId: param(request, "response_id"), at: deps.now().toISOString(), by: caller.subject };
    return { body: view(place.id, await revertResponse(respondDeps(deps), place, stamp)) };
  },
});

/** What is done about incidents. */
export const RESPONSE_ROUTES = [create, revert];
