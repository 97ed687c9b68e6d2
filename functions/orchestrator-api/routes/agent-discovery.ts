import { randomUUID } from "node:crypto";
import { loadAgent, newAgentEvent } from "../../../shared/aws/agent-store.ts";
import { appendAgentEvent } from "../../../shared/aws/agent-events-store.ts";
import { loadProfile } from "../../../shared/aws/profile-store.ts";
import { listReservations, releaseSlots, reserveSlots } from "../../../shared/aws/reservation-store.ts";
import { standingOf } from "../../../shared/domain/agent-health.ts";
import { trustOf } from "../../../shared/domain/agent-trust.ts";
import { matchAgents, type MatchCandidate } from "../../../shared/domain/registry/match.ts";
import { viewProfile } from "../../../shared/domain/registry/profile-view.ts";
import { parseVersionConstraint, type VersionConstraint } from "../../../shared/domain/registry/versions.ts";
import { ConflictError, InvalidRequestError, NotFoundError } from "../../../shared/errors.ts";
import { reply } from "../../../shared/http/problem.ts";
import { indexOf, loadOf, reservedOf } from "../../../shared/runtime/agent-search.ts";
import type { Agent } from "../../../shared/schemas/agent.ts";
import { DiscoverRequest, MatchAgentsRequest } from "../../../shared/schemas/discovery.ts";
import { type Reservation, ReservationRequest } from "../../../shared/schemas/reservation.ts";
import { agentView, rounded } from "../agent-views.ts";
import { type ApiDeps, param, route } from "../route.ts";

function readConstraint(text: string | undefined, field: string): VersionConstraint | undefined {
  const constraint = text === undefined ? undefined : parseVersionConstraint(text);
  if (text === undefined || constraint !== undefined) return constraint;
  throw new InvalidRequestError([{ field, message: `'${text}' is no version constraint; write it like '>=1.2.0, <2.0.0'` }]);
}

const discover = route({
  method: "POST",
  path: "/api/v1/agents/discover",
  operationId: "discoverAgents",
  summary: "Agents that offer everything asked for, best first, with the reasons for their rank",
  permission: "agent:read",
  body: DiscoverRequest,
  status: 200,
  run: async ({ deps, caller, body }) => {
    const registry = await deps.directory.of(caller.tenant);
    const now = deps.now().getTime();
    const found = indexOf(registry, now).discover(
      {
        capabilities: body.capabilities,
        serviceTypes: body.service_types,
        tags: body.tags,
        version: readConstraint(body.version, "body.version"),
        minHealthScore: body.min_health_score,
        minTrustScore: body.min_trust_score,
        location: body.location_preference,
        statuses: body.statuses,
        maxResults: body.max_results,
      },
      now,
    );
    const agents = found.agents.flatMap(({ agentId, score, reasons }) => {
      const agent = registry.agents.get(agentId);
      return agent === undefined ? [] : [{ ...agentView(agent, registry.vitalsOf(agentId), now), score: rounded(score), reasons }];
    });
    return reply(200, { agents, total: found.total });
  },
});

const match = route({
  method: "POST",
  path: "/api/v1/agents/match",
  operationId: "matchAgents",
  summary: "Agents that suit a workflow best by performance, cost and availability; and why others do not (spec 000)",
  permission: "agent:read",
  body: MatchAgentsRequest,
  status: 200,
  run: async ({ deps, caller, body }) => {
    const { workflow_requirements: needs, optimization_criteria: weights, constraints } = body;
    const registry = await deps.directory.of(caller.tenant);
    const now = deps.now().getTime();
    const { matches, excluded } = matchAgents(
      [...registry.agents.values()].filter(({ quarantine }) => quarantine === undefined).map((agent) => candidateOf(agent, registry.vitalsOf(agent.agent_id), now)),
      {
        requirements: {
          capabilities: [...new Set([...needs.skills, ...needs.capabilities])],
          serviceTypes: needs.service_types,
          tags: needs.tags,
          version: readConstraint(needs.version, "body.workflow_requirements.version"),
          minHealthScore: needs.min_health_score,
        },
        weights,
        constraints: { ...constraints, min_trust_score: constraints.min_trust_score ?? needs.min_trust_score },
      },
    );
    return reply(200, {
      matches: matches.slice(0, body.max_results).map(({ agentId, score, criteria, trust }) => ({
        agent_id: agentId,
        endpoint: registry.agents.get(agentId)?.endpoint,
        score: rounded(score),
        criteria: { performance: rounded(criteria.performance), cost: rounded(criteria.cost), availability: rounded(criteria.availability) },
        trust_score: rounded(trust),
      })),
      total_matches: matches.length,
      excluded: excluded.slice(0, body.max_results).map(({ agentId, reasons }) => ({ agent_id: agentId, reasons })),
    });
  },
});

function candidateOf(agent: Agent, vitals: Parameters<typeof reservedOf>[0], now: number): MatchCandidate {
  const { status, health } = standingOf(agent, now);
  const { learned } = agent;
  return {
    agent: { ...agent, status },
    health,
    trust: trustOf(agent, now),
    load: loadOf(agent, { reserved: reservedOf(vitals, now), inFlight: 0 }),
    figures: {
      tasks: learned?.tasks ?? 0,
      successRate: learned?.success_rate,
      p95Ms: learned?.p95_ms,
      costPerTask: learned?.cost_per_task,
      slaCompliance: learned?.sla_compliance,
      uptime: learned?.uptime,
    },
  };
}

