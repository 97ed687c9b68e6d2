import { breakerAmong } from "../store/breaker-store.ts";
import { decide } from "../routing/circuit-breaker.ts";
import type { VitalRow } from "../store/vital-store.ts";
import type { Agent } from "../agent.ts";
import type { RouteQuestion, RoutingRule } from "../routing/routing.ts";
import type { RouteDecision } from "../views/routing-rules.ts";
import type { TenantAgents } from "./agent-directory.ts";
import { TenantRouting } from "./agent-routing.ts";
import type { AgentRequest } from "./agent-request.ts";
import { reservedOf } from "./agent-search.ts";

/** What a question about a route is answered from. */
export interface RouteInquiry {
  readonly registry: TenantAgents;
  readonly rules: readonly RoutingRule[];
  readonly question: RouteQuestion;
  readonly now: number;
}

/** The decision that a task like this would get now, for people: who, why, and who was not free. */
export function explainRoute({ registry, rules, question, now }: RouteInquiry): RouteDecision {
  const routing = new TenantRouting();
  routing.setRules(rules);
  const request = requestOf(question);
  const candidates = routing.candidates(registry, request, now);
  const busy = new Map<string, string>();
  for (const agent of candidates.agents) {
    const reason = whyBusy(agent, registry.vitalsOf(agent.agent_id), now);
    if (reason !== undefined) busy.set(agent.agent_id, reason);
  }
  const picked = candidates.pick(request, new Set(busy.keys()), 0);
  return {
    agent_id: picked?.agent.agent_id ?? null,
    ...(picked === undefined
      ? { reason: busy.size > 0 ? "no able agent is free" : "no agent in service can do it" }
      : { strategy: picked.strategy }),
    ...(picked?.rule === undefined ? {} : { rule: picked.rule }),
    candidates: candidates.agents.slice(0, SHOWN).map(({ agent_id: id }) => id),
    total_candidates: candidates.agents.length,
    not_free: [...busy].slice(0, SHOWN).map(([agent_id, why]) => ({ agent_id, reason: why })),
  };
}

function whyBusy(agent: Agent, vitals: readonly VitalRow[], now: number): string | undefined {
  const { state, policy } = breakerAmong(vitals);
  if (!decide(state, policy, now).isAllowed) return "its circuit breaker is open";
  const taken = reservedOf(vitals, now) + (agent.metrics?.queue_size ?? 0);
  return taken >= agent.max_concurrent_tasks ? `all of its ${agent.max_concurrent_tasks} slots are taken` : undefined;
}

/** Agents named in an answer. */
const SHOWN = 100;

/** A task as routing sees it, with nothing before or after it. */
const LONE_TASK: Omit<AgentRequest["task"], "id" | "input"> = {
  kind: "agent",
  agent: "role",
  dependsOn: [],
  needs: [],
  after: [],
  releases: [],
  level: 0,
  timeoutSeconds: 1,
  retryPolicy: 0,
  estimateSeconds: 0,
  estimateCost: 0,
  onFailure: "fail",
};

function requestOf(question: RouteQuestion): AgentRequest {
  const {
    capabilities,
    tags,
    skill,
    task,
    workflow,
    payload,
    priority,
    strategy,
    location,
    routing_key: routingKey,
  } = question;
  return {
    tenant: "",
    execution: "",
    workflow,
    tried: [],
    priority,
    routingKey,
    messageId: "",
    role: { type: "any", count: 1, resources: {}, capabilities, tags, ...(location === undefined ? {} : { location }) },
    task: {
      ...LONE_TASK,
      id: task,
      input: payload,
      ...(skill === undefined ? {} : { skill }),
      ...(strategy === undefined ? {} : { strategy }),
    },
  };
}
