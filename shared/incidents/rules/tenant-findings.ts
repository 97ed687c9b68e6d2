import { lowerBound } from "../../analytics/confidence.ts";
import { countUpTo } from "../../analytics/figures.ts";
import { addTallies, type Tally } from "../../analytics/tally.ts";
import { INCIDENT_LIMITS } from "../limits.ts";
import type { Severity } from "../incident.ts";
import type { AgentSigns, Finding, TenantSigns } from "./signs.ts";

const MINUTE = 60_000;

/** Figures of the last so many minutes, the one under way included. */
const within = ({ minutes, now }: TenantSigns, count: number): readonly Tally[] =>
  [...minutes].flatMap(([minute, tally]) => (Date.parse(minute) > now - count * MINUTE ? [tally] : []));

/** One figure, added up. */
const sumOf = (tallies: readonly Tally[], name: string): number => tallies.reduce((sum, tally) => sum + (tally[name] ?? 0), 0);

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

/** Fewer failures say nothing of a rate, however few ran: one or two of a handful happen. */
const MEANINGFUL_FAILURES = 3;

/**
 * A share that is beyond its threshold for sure: chance alone would not bring it there. It is well again once what was
 * seen is clearly below.
 */
function ofShare({ part, whole, threshold, what }: { part: number; whole: number; threshold: number; what: string }): readonly Finding[] {
  const isBreached = part >= MEANINGFUL_FAILURES && lowerBound(part, whole) > threshold;
  const isWell = whole === 0 || part / whole < threshold * INCIDENT_LIMITS.clearShare;
  if (!isBreached && isWell) return [];
  const says = `${part} of ${whole} ${what} failed, ${percent(part / whole)}: more than ${percent(threshold)}`;
  return [{ subject: "", state: isBreached ? "breached" : "between", says, facts: { failed: part, of: whole } }];
}

/** Executions that failed, of those that completed or failed in the last minutes. */
export const failedExecutions =
  (minutes: number) =>
  (signs: TenantSigns, threshold: number): readonly Finding[] => {
    const tallies = within(signs, minutes);
    const failed = sumOf(tallies, "f");
    return ofShare({ part: failed, whole: sumOf(tallies, "n") + failed, threshold, what: "executions" });
  };

/** Attempts that failed, of those of the executions that ended in the last minutes. */
export const failedAttempts =
  (minutes: number) =>
  (signs: TenantSigns, threshold: number): readonly Finding[] => {
    const tallies = within(signs, minutes);
    return ofShare({ part: sumOf(tallies, "u"), whole: sumOf(tallies, "t"), threshold, what: "attempts" });
  };

/** Executions that violated their service level, among those that ended in the last minutes. */
export const violations =
  (minutes: number) =>
  (signs: TenantSigns, threshold: number): readonly Finding[] => {
    const count = sumOf(within(signs, minutes), "v");
    if (count <= threshold) return [];
    const says = `${count} ${count === 1 ? "execution" : "executions"} violated their service level within ${minutes} minutes`;
    return [{ subject: "", state: "breached", says, facts: { sla_violation_count: count } }];
  };

/** Slow as such, and slower than usual by so much. */
const SLOWER = 1.5;

/** The share of attempts that lies beyond their 95th percentile. */
const BEYOND_P95 = 0.05;

/**
 * Attempts that take longer than is allowed, and than was usual. That the percentile lies beyond a limit is to say that more
 * than a twentieth does, and that can be told from chance: of five attempts the slowest says nothing.
 */
export function slowAttempts(signs: TenantSigns, threshold: number): readonly Finding[] {
  const tally = addTallies(within(signs, 10));
  const { usualP95Ms: usual } = signs;
  // Agents that always took long are no news.
  if (usual === undefined) return [];
  const limit = Math.max(threshold, usual * SLOWER);
  const all = countUpTo(tally, "d", Number.POSITIVE_INFINITY);
  const slow = all - countUpTo(tally, "d", limit / 1000);
  const isBreached = slow >= MEANINGFUL_FAILURES && lowerBound(slow, all) > BEYOND_P95;
  if (!isBreached && (all === 0 || slow / all < BEYOND_P95 * INCIDENT_LIMITS.clearShare)) return [];
  const says = `${slow} of ${all} attempts took longer than ${Math.round(limit)} ms; 95 of 100 used to take ${Math.round(usual)} ms at most`;
  return [{ subject: "", state: isBreached ? "breached" : "between", says, facts: { slow, of: all, limit_ms: limit, usual_p95_ms: usual } }];
}