const profile = route({
  method: "GET",
  path: "/api/v1/agents/{agent_id}/profile",
  operationId: "getAgentProfile",
  summary: "What was learnt about an agent from its tasks (spec 000, 'Agent Performance Profile')",
  permission: "agent:read",
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    const agent = await loadAgent(deps.agents, ref.tenant, ref.agentId);
    const learnt = await loadProfile(deps.agents, ref);
    const now = deps.now().getTime();
    return reply(200, { ...viewProfile(learnt.profile, agent, now), trust_score: rounded(trustOf(agent, now)) });
  },
});

const reserve = route({
  method: "POST",
  path: "/api/v1/agents/{agent_id}/reserve",
  operationId: "reserveAgent",
  summary: "Keep capacity of an agent free for a while; it comes back by itself",
  permission: "agent:reserve",
  body: ReservationRequest,
  status: 201,
  run: async ({ deps, caller, body, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    const agent = await loadAgent(deps.agents, ref.tenant, ref.agentId);
    checkReservable(agent);
    const reservation = newReservation(deps, caller.subject, body);
    const slots = Math.min(agent.reservation_quota?.max_slots ?? agent.max_concurrent_tasks, agent.max_concurrent_tasks);
    const limits = { slots, slotsPerHolder: Math.min(agent.reservation_quota?.max_slots_per_holder ?? slots, slots) };
    const result = await reserveSlots(deps.agents, ref, { reservation, limits, now: deps.now().getTime() });
    if (result.outcome === "full") {
      const until = result.nextEnd === undefined ? "" : `; the next reservation ends ${result.nextEnd}`;
      const own = result.freeForHolder < result.free ? `, ${result.freeForHolder} for you` : "";
      throw new ConflictError(`agent '${ref.agentId}' has ${result.free} of ${limits.slots} slots free${own}, not ${body.slots}${until}`);
    }
    await tellReserved(deps, ref, reservation);
    return reply(201, { agent_id: ref.agentId, status: "reserved", ...reservation }, { location: `/api/v1/agents/${ref.agentId}/reservations` });
  },
});

function checkReservable({ agent_id: id, status, quarantine }: Agent): void {
  if (quarantine !== undefined) throw new ConflictError(`agent '${id}' is in quarantine`);
  if (status === "ACTIVE" || status === "DEGRADED") return;
  throw new ConflictError(`agent '${id}' is ${status.toLowerCase()}`);
}

function newReservation({ now }: ApiDeps, holder: string, { duration_minutes: minutes, ...wish }: ReservationRequest): Reservation {
  const at = now();
  const end = new Date(at.getTime() + minutes * 60_000);
  const { execution_id: execution, resource_requirements: resources, slots } = wish;
  return {
    reservation_id: `rsv_${randomUUID().replaceAll("-", "").slice(0, 20)}`,
    slots,
    holder,
    ...(execution === undefined ? {} : { execution_id: execution }),
    ...(resources === undefined ? {} : { resource_requirements: resources }),
    created_at: at.toISOString(),
    expires_at: end.toISOString(),
  };
}

function tellReserved(deps: ApiDeps, ref: { tenant: string; agentId: string }, reservation: Reservation): Promise<void> {
  const { reservation_id: id, slots, holder, expires_at, created_at: at } = reservation;
  const facts = { reservation_id: id, slots, holder, expires_at };
  return appendAgentEvent(deps.agents, ref, newAgentEvent("agent.reserved", { id: `reserved.${id}`, at, facts }));
}

const reservations = route({
  method: "GET",
  path: "/api/v1/agents/{agent_id}/reservations",
  operationId: "listReservations",
  summary: "Reservations of an agent that hold now",
  permission: "agent:read",
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    await loadAgent(deps.agents, ref.tenant, ref.agentId);
    return reply(200, { reservations: await listReservations(deps.agents, ref, deps.now().getTime()) });
  },
});

const releaseReservation = route({
  method: "DELETE",
  path: "/api/v1/agents/{agent_id}/reservations/{reservation_id}",
  operationId: "releaseReservation",
  summary: "Give reserved capacity back before its time",
  permission: "agent:reserve",
  status: 204,
  run: async ({ deps, caller, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    const id = param(request, "reservation_id");
    const released = await releaseSlots(deps.agents, ref, id);
    if (released === undefined) throw new NotFoundError("reservation", id);
    const at = deps.now().toISOString();
    const facts = { reservation_id: id, slots: released.slots };
    await appendAgentEvent(deps.agents, ref, newAgentEvent("agent.reservation_released", { id: `unreserved.${id}`, at, facts }));
    return { ...reply(204, null), body: "" };
  },
});

/** Finding agents and their capacity. `/discover` and `/match` stand before `/{agent_id}`. */
export const AGENT_DISCOVERY_ROUTES = [discover, match, profile, reserve, reservations, releaseReservation];
