import { ANALYTICS_LIMITS } from "../../shared/analytics/limits.ts";
import { type CountedEnd, OTHER_AGENTS } from "../../shared/analytics/series.ts";
import type { EndedTask, UsedByAgent } from "../../shared/analytics/tally.ts";
import { sumUsage, type Usage, withoutUsage } from "../../shared/core/usage.ts";
import type { Learnt } from "../../shared/execution/store/task-stats.ts";
import type { Execution } from "../../shared/execution/execution.ts";
import type { TaskTimes } from "./task-times.ts";

/** What the end of an execution's run counts for, with what was done and used since it was learnt from. */
export function countedEnd(execution: Execution, tasks: readonly TaskTimes[], learnt: Learnt): CountedEnd | undefined {
  const { status, completedAt, startedAt, submittedAt } = execution;
  if (status !== "completed" && status !== "failed" && status !== "cancelled") return undefined;
  const { tenant, workflowId, workflowVersion, pattern, sla } = execution;
  const run = {
    status,
    isViolated: (sla?.violations.length ?? 0) > 0,
    runMs: between(startedAt, completedAt),
    taskCount: execution.taskCount,
    queueMs: between(submittedAt, startedAt),
    tasks: tasks.filter((task) => task.run > learnt.run).flatMap(endedTask),
    used: usedSince(usedIn(tasks), learnt.used),
  };
  return { tenant, workflowId, workflowVersion, pattern, endedAt: completedAt ?? submittedAt, run };
}

/**
 * What the agents of an execution used so far: each task's counts for the agent that had it last. Of more agents than a row
 * should name, the last by their ids count as one.
 */
export function usedIn(tasks: readonly TaskTimes[]): UsedByAgent {
  const used = new Map<string, Usage>();
  for (const { agentId, usage, childUsage } of tasks) {
    const own = withoutUsage(usage, childUsage);
    const sum = agentId === undefined ? undefined : sumUsage([used.get(agentId), own]);
    if (agentId !== undefined && sum !== undefined) used.set(agentId, sum);
  }
  const named = [...used].sort(([a], [b]) => (a < b ? -1 : 1));
  const others = sumUsage(named.slice(ANALYTICS_LIMITS.agentsRemembered).map(([, each]) => each));
  return new Map([...named.slice(0, ANALYTICS_LIMITS.agentsRemembered), ...(others === undefined ? [] : [[OTHER_AGENTS, others] as const])]);
}

const usedSince = (used: UsedByAgent, before: UsedByAgent): UsedByAgent =>
  new Map([...used].map(([agent, sum]) => [agent, withoutUsage(sum, before.get(agent)) ?? {}]));

function endedTask({ state, agentId, attempt, retryBase = 0, dispatchedAt, settledAt }: TaskTimes): EndedTask[] {
  if (agentId === undefined || (state !== "completed" && state !== "failed")) return [];
  const attempts = Math.max(1, attempt - retryBase);
  return [{ agentId, isSuccess: state === "completed", attempts, milliseconds: between(dispatchedAt, settledAt) }];
}

/** Clocks of two machines may disagree: nothing takes less than no time. */
const between = (from: string | undefined, to: string | undefined): number =>
  from === undefined || to === undefined ? 0 : Math.max(0, Date.parse(to) - Date.parse(from));
