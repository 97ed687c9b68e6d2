import { HEALTH } from "./limits.ts";
import type { Agent, AgentStatus } from "./agent.ts";
import { type HealthEvidence, healthScore, type HealthVerdict, judgeHealth } from "./registry/health.ts";

/** Recent failures count half after this long without further ones. */
const RECENT_HALF_LIFE_MS = 600_000;
/** One minus it is a score of 0.5: degraded. */
const MOST_LEARNED = 0.5;

/**
 * The share of recent attempts that failed by the agent's own fault, at most a half: what tasks say may degrade an
 * agent, but only its own reports, its silence or its probes make it inactive. One workflow that always fails must not take an
 * agent from all others. It fades while the agent gets no work, and a new registration begins anew.
 */
export function recentErrorRate(
  { learned, enrolled_at: since = "" }: Pick<Agent, "learned" | "enrolled_at">,
  now: number,
): number {
  if (learned === undefined || learned.at < since) return 0;
  return Math.min(MOST_LEARNED, learned.error_rate) * fading(learned.at, now);
}

const fading = (at: string, now: number): number => 2 ** (Math.min(0, Date.parse(at) - now) / RECENT_HALF_LIFE_MS);

/**
 * What an agent's health is judged by.
 *
 * Only agents that promised heartbeats, or ever sent one, are judged by their silence; the longer interval they may
 * have promised stretches every limit. All others are as recent as their probes, which failures in a row speak for.
 * Figures that an agent reports count before those learnt from its answers.
 */
export function evidenceOf(agent: Agent, now: number): HealthEvidence {
  const stretch = Math.max(1, (agent.heartbeat_interval_seconds ?? 0) / HEALTH.heartbeatSeconds);
  const silentMs = agent.sends_heartbeats ? Math.max(0, now - Date.parse(agent.last_heartbeat_at)) / stretch : 0;
  const learned = recentErrorRate(agent, now);
  const error_rate = Math.max(agent.metrics?.error_rate ?? 0, learned);
  const { probe } = agent;
  return {
    lastHeartbeatAt: now - silentMs,
    metrics: { ...agent.metrics, ...(error_rate === 0 ? {} : { error_rate }) },
    probes: probe === undefined ? undefined : { failedInRow: probe.failures, hasSucceeded: probe.has_succeeded },
  };
}

/** Health from 0 to 1 at the time `now`, milliseconds since 1970. A quarantine does not change it. */
export const healthOf = (agent: Agent, now: number): number => healthScore(evidenceOf(agent, now), now);

/** The status that follows, with score and reasons. An agent whose probes fail for a day is given up. */
export function judgeAgent(agent: Agent, now: number, limits: { unreachableSeconds: number }): HealthVerdict {
  const verdict = judgeHealth(agent.status, evidenceOf(agent, now), now);
  const since = agent.probe?.failing_since;
  if (since === undefined || now - Date.parse(since) < limits.unreachableSeconds * 1000) return verdict;
  return { ...verdict, status: "DECOMMISSIONED", reasons: [...verdict.reasons, `unreachable since ${since}`] };
}

/** Whether an agent may get work at all. */
export const isInService = ({ status, quarantine }: Pick<Agent, "status" | "quarantine">): boolean =>
  quarantine === undefined && (status === "ACTIVE" || status === "DEGRADED");

/** What a reader is shown: silence lowers the status at once, although the sweep that records it comes each minute. */
export function standingOf(agent: Agent, now: number): { status: AgentStatus; health: number } {
  const { score, status } = judgeHealth(agent.status, evidenceOf(agent, now), now);
  const rank: readonly AgentStatus[] = ["ACTIVE", "DEGRADED", "INACTIVE", "DECOMMISSIONED"];
  return { health: score, status: rank.indexOf(status) > rank.indexOf(agent.status) ? status : agent.status };
}
