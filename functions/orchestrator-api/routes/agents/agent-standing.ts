import * as z from "zod";
import { loadAgent, moveAgent, newAgentEvent } from "../../../../shared/agents/store/agent-store.ts";
import { listAgentEvents } from "../../../../shared/agents/store/agent-events-store.ts";
import { saveSigns } from "../../../../shared/agents/store/vital-store.ts";
import { setQuarantine } from "../../../../shared/agents/store/quarantine-store.ts";
import { moveBreaker } from "../../../../shared/agents/store/breaker-store.ts";
import { healthOf } from "../../../../shared/agents/agent-health.ts";
import { ConflictError, NotFoundError } from "../../../../shared/core/errors.ts";
import { PageQuery } from "../../../../shared/http/request.ts";
import { AgentHistory, viewAgentEvent } from "../../../../shared/agents/views/agent-history.ts";
import { AgentView } from "../../../../shared/agents/views/agents.ts";
import { HeartbeatsTaken, HeartbeatTaken } from "../../../../shared/agents/views/heartbeats.ts";
import type { Agent } from "../../../../shared/agents/agent.ts";
import type { AgentMetrics } from "../../../../shared/agents/agent-registration.ts";
import { AgentHeartbeat, AgentHeartbeats } from "../../../../shared/agents/agent-registration.ts";
import { type ApiDeps, param, route } from "../../route.ts";
import { showAgent } from "./agents.ts";

interface Beat {
  readonly agent_id: string;
  readonly metrics?: AgentMetrics | undefined;
}

/**
 * Takes heartbeats of agents that are in the registry; others are named in the result. A heartbeat is the row's last
 * write that counts, so it needs no condition and many go in one call.
 */
async function takeHeartbeats(deps: ApiDeps, tenant: string, beats: readonly Beat[]) {
  const at = deps.now().toISOString();
  const { agents } = await deps.directory.of(tenant);
  // An agent that was registered a moment ago elsewhere is not in the warm view yet: refresh it before refusing one.
  if (beats.some(({ agent_id: id }) => !agents.has(id))) deps.directory.refreshSoon(tenant);
  const known = (await deps.directory.of(tenant)).agents;
  const isWelcome = ({ agent_id: id }: Beat): boolean =>
    (known.get(id)?.status ?? "DECOMMISSIONED") !== "DECOMMISSIONED";
  const welcome = new Map(beats.filter(isWelcome).map((beat) => [beat.agent_id, beat]));
  const signs = [...welcome].map(([agentId, { metrics }]) => ({
    agentId,
    sign: { at, ...(metrics === undefined ? {} : { metrics }) },
  }));
  await saveSigns(deps.agents, tenant, { kind: "B", signs });
  const back = [...welcome.keys()].flatMap((id) => known.get(id) ?? []).filter(({ status }) => status === "INACTIVE");
  await Promise.all(back.map((agent) => reactivate(deps, agent, at)));
  return { at, unknown: beats.filter((beat) => !isWelcome(beat)).map(({ agent_id: id }) => id) };
}

/** An inactive agent that beats again need not wait for the sweep. */
async function reactivate(deps: ApiDeps, agent: Agent, at: string): Promise<void> {
  const facts = {
    previous_status: agent.status,
    new_status: "ACTIVE" as const,
    reason: "heartbeat",
    health_score: healthOf({ ...agent, last_heartbeat_at: at }, Date.parse(at)),
  };
  const ref = { tenant: agent.tenant, agentId: agent.agent_id };
  await moveAgent(deps.agents, ref, {
    expected: { status: agent.status },
    set: { status: "ACTIVE", status_reason: undefined },
    event: newAgentEvent("agent.status_changed", { id: `status.${at}`, at, facts }),
  });
  deps.directory.refreshSoon(agent.tenant);
}

const heartbeat = route({
  method: "POST",
  path: "/api/v1/agents/{agent_id}/heartbeat",
  operationId: "heartbeatAgent",
  summary: "A sign of life, with load figures. From the first one on, 300 s of silence decommission the agent",
  permission: "agent:heartbeat",
  body: AgentHeartbeat,
  reply: HeartbeatTaken,
  status: 200,
  run: async ({ deps, caller, body, ...request }) => {
    const agentId = param(request, "agent_id");
    const { at, unknown } = await takeHeartbeats(deps, caller.tenant, [{ agent_id: agentId, ...body }]);
    if (unknown.length > 0) throw new NotFoundError("agent", agentId);
    return { body: { agent_id: agentId, last_heartbeat_at: at } };
  },
});

