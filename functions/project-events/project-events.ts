import { standingKey } from "../../shared/execution/store/projection-store.ts";
import type { StreamRow } from "../../shared/execution/store/stream-row.ts";
import { type Change, extendLog, type LogDeps } from "../../shared/execution/run/extend-log.ts";
import { eventsOfStream, type News, type StreamDeps } from "../../shared/execution/run/stream-events.ts";

/** What `projectEvents` stands on. */
export type ProjectEventsDeps = LogDeps & StreamDeps;

/**
 * Carries changes of the executions table on: events into the log of their execution, task states into its counters.
 *
 * Everything may arrive twice. Rows of one execution come in order (one partition, one shard), so the counters remember
 * the last sequence number that went into them and the log. A change from before that number is looked for in the log:
 * DynamoDB may split a hot execution over two shards, and what comes late must not be missing.
 */
export async function projectEvents(deps: ProjectEventsDeps, rows: readonly StreamRow[]): Promise<void> {
  const news = await eventsOfStream(deps, rows);
  const changes = news.filter(({ row, events }) => events.length > 0 || (row.kind === "task" && row.from !== row.to));
  const byExecution = Map.groupBy(changes, ({ row }) => standingKey(row));
  await Promise.all([...byExecution.values()].map((group) => project(deps, group)));
}

async function project(deps: ProjectEventsDeps, news: readonly News[]): Promise<void> {
  const [first] = news;
  if (first === undefined) return;
  const changes = news.map(({ row, events }): Change => {
    const { sequence, at } = row;
    // A row of an event may hold more than an event has, and the log keeps all of it.
    if (row.kind === "event") return { sequence, at, events: [row.row] };
    const told = events.map((event) => ({ ...event }));
    return row.kind === "head" ? { sequence, at, events: told } : { sequence, at, from: row.from, to: row.to, events: told };
  });
  await extendLog(deps, { tenant: first.row.tenant, execution: first.row.execution }, changes);
}
