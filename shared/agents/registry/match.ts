/** Which agents suit a demand best, by what was learned about them (spec 000, `POST /api/v1/agents/match`). */
import { DISCOVERY, HEALTH, TRUST } from "../limits.ts";
import type { Agent } from "../agent.ts";
import type { AgentFigures } from "./profile-figures.ts";
import { satisfies, type VersionConstraint } from "../../core/versions.ts";

/** What agents must offer. Everything stated must hold. */
export interface MatchRequirements {
  readonly capabilities?: readonly string[] | undefined;
  readonly serviceTypes?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly version?: VersionConstraint | undefined;
  readonly minHealthScore?: number | undefined;
}

/** How much each criterion counts. Any scale: only the ratios matter. All 0: they count alike. */
export interface MatchWeights {
  readonly performance_weight: number;
  readonly cost_weight: number;
  readonly availability_weight: number;
}

/** Floors and ceilings. What is not known of an agent does not exclude it; a newcomer's trust of 2.5 may. */
export interface MatchConstraints {
  readonly min_trust_score?: number | undefined;
  /** Compared with the 95th percentile. */
  readonly max_response_time_ms?: number | undefined;
  /** Fraction of tasks completed in time. */
  readonly required_sla_compliance?: number | undefined;
}

/** An agent with what is known of it now. */
export interface MatchCandidate {
  readonly agent: Pick<Agent, "agent_id" | "version" | "capabilities" | "service_types" | "tags" | "status" | "sla">;
  readonly health: number;
  readonly trust: number;
  /** 0 (idle) to 1 (full). */
  readonly load: number;
  readonly figures: AgentFigures;
}

/** A fitting agent. Scores run from 0 to 1. */
export interface AgentMatch {
  readonly agentId: string;
  readonly score: number;
  readonly criteria: { readonly performance: number; readonly cost: number; readonly availability: number };
  readonly trust: number;
}

/** An agent that does not fit, and every reason why. */
export interface ExcludedAgent {
  readonly agentId: string;
  readonly reasons: readonly string[];
}

/** What is asked of `matchAgents`. */
export interface MatchRequest {
  readonly requirements: MatchRequirements;
  /** @default - those of spec 000: 0.4, 0.3, 0.3 */
  readonly weights?: MatchWeights | undefined;
  readonly constraints?: MatchConstraints | undefined;
}

/**
 * Ranks the candidates that meet the request, best first, of equals the more trusted and then the smaller id.
 *
 * - performance: success rate (three fifths) and speed (`limit ÷ (limit + p95)`, the limit being the response time
 *   asked for or 2 s);
 * - cost: the cheapest candidate's price ÷ the candidate's;
 * - availability: health × free capacity × uptime.
 *
 * What is not known counts half.
 */
export function matchAgents(
  candidates: readonly MatchCandidate[],
  request: MatchRequest,
): { readonly matches: readonly AgentMatch[]; readonly excluded: readonly ExcludedAgent[] } {
  const judged = candidates.map((candidate) => ({ candidate, reasons: objectionsTo(candidate, request) }));
  const fitting = judged.filter(({ reasons }) => reasons.length === 0).map(({ candidate }) => candidate);
  const prices = fitting.map(({ figures }) => figures.costPerTask).filter((price) => price !== undefined);
  const cheapest = Math.min(...prices);
  const matches = fitting.map((candidate) => rate(candidate, request, cheapest));
  return {
    matches: matches.sort((a, b) => b.score - a.score || b.trust - a.trust || (a.agentId < b.agentId ? -1 : 1)),
    excluded: judged
      .filter(({ reasons }) => reasons.length > 0)
      .map(({ candidate, reasons }) => ({ agentId: candidate.agent.agent_id, reasons })),
  };
}

