import { lowerBound } from "../../analytics/confidence.ts";
import { figuresIn } from "../../analytics/figures.ts";
import { addTallies, type Tally } from "../../analytics/tally.ts";
import { INCIDENT_LIMITS } from "../limits.ts";
import type { Severity } from "../incident.ts";
import type { AgentSigns, Finding, TenantSigns } from "./signs.ts";

const MINUTE = 60_000;

/** All figures of the last so many minutes, the one under way included. */
const within = ({ minutes, now }: TenantSigns, count: number): Tally =>
  addTallies([...minutes].flatMap(([minute, tally]) => (Date.parse(minute) > now - count * MINUTE ? [tally] : [])));

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
    const { completed, failed } = figuresIn(within(signs, minutes));
    return ofShare({ part: failed, whole: completed + failed, threshold, what: "executions" });
  };

/** Attempts that failed, of those of the executions that ended in the last minutes. */
export const failedAttempts =
  (minutes: number) =>
  (signs: TenantSigns, threshold: number): readonly Finding[] => {
    const tally = within(signs, minutes);
    return ofShare({ part: tally["u"] ?? 0, whole: tally["t"] ?? 0, threshold, what: "attempts" });
  };

/** Executions that violated their service level, among those that ended in the last minutes. */
export const violations =
  (minutes: number) =>
  (signs: TenantSigns, threshold: number): readonly Finding[] => {
    const { violations: count } = figuresIn(within(signs, minutes));
    if (count <= threshold) return [];
    const says = `${count} ${count === 1 ? "execution" : "executions"} violated their service level within ${minutes} minutes`;
    return [{ subject: "", state: "breached", says, facts: { sla_violation_count: count } }];
  };

/** Slow as such, and slower than usual by so much. */
const SLOWER = 1.5;

/** How long attempts take that take long, against what is allowed and what is usual. */
export function slowAttempts(signs: TenantSigns, threshold: number): readonly Finding[] {
  const { attemptP95Ms: now } = figuresIn(within(signs, 10));
  const { usualP95Ms: usual } = signs;
  // Agents that always took long are no news.
  if (now === undefined || usual === undefined) return [];
  const limit = Math.max(threshold, usual * SLOWER);
  if (now <= limit * INCIDENT_LIMITS.clearShare) return [];
  const says = `95 of 100 attempts take up to ${Math.round(now)} ms, where ${Math.round(usual)} ms are usual`;
  return [{ subject: "", state: now > limit ? "breached" : "between", says, facts: { p95_ms: now, usual_p95_ms: usual } }];
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

/** Between a probe that failed and the judgement that an agent is lost, where its tasks say so too. */
const DOUBTFUL_MS = 30_000;

/**
 * An agent is lost when the registry gave it up, when so many probes in a row failed, or when one failed and its breaker,
 * which hears of every task, has not closed since: a restart of half a minute is neither.
 */
function isLost({ status, failedProbes, failingSince, breaker }: AgentSigns, now: number, threshold: number): boolean {
  if (status === "INACTIVE" || failedProbes > threshold) return true;
  return failingSince !== undefined && breaker !== "closed" && now - failingSince >= DOUBTFUL_MS;
}

/** Agents that are gone; those of one host that go together are one finding. */
export function lostAgents(signs: TenantSigns, threshold: number): readonly Finding[] {
  const lost = inUse(signs).filter((agent) => isLost(agent, signs.now, threshold));
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
