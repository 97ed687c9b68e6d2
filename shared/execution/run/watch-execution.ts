import type { Engine, Mail, Stores } from "../runtime/runtime.ts";
import type { Clock } from "../runtime/clock.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { EXECUTION_TIMED_OUT, type ExecutionWatch } from "../messages.ts";
import type { Execution } from "../execution.ts";
import { hasSla, targetTime } from "../service-level/sla.ts";
import { slaTold } from "../lifecycle/execution-transitions.ts";
import { commitExecution, loadExecution } from "../store/execution-store.ts";
import { missedBy } from "./missed-service-level.ts";

/** Why a run whose time is over is stopped. */
export function timeOver({ executionTimeoutSeconds }: Execution): { error: string; cause: string } {
  const remedy = "raise execution_timeout_seconds or look at its slowest tasks";
  const cause = `the execution took longer than its limit of ${executionTimeoutSeconds} s; ${remedy}`;
  return { error: EXECUTION_TIMED_OUT, cause };
}

/** Has an execution looked at when its deadline or its service level comes due, in steps that SQS can delay. */
export async function watchExecutionLater(
  runtime: { readonly mail: Pick<Mail, "watchExecution"> } & Pick<Clock, "now">,
  execution: Execution,
): Promise<void> {
  if (execution.status !== "running") return;
  const now = runtime.now().getTime();
  const target = hasSla(execution) ? targetTime(execution) : Infinity;
  const due = Math.min(Date.parse(execution.deadlineAt), target > now ? target : Infinity);
  const seconds = Math.min(Math.max(1, Math.ceil((due - now) / 1000)), EXECUTION_LIMITS.longestDelaySeconds);
  const { tenant, executionId } = execution;
  await runtime.mail.watchExecution({ watched: { tenant, execution: executionId } }, seconds);
}

/**
 * Looks at an execution's deadline and service level. One that is paused, or over, is left: resuming watches it anew.
 * The sweep is the net behind these looks.
 */
export async function watchExecution(runtime: Stores & Engine & Clock, { watched }: ExecutionWatch): Promise<void> {
  const execution = await loadExecution(runtime.executions, watched.tenant, watched.execution);
  if (execution.status !== "running" || execution.compensation?.status === "running") return;
  if (Date.parse(execution.deadlineAt) <= runtime.now().getTime()) {
    await runtime.stopRun(execution, timeOver(execution));
    return;
  }
  await watchExecutionLater(runtime, (await tellLate(runtime, execution)) ?? execution);
}

/** Tells, once, that an execution is later than it promised. @returns its head as it is then. */
async function tellLate(runtime: Stores & Clock, execution: Execution): Promise<Execution | undefined> {
  const now = runtime.now();
  if (!hasSla(execution) || targetTime(execution) > now.getTime()) return undefined;
  const news = await missedBy(runtime, execution, { to: execution.status, at: now.toISOString() });
  if (news === undefined) return undefined;
  const transition = slaTold(execution, { sla: news.record, events: news.events });
  return (await commitExecution(runtime.executions, { transition })) === "written" ? transition.row : undefined;
}
