import * as z from "zod";
import { deleteAgent, findAgent, listAgents, loadAgent, saveAgent, saveHeartbeat } from "../../../shared/aws/agent-store.ts";
import { describeAgent } from "../../../shared/domain/agent-description.ts";
import { isSecretOf } from "../../../shared/aws/secrets.ts";
import { InvalidRequestError, OrchestratorError } from "../../../shared/errors.ts";
import { LIMITS } from "../../../shared/limits.ts";
import { reply } from "../../../shared/http/problem.ts";
import { type Agent, AgentHeartbeat, AgentRegistration, AgentStatus } from "../../../shared/schemas/agent.ts";
import { type ApiDeps, param, route } from "../route.ts";
import { agentView } from "../views.ts";

async function fetchCard({ a2a }: ApiDeps, endpoint: string) {
  try {
    return await a2a.fetchAgentCard(endpoint);
  } catch (error) {
    if (!(error instanceof OrchestratorError)) throw error;
    throw new InvalidRequestError([{ field: "body.endpoint", message: error.message }], { cause: error });
  }
}

const register = route({
  method: "POST",
  path: "/api/v1/agents",
  operationId: "registerAgent",
  summary: "Register an agent by its card URL; registering it again updates it",
  permission: "agent:manage",
  body: AgentRegistration,
  reply: z.unknown(),
  status: 201,
  run: async ({ deps, caller, body }) => {
    checkSecret(caller.tenant, body.credential_secret_arn);
    const { card } = await fetchCard(deps, body.endpoint);
    const agent = describeAgent(card, body, { tenant: caller.tenant, at: deps.now().toISOString() });
    checkSize(agent);
    const known = await findAgent(deps.agents, caller.tenant, agent.agent_id);
    await saveAgent(deps.agents, { ...agent, registered_at: known?.registered_at ?? agent.registered_at });
    const location = `/api/v1/agents/${agent.agent_id}`;
    return reply(known === undefined ? 201 : 200, agentView(agent), { location });
  },
});

function checkSecret(tenant: string, arn: string | undefined): void {
  if (arn === undefined || isSecretOf(tenant, arn)) return;
  const message = `must name a secret of yours: its name begins 'a2a/agents/${tenant}/'`;
  throw new InvalidRequestError([{ field: "body.credential_secret_arn", message }]);
}

/** Cards may be larger than rows. */
function checkSize(agent: Agent): void {
  if (Buffer.byteLength(JSON.stringify(agent)) <= LIMITS.agentBytes) return;
  const message = `has a card of more than ${LIMITS.agentBytes} bytes; shorten its skills and descriptions`;
  throw new InvalidRequestError([{ field: "body.endpoint", message }]);
}

const list = route({
  method: "GET",
  path: "/api/v1/agents",
  operationId: "listAgents",
  summary: "Registered agents; capability may be given several times separated by commas (all must be offered)",
  permission: "agent:read",
  query: z.strictObject({ capability: z.string().max(1024).optional(), status: AgentStatus.optional() }),
  status: 200,
  run: async ({ deps, caller, query }) => {
    const wanted = query.capability?.split(",").map((name) => name.trim()) ?? [];
    const agents = (await listAgents(deps.agents, caller.tenant)).filter(
      ({ capabilities, status }) =>
        wanted.every((name) => capabilities.includes(name)) && (query.status ?? status) === status,
    );
    return reply(200, { agents: agents.map(agentView) });
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/agents/{agent_id}",
  operationId: "getAgent",
  summary: "A registered agent",
  permission: "agent:read",
  status: 200,
  run: async ({ deps, caller, ...request }) =>
    reply(200, agentView(await loadAgent(deps.agents, caller.tenant, param(request, "agent_id")))),
});

const heartbeat = route({
  method: "POST",
  path: "/api/v1/agents/{agent_id}/heartbeat",
  operationId: "heartbeatAgent",
  summary: "A sign of life, with load figures",
  permission: "agent:heartbeat",
  body: AgentHeartbeat,
  status: 200,
  run: async ({ deps, caller, body, ...request }) => {
    const agentId = param(request, "agent_id");
    const at = deps.now().toISOString();
    await saveHeartbeat(deps.agents, { tenant: caller.tenant, agentId }, { at, metrics: body.metrics });
    return reply(200, { agent_id: agentId, last_heartbeat_at: at });
  },
});

const deregister = route({
  method: "DELETE",
  path: "/api/v1/agents/{agent_id}",
  operationId: "deregisterAgent",
  summary: "Take an agent out of the registry; tasks in its hands go to another",
  permission: "agent:manage",
  status: 204,
  run: async ({ deps, caller, ...request }) => {
    await deleteAgent(deps.agents, caller.tenant, param(request, "agent_id"));
    return { ...reply(204, null), body: "" };
  },
});

/** The registry. */
export const AGENT_ROUTES = [register, list, get, heartbeat, deregister];