const heartbeats = route({
  method: "POST",
  path: "/api/v1/agents/heartbeats",
  operationId: "heartbeatAgents",
  summary: "Signs of life of many agents at once; unknown and decommissioned ones are named in the reply",
  permission: "agent:heartbeat",
  body: AgentHeartbeats,
  reply: HeartbeatsTaken,
  status: 200,
  run: async ({ deps, caller, body }) => {
    const { at, unknown } = await takeHeartbeats(deps, caller.tenant, body.heartbeats);
    const accepted = body.heartbeats.length - unknown.length;
    return { body: { accepted, unknown_agents: unknown, received_at: at } };
  },
});

const Reason = z.strictObject({ reason: z.string().min(1).max(1000) });

const quarantine = route({
  method: "POST",
  path: "/api/v1/agents/{agent_id}/quarantine",
  operationId: "quarantineAgent",
  summary: "Keep work from an agent until it is released; what it has in hands, it may finish",
  permission: "agent:manage",
  body: Reason,
  reply: AgentView,
  status: 200,
  refusals: [409],
  run: async ({ deps, caller, body, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    const at = deps.now().toISOString();
    const facts = { reason: body.reason, quarantined_by: caller.subject };
    const event = newAgentEvent("agent.quarantined", { id: `quarantined.${at}`, at, facts, isAudit: true });
    await setQuarantine(deps.agents, ref, { quarantine: { reason: body.reason, by: caller.subject, at }, event });
    deps.directory.refreshSoon(ref.tenant);
    return { body: await showAgent(deps, ref.tenant, ref.agentId) };
  },
});

const release = route({
  method: "POST",
  path: "/api/v1/agents/{agent_id}/release",
  operationId: "releaseAgent",
  summary: "Let a quarantined agent have work again",
  permission: "agent:manage",
  body: Reason,
  reply: AgentView,
  status: 200,
  refusals: [409],
  run: async ({ deps, caller, body, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    const { quarantine: current } = await loadAgent(deps.agents, ref.tenant, ref.agentId);
    if (current === undefined) throw new ConflictError(`agent '${ref.agentId}' is not in quarantine`);
    const at = deps.now().toISOString();
    const facts = { reason: body.reason, released_by: caller.subject };
    const event = newAgentEvent("agent.released", { id: `released.${at}`, at, facts, isAudit: true });
    await setQuarantine(deps.agents, ref, { quarantine: undefined, event });
    deps.directory.refreshSoon(ref.tenant);
    return { body: await showAgent(deps, ref.tenant, ref.agentId) };
  },
});

const closeCircuit = route({
  method: "POST",
  path: "/api/v1/agents/{agent_id}/circuit-breaker/reset",
  operationId: "resetCircuitBreaker",
  summary: "Close an agent's circuit breaker: it gets work at once, and its failures are forgotten",
  permission: "agent:manage",
  body: Reason,
  reply: AgentView,
  status: 200,
  refusals: [409],
  run: async ({ deps, caller, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    await loadAgent(deps.agents, ref.tenant, ref.agentId);
    await moveBreaker(deps.agents, ref, { to: "closed", by: caller.subject, now: deps.now().getTime() });
    deps.directory.refreshSoon(ref.tenant);
    return { body: await showAgent(deps, ref.tenant, ref.agentId) };
  },
});

const events = route({
  method: "GET",
  path: "/api/v1/agents/{agent_id}/events",
  operationId: "listAgentEvents",
  summary: "What happened to an agent, newest first",
  permission: "agent:read",
  query: z.strictObject({ limit: PageQuery.limit }),
  reply: AgentHistory,
  status: 200,
  run: async ({ deps, caller, query, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    const found = await listAgentEvents(deps.agents, ref, query.limit);
    if (found.length === 0) throw new NotFoundError("agent", ref.agentId);
    return { body: { events: found.map(viewAgentEvent) } };
  },
});

/** Signs of life, quarantine, breaker and history. `/heartbeats` stands before `/{agent_id}`. */
export const AGENT_STANDING_ROUTES = [heartbeats, heartbeat, quarantine, release, closeCircuit, events];
