/** A profile read at one moment as figures for choosing agents. */
import { PROFILE } from "../limits.ts";
import type { Agent } from "../agent.ts";
import type { ProfileSpan } from "./profile-span.ts";
import { recentSpan, tasksWithin, type AgentProfile } from "./profile.ts";
import { quantileOf, shareUpTo } from "./quantile-sketch.ts";

/** The part of an agent that its profile is read with. */
export type ProfiledAgent = Pick<Agent, "agent_id" | "max_concurrent_tasks" | "sla">;

/** What a profile says of an agent now. Nothing known: no field, never a made-up number. */
export interface AgentFigures {
  /** Of the last 15 to 30 days. */
  readonly tasks: number;
  readonly successRate?: number | undefined;
  readonly errorRate?: number | undefined;
  readonly meanMs?: number | undefined;
  readonly medianMs?: number | undefined;
  readonly p95Ms?: number | undefined;
  readonly costPerTask?: number | undefined;
  /** Fraction of tasks that completed within the latency the agent promises; without a promise, that completed. */
  readonly slaCompliance?: number | undefined;
  /** Fraction of watched time that the agent was up. */
  readonly uptime?: number | undefined;
}

/** What the profile says of the agent at the time `now` (milliseconds since 1970). */
export function figuresOf(profile: AgentProfile, agent: Pick<Agent, "sla">, now: number): AgentFigures {
  const span = recentSpan(profile, now);
  const month = tasksWithin(profile, PROFILE.windowDays, now);
  const recent = tasksWithin(profile, PROFILE.recentDays, now);
  const tasks = span === undefined ? 0 : span.completed + span.failed;
  return {
    tasks,
    successRate: fraction(month.completed, month.completed + month.failed),
    errorRate: fraction(recent.failed, recent.completed + recent.failed),
    ...(span === undefined ? {} : spanFigures(span, agent)),
  };
}

/** What part of a whole something is; unknown when the whole is nothing. */
export const fraction = (part: number, whole: number): number | undefined => (whole > 0 ? part / whole : undefined);

function spanFigures(span: ProfileSpan, { sla }: Pick<Agent, "sla">): Partial<AgentFigures> {
  const tasks = span.completed + span.failed;
  const completedRate = fraction(span.completed, tasks);
  const inTime = sla?.max_latency_ms === undefined ? 1 : shareUpTo(span.latency, sla.max_latency_ms);
  return {
    meanMs: fraction(span.totalMs, tasks),
    medianMs: quantileOf(span.latency, 0.5),
    p95Ms: quantileOf(span.latency, 0.95),
    costPerTask: fraction(span.cost, span.pricedTasks),
    slaCompliance: completedRate === undefined ? undefined : completedRate * inTime,
    uptime: fraction(sum(span.hours.upSeconds), sum(span.hours.watchedSeconds)),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
