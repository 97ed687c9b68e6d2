import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditionScore, healthScore, judgeHealth, nextHealthCheckAt, nextStatus, recordProbe, type HealthEvidence } from "../../../../shared/agents/registry/health.ts";
import { AgentStatus } from "../../../../shared/agents/agent.ts";

const NOW = 1_000_000_000;
const seen = (secondsAgo: number, more: Partial<HealthEvidence> = {}): HealthEvidence => ({ lastHeartbeatAt: NOW - secondsAgo * 1000, ...more });

const evidences = fc.record({
  lastHeartbeatAt: fc.integer({ min: NOW - 400_000, max: NOW }),
  metrics: fc.record({ error_rate: fc.double({ min: 0, max: 1, noNaN: true }), response_time_ms: fc.integer({ min: 0, max: 9000 }), cpu_usage: fc.double({ min: 0, max: 1, noNaN: true }) }),
  probes: fc.option(fc.record({ failedInRow: fc.nat(6), hasSucceeded: fc.boolean() }), { nil: undefined }),
});
const statuses = fc.constantFrom(...AgentStatus.options);
const rank = (status: AgentStatus): number => AgentStatus.options.indexOf(status);

describe("healthScore", () => {
  it.each([
    { what: "a fresh heartbeat and no metrics", evidence: seen(1), score: 1 },
    { what: "a heartbeat exactly two intervals old", evidence: seen(60), score: 1 },
    { what: "a heartbeat older than two intervals", evidence: seen(60.001), score: 0.5 },
    { what: "an error rate of a quarter", evidence: seen(1, { metrics: { error_rate: 0.25 } }), score: 0.75 },
    { what: "nothing but errors", evidence: seen(1, { metrics: { error_rate: 1 } }), score: 0 },
    { what: "answers after exactly 2 s", evidence: seen(1, { metrics: { response_time_ms: 2000 } }), score: 1 },
    { what: "answers after more than 2 s", evidence: seen(1, { metrics: { response_time_ms: 2001 } }), score: 0.8 },
    { what: "a CPU at 70 %", evidence: seen(1, { metrics: { cpu_usage: 0.7 } }), score: 1 },
    { what: "a CPU at 71 %", evidence: seen(1, { metrics: { cpu_usage: 0.71 } }), score: 0.8 },
    { what: "every penalty at once", evidence: seen(90, { metrics: { error_rate: 0.5, response_time_ms: 5000, cpu_usage: 0.9 } }), score: 0.16 },
    { what: "one failed probe of a known agent", evidence: seen(1, { probes: { failedInRow: 1, hasSucceeded: true } }), score: 0.5 },
    { what: "two failed probes of a known agent", evidence: seen(1, { probes: { failedInRow: 2, hasSucceeded: true } }), score: 0.5 },
    { what: "three failed probes of a known agent", evidence: seen(1, { probes: { failedInRow: 3, hasSucceeded: true } }), score: 0 },
    { what: "an agent whose first message fails", evidence: seen(1, { probes: { failedInRow: 1, hasSucceeded: false } }), score: 0 },
    { what: "an agent whose last probe succeeded", evidence: seen(1, { probes: { failedInRow: 0, hasSucceeded: true } }), score: 1 },
  ])("gives $score for $what", ({ evidence, score }) => {
    expect(healthScore(evidence, NOW)).toBeCloseTo(score, 10);
  });

  it("stays from 0 to 1 and never rises with errors, silence or failed probes", () => {
    fc.assert(
      fc.property(evidences, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(400_000), (evidence, moreErrors, moreSilence) => {
        const score = healthScore(evidence, NOW);
        const error_rate = Math.max(evidence.metrics.error_rate, moreErrors);
        const failedInRow = (evidence.probes?.failedInRow ?? 0) + 1;
        return (
          score >= 0 &&
          score <= 1 &&
          healthScore({ ...evidence, metrics: { ...evidence.metrics, error_rate } }, NOW) <= score &&
          healthScore(evidence, NOW + moreSilence) <= score &&
          conditionScore({ ...evidence, probes: { failedInRow, hasSucceeded: evidence.probes?.hasSucceeded ?? true } }) <= conditionScore(evidence)
        );
      }),
    );
  });
});

