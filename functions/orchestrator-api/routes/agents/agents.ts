import * as z from "zod";
import { assembleAgent, deleteAgent, loadAgentWithVitals, newAgentEvent } from "../../../../shared/agents/store/agent-store.ts";
import { NotFoundError } from "../../../../shared/core/errors.ts";
import { registerAgent, updateAgent } from "../../../../shared/agents/onboarding/register-agent.ts";
import { waitingWarnings } from "../../../../shared/agents/registry/answering.ts";
import { AgentStatus } from "../../../../shared/agents/agent.ts";
import { AgentChange, AgentRegistration, RegisteredAgentId } from "../../../../shared/agents/agent-registration.ts";
import { AgentPage, AgentView } from "../../../../shared/agents/views/agents.ts";
import { AGENT_LIMITS } from "../../../../shared/agents/limits.ts";
import { decodeCursor, encodeCursor, fit } from "../../../../shared/http/request.ts";
import { agentView } from "./agent-views.ts";
import { type Answer, type ApiDeps, NO_BODY, param, route, type RouteRequest } from "../../route.ts";

/** An agent as it stands this moment. */
export async function showAgent({ agents, now }: ApiDeps, tenant: string, agentId: string): Promise<AgentView> {
  const { agent, vitals } = await loadAgentWithVitals(agents, { tenant, agentId });
  return agentView(agent, vitals, now().getTime());
}

async function answerRegistration(
  { deps, caller }: Pick<RouteRequest, "deps" | "caller">,
  registration: AgentRegistration,
): Promise<Answer<AgentView>> {
  const registrar = { tenant: caller.tenant, by: caller.subject };
  const { agent, isNew, inherits } = await registerAgent(deps, registrar, registration);
  deps.directory.refreshSoon(caller.tenant);
  const warnings = waitingWarnings(agent);
  // Nothing is known of a new one but what was just written.
  const isBlank = isNew && !inherits;
  const shown = isBlank ? agentView(assembleAgent(agent, []), [], deps.now().getTime()) : await showAgent(deps, caller.tenant, agent.agent_id);
  return {
    status: isNew ? 201 : 200,
    body: warnings.length === 0 ? shown : { ...shown, warnings },
    headers: { location: `/api/v1/agents/${agent.agent_id}` },
  };
}

const register = route({
  method: "POST",
  path: "/api/v1/agents",
  operationId: "registerAgent",
  summary: "Register an agent by its card URL, or by a descriptor with its card inside; again: update it",
  permission: "agent:manage",
  body: AgentRegistration,
  reply: AgentView,
  status: 201,
  otherStatus: 200,
  refusals: [409],
  run: ({ body, ...request }) => answerRegistration(request, body),
});

const replace = route({
  method: "PUT",
  path: "/api/v1/agents/{agent_id}",
  operationId: "replaceAgent",
  summary: "Register an agent under this id; whatever is not said falls back to its default",
  permission: "agent:manage",
  body: AgentRegistration,
  reply: AgentView,
  status: 200,
  otherStatus: 201,
  refusals: [409],
  run: ({ body, ...request }) => {
    const agentId = fit(RegisteredAgentId, param(request, "agent_id"), "path.agent_id");
    return answerRegistration(request, { ...body, agent_id: agentId });
  },
});

const change = route({
  method: "PATCH",
  path: "/api/v1/agents/{agent_id}",
  operationId: "changeAgent",
  summary: "Change some fields of a registration; null takes an optional field away",
  permission: "agent:manage",
  body: AgentChange,
  reply: AgentView,
  status: 200,
  run: async ({ deps, caller, body, ...request }) => {
    const agentId = param(request, "agent_id");
    const changed = await updateAgent(deps, { tenant: caller.tenant, by: caller.subject }, { agentId, change: body });
    if (changed === undefined) throw new NotFoundError("agent", agentId);
    deps.directory.refreshSoon(caller.tenant);
    return { body: await showAgent(deps, caller.tenant, agentId) };
  },
});

const ListQuery = z.strictObject({
  capability: z.string().max(1024).optional(),
  status: AgentStatus.optional(),
  limit: z.coerce.number().int().min(1).max(AGENT_LIMITS.listed).default(AGENT_LIMITS.listed),
  cursor: z.string().max(4096).optional(),
});

const Cursor = z.object({ agent: z.string().optional() });

const list = route({
  method: "GET",
  path: "/api/v1/agents",
  operationId: "listAgents",
  summary: "Registered agents by id; of several capabilities, separated by commas, all must be offered",
  permission: "agent:read",
  query: ListQuery,
  reply: AgentPage,
  status: 200,
  run: async ({ deps, caller, query }) => {
    const wanted = query.capability?.split(",").map((name) => name.trim()) ?? [];
    const after = Cursor.parse(decodeCursor(query.cursor, { agent: "agent-" }) ?? {}).agent;
    const registry = await deps.directory.of(caller.tenant);
    const now = deps.now().getTime();
    const views = [...registry.agents.values()]
      .filter(
        ({ agent_id: id, capabilities }) =>
          (after === undefined || id > after) && wanted.every((name) => capabilities.includes(name)),
      )
      .sort((a, b) => (a.agent_id < b.agent_id ? -1 : 1))
      .map((agent) => agentView(agent, registry.vitalsOf(agent.agent_id), now))
      .filter(({ status }) => (query.status ?? status) === status);
    const page = views.slice(0, query.limit);
    const last = views.length > page.length ? page.at(-1) : undefined;
    const next = last === undefined ? undefined : { agent: last.agent_id };
    return { body: { agents: page, next_cursor: encodeCursor(next) } };
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/agents/{agent_id}",
  operationId: "getAgent",
  summary: "A registered agent: description, health, load, trust and circuit breaker",
  permission: "agent:read",
  reply: AgentView,
  status: 200,
  run: async ({ deps, caller, ...request }) => ({
    body: await showAgent(deps, caller.tenant, param(request, "agent_id")),
  }),
});

const deregister = route({
  method: "DELETE",
  path: "/api/v1/agents/{agent_id}",
  operationId: "deregisterAgent",
  summary: "Take an agent out of the registry; tasks in its hands go to another",
  permission: "agent:manage",
  reply: NO_BODY,
  status: 204,
  run: async ({ deps, caller, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    const at = deps.now().toISOString();
    const facts = { reason: "asked for", deregistered_by: caller.subject };
    await deleteAgent(
      deps.agents,
      ref,
      newAgentEvent("agent.deregistered", { id: `deregistered.${at}`, at, facts, isAudit: true }),
    );
    deps.directory.refreshSoon(ref.tenant);
    return { body: undefined };
  },
});

/** The registry. */
export const AGENT_ROUTES = [register, list, get, replace, change, deregister];