function rate(
  candidate: MatchCandidate,
  { weights = DEFAULT_WEIGHTS, constraints }: MatchRequest,
  cheapest: number,
): AgentMatch {
  const { figures, health, load } = candidate;
  const limit = constraints?.max_response_time_ms ?? HEALTH.slowMs;
  const reliability = figures.successRate ?? DISCOVERY.unknown;
  const speed = figures.p95Ms === undefined ? DISCOVERY.unknown : limit / (limit + figures.p95Ms);
  const criteria = {
    performance: DISCOVERY.reliabilityShare * reliability + (1 - DISCOVERY.reliabilityShare) * speed,
    cost: figures.costPerTask === undefined ? DISCOVERY.unknown : priceScore(figures.costPerTask, cheapest),
    availability: health * (1 - load) * (figures.uptime ?? 1),
  };
  return { agentId: candidate.agent.agent_id, score: weighted(criteria, weights), criteria, trust: candidate.trust };
}

/** Free agents are all equally cheap; beside a free one every price is infinitely dear. */
const priceScore = (price: number, cheapest: number): number => (price === 0 ? 1 : cheapest / price);

function weighted(criteria: AgentMatch["criteria"], weights: MatchWeights): number {
  const parts = [
    { value: criteria.performance, weight: weights.performance_weight },
    { value: criteria.cost, weight: weights.cost_weight },
    { value: criteria.availability, weight: weights.availability_weight },
  ];
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const even = 1 / parts.length;
  return parts.reduce((sum, { value, weight }) => sum + value * (total > 0 ? weight / total : even), 0);
}

function objectionsTo(candidate: MatchCandidate, { requirements, constraints = {} }: MatchRequest): string[] {
  return [
    ...missing("capability", requirements.capabilities, candidate.agent.capabilities),
    ...missing("service type", requirements.serviceTypes, candidate.agent.service_types),
    ...missing("tag", requirements.tags, candidate.agent.tags),
    ...standingObjections(candidate, requirements),
    ...constraintObjections(candidate, constraints),
  ];
}

function missing(kind: string, wanted: readonly string[] = [], offered: readonly string[]): string[] {
  return wanted.filter((name) => !offered.includes(name)).map((name) => `does not offer the ${kind} '${name}'`);
}

function standingObjections(
  { agent, health }: MatchCandidate,
  { version, minHealthScore = 0 }: MatchRequirements,
): string[] {
  const objections: string[] = [];
  if (agent.status !== "ACTIVE" && agent.status !== "DEGRADED") objections.push(`is ${agent.status.toLowerCase()}`);
  if (version !== undefined && !satisfies(agent.version, version)) {
    objections.push(`has version ${agent.version}, asked for ${version.text}`);
  }
  if (health < minHealthScore) objections.push(`has a health score of ${health.toFixed(2)}, below ${minHealthScore}`);
  return objections;
}

function constraintObjections({ trust, figures }: MatchCandidate, constraints: MatchConstraints): string[] {
  const { p95Ms = 0, slaCompliance = 1 } = figures;
  const { min_trust_score: floor, max_response_time_ms: ceiling, required_sla_compliance: required } = constraints;
  const objections: string[] = [];
  if (floor !== undefined && trust < floor)
    objections.push(`has a trust score of ${trust.toFixed(2)} of ${TRUST.best}, below ${floor}`);
  if (ceiling !== undefined && p95Ms > ceiling) {
    objections.push(`takes over ${Math.round(p95Ms)} ms for one task in twenty, more than ${ceiling} ms`);
  }
  if (required !== undefined && slaCompliance < required) {
    objections.push(
      `keeps its promises for ${(slaCompliance * 100).toFixed(1)} % of tasks, below ${required * 100} %`,
    );
  }
  return objections;
}

const DEFAULT_WEIGHTS: MatchWeights = {
  performance_weight: DISCOVERY.matchWeights.performance,
  cost_weight: DISCOVERY.matchWeights.cost,
  availability_weight: DISCOVERY.matchWeights.availability,
};
