import { loadAgent } from "../../../../shared/agents/store/agent-store.ts";
import { loadProfile } from "../../../../shared/agents/store/profile-store.ts";
import { standingOf } from "../../../../shared/agents/agent-health.ts";
import { trustOf } from "../../../../shared/agents/agent-trust.ts";
import { matchAgents, type MatchCandidate } from "../../../../shared/agents/registry/match.ts";
import { viewProfile } from "../../../../shared/agents/registry/profile-view.ts";
import { parseVersionConstraint, type VersionConstraint } from "../../../../shared/core/versions.ts";
import { InvalidRequestError } from "../../../../shared/core/errors.ts";
import { indexOf, loadOf, reservedOf } from "../../../../shared/agents/pool/agent-search.ts";
import type { Agent } from "../../../../shared/agents/agent.ts";
import { DiscoverRequest, MatchAgentsRequest } from "../../../../shared/agents/discovery.ts";
import { AgentProfileView } from "../../../../shared/agents/views/agent-profiles.ts";
import { rounded } from "../../../../shared/agents/views/agents.ts";
import { DiscoveredAgents, MatchedAgents, viewExcluded, viewMatch } from "../../../../shared/agents/views/discovery.ts";
import { agentView } from "./agent-views.ts";
import { param, route } from "../../route.ts";

function readConstraint(text: string | undefined, field: string): VersionConstraint | undefined {
  const constraint = text === undefined ? undefined : parseVersionConstraint(text);
  if (text === undefined || constraint !== undefined) return constraint;
  throw new InvalidRequestError([
    { field, message: `'${text}' is not a version constraint; write it as '>=1.2.0, <2.0.0'` },
  ]);
}

const discover = route({
  method: "POST",
  path: "/api/v1/agents/discover",
  operationId: "discoverAgents",
  summary: "Agents that offer everything asked for, best first, with the reasons for their rank",
  permission: "agent:read",
  body: DiscoverRequest,
  reply: DiscoveredAgents,
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
      return agent === undefined
        ? []
        : [{ ...agentView(agent, registry.vitalsOf(agentId), now), score: rounded(score), reasons: [...reasons] }];
    });
    return { body: { agents, total: found.total } };
  },
});

const match = route({
  method: "POST",
  path: "/api/v1/agents/match",
  operationId: "matchAgents",
  summary: "Agents that suit a workflow best by performance, cost and availability; and why others do not (spec 000)",
  permission: "agent:read",
  body: MatchAgentsRequest,
  reply: MatchedAgents,
  status: 200,
  run: async ({ deps, caller, body }) => {
    const { workflow_requirements: needs, optimization_criteria: weights, constraints } = body;
    const registry = await deps.directory.of(caller.tenant);
    const now = deps.now().getTime();
    const { matches, excluded } = matchAgents(
      [...registry.agents.values()]
        .filter(({ quarantine }) => quarantine === undefined)
        .map((agent) => candidateOf(agent, registry.vitalsOf(agent.agent_id), now)),
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
    const best = matches.slice(0, body.max_results);
    return {
      body: {
        matches: best.map((one) => viewMatch(one, registry.agents.get(one.agentId)?.endpoint)),
        total_matches: matches.length,
        excluded: excluded.slice(0, body.max_results).map(viewExcluded),
      },
    };
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
  reply: AgentProfileView,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const ref = { tenant: caller.tenant, agentId: param(request, "agent_id") };
    const agent = await loadAgent(deps.agents, ref.tenant, ref.agentId);
    const learnt = await loadProfile(deps.agents, ref);
    const now = deps.now().getTime();
    return { body: { ...viewProfile(learnt.profile, agent, now), trust_score: rounded(trustOf(agent, now)) } };
  },
});

/** Finding agents, and what is known of them. `/discover` and `/match` stand before `/{agent_id}`. */
export const AGENT_DISCOVERY_ROUTES = [discover, match, profile];