describe("nextStatus", () => {
  it.each([
    { from: "ACTIVE", what: "in good health", evidence: seen(1), to: "ACTIVE" },
    { from: "ACTIVE", what: "slow, but nothing else", evidence: seen(1, { metrics: { response_time_ms: 3000 } }), to: "ACTIVE" },
    { from: "ACTIVE", what: "late", evidence: seen(61), to: "DEGRADED" },
    { from: "ACTIVE", what: "slow and busy", evidence: seen(1, { metrics: { response_time_ms: 3000, cpu_usage: 0.9 } }), to: "DEGRADED" },
    { from: "ACTIVE", what: "on the edge", evidence: seen(1, { metrics: { error_rate: 0.25 } }), to: "ACTIVE" },
    { from: "DEGRADED", what: "on the edge", evidence: seen(1, { metrics: { error_rate: 0.25 } }), to: "DEGRADED" },
    { from: "DEGRADED", what: "well again", evidence: seen(1, { metrics: { error_rate: 0.2 } }), to: "ACTIVE" },
    { from: "DEGRADED", what: "nearly always failing", evidence: seen(1, { metrics: { error_rate: 0.75 } }), to: "INACTIVE" },
    { from: "INACTIVE", what: "a little better", evidence: seen(1, { metrics: { error_rate: 0.65 } }), to: "INACTIVE" },
    { from: "INACTIVE", what: "half better", evidence: seen(1, { metrics: { error_rate: 0.5 } }), to: "DEGRADED" },
    { from: "INACTIVE", what: "well again", evidence: seen(1), to: "ACTIVE" },
    { from: "ACTIVE", what: "silent for 119.999 s", evidence: seen(119.999), to: "DEGRADED" },
    { from: "ACTIVE", what: "silent for 120 s", evidence: seen(120), to: "INACTIVE" },
    { from: "INACTIVE", what: "silent for 299.999 s", evidence: seen(299.999), to: "INACTIVE" },
    { from: "ACTIVE", what: "silent for 300 s", evidence: seen(300), to: "DECOMMISSIONED" },
    { from: "DECOMMISSIONED", what: "back again", evidence: seen(0), to: "DECOMMISSIONED" },
    { from: "ACTIVE", what: "failing its first probe", evidence: seen(1, { probes: { failedInRow: 1, hasSucceeded: false } }), to: "INACTIVE" },
    { from: "ACTIVE", what: "failing one probe after good ones", evidence: seen(1, { probes: { failedInRow: 1, hasSucceeded: true } }), to: "DEGRADED" },
  ] as const)("takes $from $what to $to", ({ from, evidence, to }) => {
    expect(nextStatus(from, evidence, NOW)).toBe(to);
  });

  it("settles at once: asked again with the same evidence it stays", () => {
    fc.assert(
      fc.property(statuses, evidences, (from, evidence) => {
        const next = nextStatus(from, evidence, NOW);
        return nextStatus(next, evidence, NOW) === next;
      }),
    );
  });

  it("never rises because an agent was silent for longer", () => {
    fc.assert(
      fc.property(statuses, evidences, fc.nat(400_000), (from, evidence, longer) => rank(nextStatus(from, evidence, NOW + longer)) >= rank(nextStatus(from, evidence, NOW))),
    );
  });
});

describe("judgeHealth", () => {
  it("says everything that lowered the score", () => {
    const evidence = seen(95, { metrics: { error_rate: 0.031, response_time_ms: 2500.4, cpu_usage: 0.92 }, probes: { failedInRow: 2, hasSucceeded: true } });
    expect(judgeHealth("ACTIVE", evidence, NOW).reasons).toEqual([
      "no heartbeat for 95 s",
      "error rate 3.1 %",
      "answers after 2500 ms, more than 2000 ms",
      "CPU at 92 %, more than 70 %",
      "failed the last 2 probes",
    ]);
  });

  it("has nothing to say of a healthy agent", () => {
    expect(judgeHealth("ACTIVE", seen(1), NOW)).toEqual({ score: 1, status: "ACTIVE", reasons: [] });
  });

  it("tells a stranger that never answered from a friend that stopped", () => {
    expect(judgeHealth("ACTIVE", seen(1, { probes: recordProbe(undefined, false) }), NOW).reasons).toEqual(["failed the last probe, and none ever succeeded"]);
  });
});

describe("recordProbe", () => {
  it("counts failures since the last success", () => {
    const outcomes = [false, true, false, false, true];
    const counts = outcomes.map((_, index) => outcomes.slice(0, index + 1).reduce(recordProbe, undefined as ReturnType<typeof recordProbe> | undefined)?.failedInRow);
    expect(counts).toEqual([1, 0, 1, 2, 0]);
  });
});

describe("nextHealthCheckAt", () => {
  it.each([
    { silent: 0, next: 60.001 },
    { silent: 60, next: 60.001 },
    { silent: 61, next: 120 },
    { silent: 120, next: 300 },
    { silent: 299, next: 300 },
    { silent: 300, next: undefined },
  ])("looks again $next s after a heartbeat that is $silent s old", ({ silent, next }) => {
    expect(nextHealthCheckAt(NOW - silent * 1000, NOW)).toBe(next === undefined ? undefined : NOW - silent * 1000 + next * 1000);
  });

  it("misses no change: before it, status and score stay", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 299_999 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (silent, part) => {
        const evidence = { lastHeartbeatAt: NOW - silent };
        const next = nextHealthCheckAt(evidence.lastHeartbeatAt, NOW) ?? NOW;
        const between = NOW + Math.floor((next - 1 - NOW) * part);
        return nextStatus("ACTIVE", evidence, between) === nextStatus("ACTIVE", evidence, NOW) && healthScore(evidence, between) === healthScore(evidence, NOW);
      }),
    );
  });
});
