import { commitExecution } from "../store/execution-store.ts";
import { slaTold } from "../lifecycle/execution-transitions.ts";
import { eventId } from "../lifecycle/told-head.ts";
import { newEvent, type NewEvent } from "../new-event.ts";
import { hasSla, newsOf, type SlaNews, targetTime, violationsOf } from "../service-level/sla.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { type Execution, isFinished } from "../execution.ts";
import { type Snapshot, type StatusSource, takeSnapshot } from "./snapshot.ts";
import { isLateTold, violationEvents } from "./missed-service-level.ts";

/** What a look at service levels came to. */
export interface SlaWatch {
  /** Executions of which something new was told. */
  readonly told: number;
  readonly failed: readonly { readonly executionId: string; readonly error: unknown }[];
}

/**
 * Looks at executions under way that promised something: tells of those that missed it, and of those that came to be at
 * risk or out of it. Whatever is past its deadline is looked at in every sweep until that is told; of the others
 * `EXECUTION_LIMITS.slaPerSweep`, the next sweep at those after them.
 */
export async function watchSla(source: StatusSource, open: readonly Execution[]): Promise<SlaWatch> {
  const now = source.now().getTime();
  const watched = open.filter((execution) => hasSla(execution) && !isFinished(execution.status));
  const late = watched.filter((execution) => targetTime(execution) < now && !isLateTold(execution));
  const others = watched.filter((execution) => targetTime(execution) >= now);
  let told = 0;
  const failed: { executionId: string; error: unknown }[] = [];
  for (const { tenant, executionId } of [...late.slice(0, EXECUTION_LIMITS.slaPerSweep), ...pageOfMinute(others, now)]) {
    try {
      if (await tellNews(source, await takeSnapshot(source, tenant, executionId))) told += 1;
    } catch (error) {
      failed.push({ executionId, error });
    }
  }
  return { told, failed };
}

function pageOfMinute(executions: readonly Execution[], now: number): readonly Execution[] {
  const { slaPerSweep: share } = EXECUTION_LIMITS;
  const turns = Math.max(1, Math.ceil(executions.length / share));
  const turn = Math.floor(now / 60_000) % turns;
  return executions.slice(turn * share, (turn + 1) * share);
}

/** @returns whether there was anything new, and it was told here. */
async function tellNews(source: StatusSource, snapshot: Snapshot): Promise<boolean> {
  const { execution, now } = snapshot;
  if (isFinished(execution.status)) return false;
  const isOpen = snapshot.secondsLeft !== undefined && snapshot.secondsLeft >= 0;
  const probability = isOpen ? snapshot.outlook.successProbability : undefined;
  const news = newsOf(execution.sla, { violations: violationsIn(snapshot), probability, at: now.toISOString() });
  if (news === undefined) return false;
  const at = now.toISOString();
  const events = (row: Execution): NewEvent[] => [
    ...(news.isRiskNew && probability !== undefined ? [riskEvent(snapshot, { row, news, probability })] : []),
    ...violationEvents(row, news, at),
  ];
  const transition = slaTold(execution, { sla: news.record, events });
  return (await commitExecution(source.executions, { transition })) === "written";
}

/** What an execution missed so far. */
export function violationsIn({ execution, view, tasks, now }: Pick<Snapshot, "execution" | "view" | "tasks" | "now">) {
  const at = execution.completedAt === undefined ? now.getTime() : Date.parse(execution.completedAt);
  return violationsOf({ terms: execution, status: execution.status, at, planned: view.plan.tasks, records: [...tasks.values()] });
}

function riskEvent(
  { outlook, now }: Snapshot,
  { row, news, probability }: { row: Execution; news: SlaNews; probability: number },
): NewEvent {
  const facts = {
    is_at_risk: news.record.isAtRisk,
    success_probability: probability,
    expected_completion: new Date(now.getTime() + outlook.remainingSeconds * 1000).toISOString(),
    target_completion: new Date(targetTime(row)).toISOString(),
  };
  return newEvent("sla.at_risk", { id: eventId(row, "sla_risk"), at: now.toISOString(), facts });
}
