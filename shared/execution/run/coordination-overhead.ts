import type { Execution } from "../execution.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { Snapshot } from "./snapshot.ts";
import { ownRows } from "./task-counts.ts";

type Span = readonly [from: number, to: number];

/**
 * Share of the running time, from 0 to 1, in which no agent was at work and nothing outside was waited for. What was
 * undone is outside of that time. Of an attempt before the last the rows do not tell when it was, so all the time from
 * the queue to the last attempt of a task that was tried again counts as accounted for.
 *
 * @returns nothing when rows do not tell: before the start, and after a restart, which forgets what was before.
 */
export function coordinationOverhead({ execution, view, tasks, now }: Pick<Snapshot, "execution" | "view" | "tasks" | "now">) {
  const undoRuns = execution.compensation === undefined && execution.pending?.compensate === undefined ? 0 : 1;
  if (execution.startedAt === undefined || execution.run - undoRuns > 1) return undefined;
  const own = ownRows(view.plan.tasks, tasks);
  const start = Date.parse(execution.startedAt);
  const end = undoRuns === 1 ? Math.max(start, ...own.flatMap(endOf)) : Date.parse(execution.completedAt ?? now.toISOString());
  if (end <= start) return undefined;
  const spans = [...own.flatMap((record) => accountedFor(record, end)), ...pausesOf(execution, end)];
  return Math.round((1 - coveredBy(spans, [start, end]) / (end - start)) * 1000) / 1000;
}

const endOf = ({ settledAt }: TaskRecord): number[] => (settledAt === undefined ? [] : [Date.parse(settledAt)]);

/** When a task was at work, or waited for something that is not coordination. */
function accountedFor(record: TaskRecord, end: number): Span[] {
  const { attempt, dispatchedAt, queuedAt, waitSince, settledAt } = record;
  const until = settledAt === undefined ? end : Date.parse(settledAt);
  const work: Span[] = dispatchedAt === undefined ? [] : [[Date.parse(dispatchedAt), until]];
  const isOutside = record.wait !== undefined || record.notBefore !== undefined || record.reason !== undefined;
  const waited = attempt > 1 || record.decision !== undefined || isOutside ? queuedAt : waitSince;
  return waited === undefined ? work : [...work, [Date.parse(waited), dispatchedAt === undefined ? until : Date.parse(dispatchedAt)]];
}

const pausesOf = ({ pauses = [], pausedAt }: Execution, end: number): Span[] => [
  ...pauses.map(({ from, to }): Span => [Date.parse(from), Date.parse(to)]),
  ...(pausedAt === undefined ? [] : [[Date.parse(pausedAt), end] as const]),
];

/** How much of `whole` lies in one of `spans` at least. */
function coveredBy(spans: readonly Span[], [start, end]: Span): number {
  let covered = 0;
  let until = start;
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    const last = Math.min(to, end);
    covered += Math.max(0, last - Math.max(from, until));
    until = Math.max(until, last);
  }
  return covered;
}
