import * as z from "zod";
import { contentHash } from "../core/canonical-json.ts";

/** What may be done about an incident (spec 000). */
export const ResponseType = z.enum(["auto_scale", "circuit_breaker", "workflow_reroute", "agent_quarantine"]);
export type ResponseType = z.output<typeof ResponseType>;

/** One change that a response makes, and what is there before and after. */
export const PlannedAction = z.object({ action: z.string(), target: z.string(), before: z.string(), after: z.string() });
export type PlannedAction = z.output<typeof PlannedAction>;

/** What is looked at before a response, and what was seen. */
export const Guard = z.object({ guard: z.string(), passed: z.boolean(), detail: z.string() });
export type Guard = z.output<typeof Guard>;

/** A response as the incident remembers it. */
export const IncidentResponse = z.object({
  response_id: z.string(),
  response_type: ResponseType,
  /** `started`: it is on record, and whether it was done is not known. `refused`: a guard kept the detector from it. */
  status: z.enum(["started", "completed", "refused", "reverted"]),
  target: z.string(),
  at: z.iso.datetime(),
  by: z.string(),
  plan: z.array(PlannedAction),
});
export type IncidentResponse = z.output<typeof IncidentResponse>;

/** What is known of agents when a response is planned. */
export interface AgentGround {
  readonly agentId: string;
  readonly capabilities: readonly string[];
  readonly isInService: boolean;
  readonly quarantinedBy?: string | undefined;
  readonly breaker: "closed" | "open" | "half_open";
}

/** Of the agents that have a capability, the part that may be in quarantine at once; one may always be. */
const QUARANTINED_SHARE = 0.3;

/** Agents in service that have all that an agent has, one by one, without it. */
function uncovered(agent: AgentGround, agents: readonly AgentGround[]): readonly string[] {
  const others = agents.filter(({ agentId, isInService }) => agentId !== agent.agentId && isInService);
  return agent.capabilities.filter((capability) => !others.some(({ capabilities }) => capabilities.includes(capability)));
}

function isCovered(agent: AgentGround, agents: readonly AgentGround[]): Guard {
  const alone = uncovered(agent, agents);
  const detail = alone.length === 0 ? "others in service have all of its capabilities" : `no other agent in service can ${alone.join(", ")}`;
  return { guard: "not_the_last", passed: alone.length === 0, detail };
}

function fewQuarantined(agent: AgentGround, agents: readonly AgentGround[]): Guard {
  const crowded = agent.capabilities.flatMap((capability) => {
    const able = agents.filter(({ capabilities }) => capabilities.includes(capability));
    const away = able.filter(({ agentId, quarantinedBy }) => agentId !== agent.agentId && quarantinedBy !== undefined).length + 1;
    return away > Math.max(1, able.length * QUARANTINED_SHARE) ? [`${away} of ${able.length} that can ${capability}`] : [];
  });
  const detail = crowded.length === 0 ? "few of those with its capabilities are in quarantine" : `in quarantine would be ${crowded.join(", ")}`;
  return { guard: "few_quarantined", passed: crowded.length === 0, detail };
}

/** What a response would change, and whether it should. */
export interface ResponsePlan {
  readonly plan: readonly PlannedAction[];
  readonly guards: readonly Guard[];
}

/** Plans a response that takes work from an agent. */
export function planResponse(type: "agent_quarantine" | "circuit_breaker", agent: AgentGround, agents: readonly AgentGround[]): ResponsePlan {
  const target = agent.agentId;
  if (type === "circuit_breaker") {
    return { plan: [{ action: "open_breaker", target, before: agent.breaker, after: "open" }], guards: [isCovered(agent, agents)] };
  }
  const before = agent.quarantinedBy === undefined ? "not in quarantine" : `in quarantine by ${agent.quarantinedBy}`;
  return { plan: [{ action: "quarantine", target, before, after: "in quarantine" }], guards: [isCovered(agent, agents), fewQuarantined(agent, agents)] };
}

/** Names a response: asking for the same again is the same, unless it was refused or reverted meanwhile. */
export function responseIdOf(incidentId: string, { type, target, earlier }: { type: ResponseType; target: string; earlier: readonly IncidentResponse[] }): string {
  const over = earlier.filter((each) => each.response_type === type && each.target === target && (each.status === "reverted" || each.status === "refused")).length;
  return `resp_${contentHash(JSON.stringify([incidentId, type, target, over])).slice(0, 24)}`;
}