/** So many times what the same hour used to cost. */
const DEARER = 3;

/** What the last hour cost, against what is worth a word and what is usual. */
export function dearHour({ hourCost: now = 0, usualHourCost: usual }: TenantSigns, threshold: number): readonly Finding[] {
  if (usual === undefined) return [];
  const limit = Math.max(threshold, usual * DEARER);
  if (now <= limit * INCIDENT_LIMITS.clearShare) return [];
  const says = `the last hour cost $${now.toFixed(2)}, where $${usual.toFixed(2)} are usual at this time of day`;
  return [{ subject: "", state: now > limit ? "breached" : "between", says, facts: { hour_cost: now, usual_hour_cost: usual } }];
}

/** Executions that wait for a slot. */
export function waitingExecutions({ waiting }: TenantSigns, threshold: number): readonly Finding[] {
  if (waiting <= threshold * INCIDENT_LIMITS.clearShare) return [];
  return [{ subject: "", state: waiting > threshold ? "breached" : "between", says: `${waiting} executions wait for a slot`, facts: { waiting } }];
}

const inUse = ({ agents }: TenantSigns): readonly AgentSigns[] =>
  agents.filter(({ status, isQuarantined }) => status !== "DECOMMISSIONED" && !isQuarantined);

const onlyOne = ({ onlyOneFor }: AgentSigns): string => (onlyOneFor.length === 0 ? "" : `; no other agent can ${onlyOneFor.join(", ")}`);

/** Breakers that are not closed. */
export const openBreakers = (signs: TenantSigns): readonly Finding[] =>
  inUse(signs).flatMap((agent): Finding[] => {
    if (agent.breaker === "closed") return [];
    const severity: Severity = agent.onlyOneFor.length > 0 ? "critical" : "medium";
    const says = `the circuit breaker of ${agent.agentId} is open${onlyOne(agent)}`;
    return [{ subject: agent.agentId, state: "breached", severity, says, facts: { agent_id: agent.agentId, only_one_for: agent.onlyOneFor } }];
  });

/**
 * An agent is lost when the registry gave it up, or when so many probes in a row failed. They are a minute apart: a restart
 * that takes less is no loss, whatever its breaker, which stays open until the next task, says of it.
 */
const isLost = ({ status, failedProbes }: AgentSigns, threshold: number): boolean => status === "INACTIVE" || failedProbes > threshold;

/** Agents that are gone; those of one host that go together are one finding. */
export function lostAgents(signs: TenantSigns, threshold: number): readonly Finding[] {
  const lost = inUse(signs).filter((agent) => isLost(agent, threshold));
  return [...Map.groupBy(lost, ({ origin }) => origin)].flatMap(([origin, own]) =>
    own.length >= INCIDENT_LIMITS.groupedAgents ? [lostHost(origin, own)] : own.map(lostOne),
  );
}

const lostOne = (agent: AgentSigns): Finding => ({
  subject: agent.agentId,
  state: "breached",
  severity: agent.onlyOneFor.length > 0 ? "high" : "medium",
  says: `agent ${agent.agentId} does not answer${onlyOne(agent)}`,
  facts: { agent_id: agent.agentId, only_one_for: agent.onlyOneFor },
});

const lostHost = (origin: string, agents: readonly AgentSigns[]): Finding => ({
  subject: `host ${origin}`,
  state: "breached",
  severity: "high",
  says: `${agents.length} agents at ${origin} do not answer`,
  facts: { origin, agents: agents.map(({ agentId }) => agentId) },
});

/** What was learnt longer ago says nothing of now. */
const RECENT_MS = 10 * MINUTE;

/** Agents most of whose recent attempts failed by their own fault. */
export const failingAgents = (signs: TenantSigns, threshold: number): readonly Finding[] =>
  inUse(signs).flatMap((agent): Finding[] => {
    const { agentId, errorRate, learntAt } = agent;
    if (signs.now - learntAt > RECENT_MS || errorRate < threshold * INCIDENT_LIMITS.clearShare) return [];
    const says = `${percent(errorRate)} of the recent attempts of ${agentId} failed by its own fault`;
    return [{ subject: agentId, state: errorRate > threshold ? "breached" : "between", says, facts: { agent_id: agentId, error_rate: errorRate } }];
  });
