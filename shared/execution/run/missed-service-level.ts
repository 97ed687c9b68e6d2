import type { Stores } from "../runtime/runtime.ts";
import { newEvent, type NewEvent } from "../new-event.ts";
import type { Execution } from "../execution.ts";
import type { Ending } from "../lifecycle/execution-transitions.ts";
import { eventId } from "../lifecycle/told-head.ts";
import { newsOf, type SlaNews, type SlaTask, targetTime, violationsOf } from "../service-level/sla.ts";
import { allTasks } from "../store/execution-queries.ts";

/** Whether it was told that an execution missed its deadline. */
export const isLateTold = ({ sla }: Execution): boolean => sla?.violations.some(({ kind }) => kind === "deadline") === true;

/** What is told of each part of a service level that was missed. */
export const violationEvents = (row: Execution, { violations }: SlaNews, at: string): NewEvent[] =>
  violations.map(({ kind, reason }) =>
    newEvent("sla.violated", { id: eventId(row, `sla_violated_${kind}`), at, facts: { kind, reason } }),
  );

/** What an execution has missed of its service level and is not told yet. */
export async function missedBy(
  runtime: Pick<Stores, "executions" | "plan">,
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
