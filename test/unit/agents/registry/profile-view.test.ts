import { describe, expect, it } from "vitest";
import { EMPTY_PROFILE } from "../../../../shared/agents/registry/profile.ts";
import { figuresOf, type ProfiledAgent } from "../../../../shared/agents/registry/profile-figures.ts";
import { viewProfile } from "../../../../shared/agents/registry/profile-view.ts";
import { DAY_MS, failure, HOUR_MS, NOW, profileOf, task, times } from "./profiles.ts";

const agent: ProfiledAgent = { agent_id: "agent-a", max_concurrent_tasks: 10, sla: { max_latency_ms: 500 } };
const adviceOf = (profile: Parameters<typeof viewProfile>[0], of: ProfiledAgent = agent) => viewProfile(profile, of, NOW).behavioral_patterns.optimization_recommendations;

/** Presence of every hour of three days: down in the hours that `isDown` names. */
const watched = (isDown: (hour: number) => boolean) =>
  Array.from({ length: 72 }, (_, hour) => ({ isUp: !isDown(hour % 24), seconds: 3600, at: Date.UTC(2026, 10, 18) + hour * HOUR_MS }));

describe("viewProfile", () => {
  it("prints spec 000's document", () => {
    const profile = profileOf(
      [
        ...times(30, task({ cost: 2 })),
        ...times(6, task({ capability: "carbon_report", latencyMs: 300, cost: 4, at: NOW - 3 * HOUR_MS })),
        ...times(3, failure("Timeout", { capability: "carbon_report", latencyMs: 1000, cost: 4, at: NOW - 3 * HOUR_MS })),
        failure("Refused", { capability: "data-ingestion", latencyMs: 0, at: NOW - 10 * DAY_MS }),
      ],
      watched(() => false),
    );
    expect(viewProfile(profile, agent, NOW)).toEqual({
      agent_id: "agent-a",
      performance_profile: {
        reliability_metrics: { success_rate_30d: 0.9, average_response_time_ms: 195, uptime_percentage: 100, error_rate: 0.0769 },
        capacity_metrics: { max_concurrent_tasks: 10, throughput_capability: 184_615.3846, resource_efficiency: 0.6154, queue_depth_tolerance: 37 },
        specialization_scoring: {
          skill_ratings: { carbon_calculation: 4.7059, carbon_report: 3.0769, "data-ingestion": 2 },
          domain_expertise: { carbon: 4.4186, data: 2 },
          performance_by_task_type: {
            carbon_calculation: { tasks: 30, success_rate: 1, average_response_time_ms: 100 },
            carbon_report: { tasks: 9, success_rate: 0.6667, average_response_time_ms: 533.3333 },
            "data-ingestion": { tasks: 1, success_rate: 0, average_response_time_ms: 0 },
          },
        },
        cost_efficiency: { cost_per_task: 2.4615, resource_utilization_efficiency: 0.875, time_to_value: 216.6667 },
      },
      behavioral_patterns: {
        peak_performance_hours: ["12:00-13:00"],
        maintenance_windows: [],
        failure_patterns: [
          { error_code: "Timeout", count: 3, share: 0.75, last_seen: "2026-11-21T09:00:00.000Z" },
          { error_code: "Refused", count: 1, share: 0.25, last_seen: "2026-11-11T12:00:00.000Z" },
        ],
        optimization_recommendations: [
          "Even out response times: one task in twenty takes over 1 s, the median 105 ms; try fewer than 10 tasks at once, or hedge.",
          "Correct the promised latency: 500 ms is promised, one task in twenty takes over 1 s.",
          "Route 'carbon_report' to another agent: 67 % of these tasks completed, 97 % of the others.",
          "Cut the cost of failure: 13 % of what the agent costs goes into tasks that fail.",
          "Prefer 12:00-13:00 UTC for large batches: the agent is fastest then.",
        ],
      },
    });
  });

  it("makes nothing up about an agent that it knows nothing of", () => {
    const { performance_profile, behavioral_patterns } = viewProfile(EMPTY_PROFILE, agent, NOW);
    expect(performance_profile).toEqual({
      reliability_metrics: { success_rate_30d: null, average_response_time_ms: null, uptime_percentage: null, error_rate: null },
      capacity_metrics: { max_concurrent_tasks: 10, throughput_capability: null, resource_efficiency: null, queue_depth_tolerance: null },
      specialization_scoring: { skill_ratings: {}, domain_expertise: {}, performance_by_task_type: {} },
      cost_efficiency: { cost_per_task: null, resource_utilization_efficiency: null, time_to_value: null },
    });
    expect(behavioral_patterns.optimization_recommendations).toEqual(["Only 0 tasks seen: wait for 20 before reading much into the figures."]);
  });

  it("keeps a capability called __proto__ like any other", () => {
    const { skill_ratings } = viewProfile(profileOf([task({ capability: "__proto__" })]), agent, NOW).performance_profile.specialization_scoring;
    expect(Object.keys(skill_ratings)).toEqual(["__proto__"]);
  });
});

