/** A profile read at one moment as the document of spec 000. */
import { PROFILE } from "../limits.ts";
import type { PerformanceProfile } from "../views/agent-profiles.ts";
import { adviseAgent } from "./profile-advice.ts";
import { figuresOf, fraction, type AgentFigures, type ProfiledAgent } from "./profile-figures.ts";
import { maintenanceWindows, peakHours } from "./profile-hours.ts";
import type { ProfileSpan } from "./profile-span.ts";
import { recentSpan, type AgentProfile } from "./profile.ts";

/** The performance profile of spec 000 at the time `now`. */
export function viewProfile(profile: AgentProfile, agent: ProfiledAgent, now: number): PerformanceProfile {
  const span = recentSpan(profile, now);
  const figures = figuresOf(profile, agent, now);
  return {
    agent_id: agent.agent_id,
    performance_profile: {
      reliability_metrics: {
        success_rate_30d: shown(figures.successRate),
        average_response_time_ms: shown(figures.meanMs),
        uptime_percentage: shown(figures.uptime === undefined ? undefined : figures.uptime * 100),
        error_rate: shown(figures.errorRate),
      },
      capacity_metrics: capacityOf(span, figures, agent),
      specialization_scoring: specializationOf(span),
      cost_efficiency: {
        cost_per_task: shown(figures.costPerTask),
        resource_utilization_efficiency: shown(span && fraction(span.completedCost, span.cost)),
        time_to_value: shown(span && fraction(span.totalMs, span.completed)),
      },
    },
    behavioral_patterns: {
      peak_performance_hours: span === undefined ? [] : peakHours(span),
      maintenance_windows: span === undefined ? [] : maintenanceWindows(span),
      failure_patterns: failuresOf(span),
      optimization_recommendations: adviseAgent(span, figures, agent),
    },
  };
}

function capacityOf(span: ProfileSpan | undefined, figures: AgentFigures, agent: ProfiledAgent) {
  const slots = agent.max_concurrent_tasks;
  const { meanMs, medianMs } = figures;
  const promised = agent.sla?.max_latency_ms;
  // A task that waits behind q others in front of busy slots starts after about q ÷ slots medians.
  const spareMedians = promised === undefined || medianMs === undefined ? undefined : promised / medianMs - 1;
  return {
    max_concurrent_tasks: slots,
    throughput_capability: meanMs === undefined ? null : shown((slots * 3_600_000) / Math.max(1, meanMs)),
    resource_efficiency: shown(span && fraction(span.completedMs, span.totalMs)),
    queue_depth_tolerance: spareMedians === undefined ? null : Math.max(0, Math.floor(slots * spareMedians)),
  };
}

function specializationOf(span: ProfileSpan | undefined) {
  const skills = span?.skills ?? [];
  const domains = Map.groupBy(skills, ({ name }) => domainOf(name));
  return {
    skill_ratings: Object.fromEntries(skills.map((skill) => [skill.name, ratingOf([skill])])),
    domain_expertise: Object.fromEntries([...domains].map(([domain, members]) => [domain, ratingOf(members)])),
    performance_by_task_type: Object.fromEntries(
      skills.map(({ name, completed, failed, ms }) => [
        name,
        {
          tasks: completed + failed,
          success_rate: rounded(completed / (completed + failed)),
          average_response_time_ms: rounded(ms / (completed + failed)),
        },
      ]),
    ),
  };
}

/** 0 to 5: the success rate with a few imagined tasks of either outcome, so that few tasks stay near 2.5. */
function ratingOf(skills: readonly ProfileSpan["skills"][number][]): number {
  const completed = sum(skills.map((skill) => skill.completed));
  const tasks = completed + sum(skills.map(({ failed }) => failed));
  return rounded((5 * (completed + PROFILE.ratingPrior / 2)) / (tasks + PROFILE.ratingPrior));
}

function failuresOf(span: ProfileSpan | undefined): PerformanceProfile["behavioral_patterns"]["failure_patterns"] {
  if (span === undefined) return [];
  return span.errors.slice(0, PROFILE.shownErrorCodes).map(({ code, count, lastAt }) => ({
    error_code: code,
    count,
    share: rounded(count / span.failed),
    last_seen: new Date(lastAt).toISOString(),
  }));
}

const domainOf = (capability: string): string => capability.replace(/[-_.:/ ].*/s, "").toLowerCase();
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const rounded = (value: number): number => Number(value.toFixed(4));
const shown = (value: number | undefined): number | null => (value === undefined ? null : rounded(value));
