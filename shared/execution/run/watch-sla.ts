import { allTasks } from "../store/execution-queries.ts";
import { commitExecution } from "../store/execution-store.ts";
import { type Ending, eventId, slaTold } from "../lifecycle/execution-transitions.ts";
import { newEvent, type NewEvent } from "../execution-events.ts";
import { hasSla, newsOf, type SlaNews, type SlaTask, targetTime, violationsOf } from "../service-level/sla.ts";
import { LIMITS } from "../../core/limits.ts";
import { type Execution, isFinished } from "../execution.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type Snapshot, type StatusSource, takeSnapshot } from "./snapshot.ts";

/** What a look at service levels came to. */
export interface SlaWatch {
  /** Executions of which something new was told. */
  readonly told: number;
  readonly failed: readonly { readonly executionId: string; readonly error: unknown }[];
}

/**
 * Looks at executions under way that promised something: tells of those that missed it, and of those that came to be at
 * risk or out of it. Whatever is past its deadline is looked at in every sweep until that is told; of the others
 * `LIMITS.slaPerSweep`, the next sweep at those after them.
 */
export async function watchSla(source: StatusSource, open: readonly Execution[]): Promise<SlaWatch> {
  const now = source.now().getTime();
  const watched = open.filter((execution) => hasSla(execution) && !isFinished(execution.status));
  const late = watched.filter((execution) => targetTime(execution) < now && !isLateTold(execution));
  const others = watched.filter((execution) => targetTime(execution) >= now);
  let told = 0;
  const failed: { executionId: string; error: unknown }[] = [];
  for (const { tenant, executionId } of [...late.slice(0, LIMITS.slaPerSweep), ...turnOf(others, now)]) {
    try {
      if (await tellNews(source, await takeSnapshot(source, tenant, executionId))) told += 1;
    } catch (error) {
      failed.push({ executionId, error });
    }
  }
  return { told, failed };
}

const isLateTold = ({ sla }: Execution): boolean => sla?.violations.some(({ kind }) => kind === "deadline") === true;

function turnOf(executions: readonly Execution[], now: number): readonly Execution[] {
  const { slaPerSweep: share } = LIMITS;
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

const violationEvents = (row: Execution, { violations }: SlaNews, at: string): NewEvent[] =>
  violations.map(({ kind, reason }) =>
    newEvent("sla.violated", { id: eventId(row, `sla_violated_${kind}`), at, facts: { kind, reason } }),
  );

/** What an execution's end says of its service level, to be told in the same transaction. */
export async function slaAtEnd(
  runtime: Pick<Runtime, "executions" | "plan">,
  execution: Execution,
  { to, at }: { to: Execution["status"]; at: string },
): Promise<Ending["sla"]> {
  const isLate = targetTime(execution) < Date.parse(at) && !isLateTold(execution);
  if (!isLate && execution.successRateThreshold === undefined) return undefined;
  const { plan } = await runtime.plan(execution.tenant, execution.plan);
  const records: SlaTask[] = [];
  const place = { tenant: execution.tenant, execution: execution.executionId };
  for await (const { task, state, dispatchedAt, settledAt, items } of allTasks(runtime.executions, place)) {
    records.push({ task, state, dispatchedAt, settledAt, items });
  }
  const violations = violationsOf({ terms: execution, status: to, at: Date.parse(at), planned: plan.tasks, records });
  const news = newsOf(execution.sla, { violations, probability: undefined, at });
  return news && { record: news.record, events: (row) => violationEvents(row, news, at) };
}
