import type { CountedEnd } from "../../shared/analytics/series.ts";
import type { EndedTask } from "../../shared/analytics/tally.ts";
import type { Execution } from "../../shared/execution/execution.ts";
import type { TaskTimes } from "./task-times.ts";

/** What the end of an execution's run counts for, with the tasks that were done since `learntRun`. */
export function countedEnd(execution: Execution, tasks: readonly TaskTimes[], learntRun: number): CountedEnd | undefined {
  const { status, completedAt, startedAt, submittedAt } = execution;
  if (status !== "completed" && status !== "failed" && status !== "cancelled") return undefined;
  const { tenant, workflowId, workflowVersion, pattern, sla } = execution;
  const run = {
    status,
    isViolated: (sla?.violations.length ?? 0) > 0,
    runMs: between(startedAt, completedAt),
    taskCount: execution.taskCount,
    queueMs: between(submittedAt, startedAt),
    tasks: tasks.filter((task) => task.run > learntRun).flatMap(endedTask),
  };
  return { tenant, workflowId, workflowVersion, pattern, endedAt: completedAt ?? submittedAt, run };
}

function endedTask({ state, agentId, attempt, retryBase = 0, dispatchedAt, settledAt }: TaskTimes): EndedTask[] {
  if (agentId === undefined || (state !== "completed" && state !== "failed")) return [];
  const attempts = Math.max(1, attempt - retryBase);
  return [{ agentId, isSuccess: state === "completed", attempts, milliseconds: between(dispatchedAt, settledAt) }];
}

/** Clocks of two machines may disagree: nothing takes less than no time. */
const between = (from: string | undefined, to: string | undefined): number =>
  from === undefined || to === undefined ? 0 : Math.max(0, Date.parse(to) - Date.parse(from));