describe("behavioural patterns", () => {
  it("joins neighbouring peak hours", () => {
    const slow = Array.from({ length: 24 }, (_, hour) => times(5, task({ latencyMs: 400, at: Date.UTC(2026, 10, 20, hour) }))).flat();
    const fast = [9, 10, 11, 15].flatMap((hour) => times(40, task({ latencyMs: 50, at: Date.UTC(2026, 10, 20, hour) })));
    expect(viewProfile(profileOf([...slow, ...fast]), agent, NOW).behavioral_patterns.peak_performance_hours).toEqual(["09:00-12:00", "15:00-16:00"]);
  });

  it("calls no hour a peak that saw four tasks only", () => {
    const slow = times(40, task({ latencyMs: 400, at: Date.UTC(2026, 10, 20, 8) }));
    const peaks = (fast: number) => viewProfile(profileOf([...slow, ...times(fast, task({ latencyMs: 50, at: Date.UTC(2026, 10, 20, 9) }))]), agent, NOW).behavioral_patterns.peak_performance_hours;
    expect([peaks(4), peaks(5)]).toEqual([[], ["09:00-10:00"]]);
  });

  it("finds the hours in which the agent goes down day after day", () => {
    const profile = profileOf([task()], watched((hour) => hour === 2 || hour === 3));
    expect(viewProfile(profile, agent, NOW).behavioral_patterns.maintenance_windows).toEqual([{ start: "02:00", end: "04:00", availability: 0 }]);
  });

  it("sees no maintenance in an agent that is down most of the time", () => {
    expect(viewProfile(profileOf([task()], watched((hour) => hour > 4)), agent, NOW).behavioral_patterns.maintenance_windows).toEqual([]);
  });
});

describe("recommendations", () => {
  it("has none for an agent that does well", () => {
    expect(adviceOf(profileOf(times(50, task({ cost: 1 })), watched(() => false)))).toEqual([]);
  });

  it.each([
    {
      what: "one error that explains most failures",
      profile: profileOf([...times(30, task()), ...times(8, failure("Timeout")), ...times(2, failure("Refused"))]),
      advice: "Raise reliability: 75 % of tasks completed in 30 days; 8 of 10 failures are 'Timeout', so start there.",
    },
    {
      what: "failures of all kinds",
      profile: profileOf([...times(30, task()), ...Array.from({ length: 10 }, (_, index) => failure(`E${index}`))]),
      advice: "Raise reliability: 75 % of tasks completed in 30 days; no single error stands out, so look at the agent's own logs.",
    },
    {
      what: "an agent that is often down",
      profile: profileOf(times(30, task()), watched((hour) => hour % 3 === 0)),
      advice: "Add a second agent with the same capabilities: this one is up 67 % of the time.",
    },
    {
      what: "an agent that is down at night",
      profile: profileOf(times(30, task()), watched((hour) => hour === 2)),
      advice: "Keep tasks away from 02:00-03:00 UTC: the agent is usually down then.",
    },
  ])("answers $what", ({ profile, advice }) => {
    expect(adviceOf(profile)).toContain(advice);
  });

  it("speaks of one task in the singular", () => {
    expect(adviceOf(profileOf([task()]))).toEqual(["Only 1 task seen: wait for 20 before reading much into the figures."]);
  });
});

describe("figuresOf", () => {
  it("measures compliance with the promised latency, failures counted against it", () => {
    const profile = profileOf([...times(6, task({ latencyMs: 100 })), ...times(2, task({ latencyMs: 900 })), ...times(2, failure("Timeout", { latencyMs: 100 }))]);
    expect(figuresOf(profile, { sla: { max_latency_ms: 500 } }, NOW).slaCompliance).toBeCloseTo(0.64, 10);
    expect(figuresOf(profile, {}, NOW).slaCompliance).toBeCloseTo(0.8, 10);
  });

  it("tells an unknown price from a free agent", () => {
    expect(figuresOf(profileOf([task()]), {}, NOW).costPerTask).toBeUndefined();
    expect(figuresOf(profileOf([task({ cost: 0 })]), {}, NOW).costPerTask).toBe(0);
  });
});
