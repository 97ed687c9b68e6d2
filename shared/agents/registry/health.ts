import { HEALTH } from "../limits.ts";
import type { AgentStatus } from "../agent.ts";
import type { AgentMetrics } from "../agent-registration.ts";

/** What real A2A messages, sent to see whether the agent answers, came to. */
export interface ProbeRecord {
  /** Probes that failed since the last one that succeeded; 0: the last one succeeded. */
  readonly failedInRow: number;
  readonly hasSucceeded: boolean;
}

/** What is known of an agent's health. Times are milliseconds since 1970. */
export interface HealthEvidence {
  readonly lastHeartbeatAt: number;
  readonly metrics?: AgentMetrics | undefined;
  readonly probes?: ProbeRecord | undefined;
}

/** A status, the score behind it, and what lowered the score. */
export interface HealthVerdict {
  readonly score: number;
  readonly status: AgentStatus;
  /** Empty for an agent in full health. */
  readonly reasons: readonly string[];
}

/** The part of the score that time does not change: metrics and probes, from 0 to 1. */
export function conditionScore({ metrics, probes }: Omit<HealthEvidence, "lastHeartbeatAt">): number {
  const errors = 1 - (metrics?.error_rate ?? 0);
  const slow = (metrics?.response_time_ms ?? 0) > HEALTH.slowMs ? HEALTH.slowFactor : 1;
  const busy = (metrics?.cpu_usage ?? 0) > HEALTH.busyCpu ? HEALTH.busyFactor : 1;
  return Math.min(errors * slow * busy, probeCeiling(probes));
}

/** Until when a heartbeat counts as in time: two intervals. Milliseconds since 1970. */
export const heartbeatDueAt = (lastHeartbeatAt: number, intervalSeconds: number = HEALTH.heartbeatSeconds): number =>
  lastHeartbeatAt + HEALTH.lateIntervals * intervalSeconds * 1000;

/**
 * Health from 0 to 1 as spec 003 defines it: halved when the last heartbeat is older than two intervals, lowered in
 * step with the error rate, by a fifth each for slow answers and a busy CPU.
 *
 * A failed probe caps it: at half for an agent that has answered before, at 0 for one that never did or keeps failing.
 */
export const healthScore = (evidence: HealthEvidence, now: number): number =>
  conditionScore(evidence) * (now > heartbeatDueAt(evidence.lastHeartbeatAt) ? HEALTH.lateFactor : 1);

/**
 * The status that follows from `status` and the evidence.
 *
 * Silence decides first (inactive, then decommissioned), then the score. Falling and rising have different
 * thresholds, so that an agent on the edge keeps its status. Decommissioned is final: only a new registration helps.
 */
export function nextStatus(status: AgentStatus, evidence: HealthEvidence, now: number): AgentStatus {
  const silentMs = now - evidence.lastHeartbeatAt;
  if (status === "DECOMMISSIONED" || silentMs >= DECOMMISSION_MS) return "DECOMMISSIONED";
  const score = healthScore(evidence, now);
  const inactiveBelow = status === "INACTIVE" ? HEALTH.degradedFrom : HEALTH.inactiveBelow;
  if (silentMs >= INACTIVE_MS || score < inactiveBelow) return "INACTIVE";
  const degradedBelow = status === "ACTIVE" ? HEALTH.degradedBelow : HEALTH.activeFrom;
  return score < degradedBelow ? "DEGRADED" : "ACTIVE";
}

/** `nextStatus` with its score and reasons, for events and people. */
export const judgeHealth = (status: AgentStatus, evidence: HealthEvidence, now: number): HealthVerdict => ({
  score: healthScore(evidence, now),
  status: nextStatus(status, evidence, now),
  reasons: reasonsOf(evidence, now),
});

/**
 * When silence alone next lowers the status or the score of an agent, for a scheduler.
 *
 * @returns nothing once the agent is due for decommissioning.
 */
export function nextHealthCheckAt(lastHeartbeatAt: number, now: number): number | undefined {
  const silentMs = now - lastHeartbeatAt;
  // A heartbeat is late only after the limit, so the look comes a millisecond later.
  const limit = [LATE_MS + 1, INACTIVE_MS, DECOMMISSION_MS].find((ms) => silentMs < ms);
  return limit === undefined ? undefined : lastHeartbeatAt + limit;
}

/** The record after one more probe. */
export const recordProbe = (record: ProbeRecord | undefined, hasAnswered: boolean): ProbeRecord =>
  hasAnswered
    ? { failedInRow: 0, hasSucceeded: true }
    : { failedInRow: (record?.failedInRow ?? 0) + 1, hasSucceeded: record?.hasSucceeded ?? false };

const LATE_MS = HEALTH.lateIntervals * HEALTH.heartbeatSeconds * 1000;
const INACTIVE_MS = HEALTH.inactiveAfterSeconds * 1000;
const DECOMMISSION_MS = HEALTH.decommissionAfterSeconds * 1000;

function probeCeiling(probes: ProbeRecord | undefined): number {
  if (probes === undefined || probes.failedInRow === 0) return 1;
  return probes.hasSucceeded && probes.failedInRow <= HEALTH.toleratedProbes ? HEALTH.failedProbeScore : 0;
}

function reasonsOf({ lastHeartbeatAt, metrics, probes }: HealthEvidence, now: number): string[] {
  const reasons: string[] = [];
  const silentSeconds = Math.floor((now - lastHeartbeatAt) / 1000);
  if (now - lastHeartbeatAt > LATE_MS) reasons.push(`no heartbeat for ${silentSeconds} s`);
  const { error_rate: errors = 0, response_time_ms: ms = 0, cpu_usage: cpu = 0 } = metrics ?? {};
  if (errors > 0) reasons.push(`error rate ${percent(errors)}`);
  if (ms > HEALTH.slowMs) reasons.push(`answers after ${Math.round(ms)} ms, more than ${HEALTH.slowMs} ms`);
  if (cpu > HEALTH.busyCpu) reasons.push(`CPU at ${percent(cpu)}, more than ${percent(HEALTH.busyCpu)}`);
  if (probes !== undefined && probes.failedInRow > 0) {
    const known = probes.hasSucceeded ? "" : ", and none ever succeeded";
    reasons.push(`failed the last ${probes.failedInRow === 1 ? "probe" : `${probes.failedInRow} probes`}${known}`);
  }
  return reasons;
}

const percent = (fraction: number): string => `${Number((fraction * 100).toFixed(1))} %`;
