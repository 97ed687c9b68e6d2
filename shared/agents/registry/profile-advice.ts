import { PROFILE } from "../limits.ts";
import { maintenanceWindows, peakHours } from "./profile-hours.ts";
import type { ProfileSpan } from "./profile-span.ts";
import type { AgentFigures, ProfiledAgent } from "./profile-figures.ts";

/**
 * What an operator could do to get more out of an agent, as sentences with the figures behind them.
 *
 * Empty when all is well. With too few tasks the only advice is to wait for more.
 */
export function adviseAgent(span: ProfileSpan | undefined, figures: AgentFigures, agent: ProfiledAgent): string[] {
  if (span === undefined || figures.tasks < PROFILE.meaningfulTasks) {
    return [
      `Only ${count(figures.tasks, "task")} seen: ` +
        `wait for ${PROFILE.meaningfulTasks} before reading much into the figures.`,
    ];
  }
  const rules = [adviseReliability, adviseTail, advisePromise, adviseSkills, adviseCost, adviseUptime, adviseHours];
  return rules.flatMap((rule) => rule(span, figures, agent));
}

type Rule = (span: ProfileSpan, figures: AgentFigures, agent: ProfiledAgent) => string[];

const adviseReliability: Rule = ({ errors, failed }, { successRate = 1 }) => {
  if (successRate >= PROFILE.advice.successRate) return [];
  const [top] = errors;
  const cause =
    top !== undefined && top.count >= PROFILE.advice.errorShare * failed
      ? `; ${top.count} of ${count(failed, "failure")} are '${top.code}', so start there`
      : "; no single error stands out, so look at the agent's own logs";
  return [`Raise reliability: ${percent(successRate)} of tasks completed in 30 days${cause}.`];
};

const adviseTail: Rule = (_span, { medianMs = 0, p95Ms = 0 }, { max_concurrent_tasks: slots }) =>
  p95Ms > PROFILE.advice.tailFactor * medianMs
    ? [
        `Even out response times: one task in twenty takes over ${duration(p95Ms)}, the median ${duration(medianMs)}; ` +
          `try fewer than ${slots} tasks at once, or hedge.`,
      ]
    : [];

const advisePromise: Rule = (_span, { p95Ms = 0 }, { sla }) =>
  sla?.max_latency_ms !== undefined && p95Ms > sla.max_latency_ms
    ? [
        `Correct the promised latency: ${duration(sla.max_latency_ms)} is promised, ` +
          `one task in twenty takes over ${duration(p95Ms)}.`,
      ]
    : [];

const adviseSkills: Rule = ({ skills, completed, failed }) =>
  skills
    .filter((skill) => skill.completed + skill.failed >= PROFILE.meaningfulTasksPerHour)
    .flatMap((skill) => {
      const others = completed + failed - skill.completed - skill.failed;
      const own = skill.completed / (skill.completed + skill.failed);
      const rest = others === 0 ? own : (completed - skill.completed) / others;
      return rest - own >= PROFILE.advice.skillGap
        ? [
            `Route '${skill.name}' to another agent: ` +
              `${percent(own)} of these tasks completed, ${percent(rest)} of the others.`,
          ]
        : [];
    });

const adviseCost: Rule = ({ cost, completedCost }) => {
  const wasted = cost > 0 ? 1 - completedCost / cost : 0;
  return wasted > PROFILE.advice.wastedCost
    ? [`Cut the cost of failure: ${percent(wasted)} of what the agent costs goes into tasks that fail.`]
    : [];
};

const adviseUptime: Rule = (_span, { uptime = 1 }) =>
  uptime < PROFILE.advice.uptime
    ? [`Add a second agent with the same capabilities: this one is up ${percent(uptime)} of the time.`]
    : [];

const adviseHours: Rule = (span) => [
  ...maintenanceWindows(span).map(
    ({ start, end }) => `Keep tasks away from ${start}-${end} UTC: the agent is usually down then.`,
  ),
  ...(peakHours(span).length > 0
    ? [`Prefer ${peakHours(span).join(", ")} UTC for large batches: the agent is fastest then.`]
    : []),
];

const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`;
const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`);
