import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { loadOrigin, type Origins, standingKey } from "../../shared/execution/store/projection-store.ts";
import { StoreUnavailableError } from "../../shared/core/errors.ts";
import type { EventOrigin, StoredEvent } from "../../shared/execution/execution-events.ts";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";
import { type Change, extendLog, type LogDeps } from "../../shared/execution/run/extend-log.ts";
import { readTold } from "../../shared/execution/task/read-told.ts";
import { toEntry } from "./bus-entry.ts";
import type { StreamRow } from "./stream-row.ts";

/** What `projectEvents` stands on. */
export interface ProjectEventsDeps extends LogDeps {
  readonly origins: Origins;
  readonly bus: EventBridgeClient;
  readonly busName: string;
}

/** A change and its events, as the bus and the log take them. */
interface News {
  readonly row: StreamRow;
  readonly events: readonly StoredEvent[];
}

/**
 * Carries changes of the executions table on: events to the bus and into the log of their execution, task states into
 * its counters.
 *
 * Everything may arrive twice. Rows of one execution come in order (one partition, one shard), so the counters remember
 * the last sequence number that went into them and the log; consumers on the bus de-duplicate by `event_id`. A change
 * from before that number is looked for in the log: DynamoDB may split a hot execution over two shards, and what comes
 * late must not be missing.
 */
export async function projectEvents(deps: ProjectEventsDeps, rows: readonly StreamRow[]): Promise<void> {
  const origins = await originsOf(deps, rows);
  const news = rows.map((row): News => ({ row, events: eventsOf(row, origins.get(standingKey(row))) }));
  await publish(deps, news.flatMap(({ events }) => events));
  const changes = news.filter(({ row, events }) => events.length > 0 || (row.kind === "task" && row.from !== row.to));
  const byExecution = Map.groupBy(changes, ({ row }) => standingKey(row));
  await Promise.all([...byExecution.values()].map((group) => project(deps, group)));
}

/** Heads of the executions whose tasks told something: from an event that passed by, or their own rows. */
async function originsOf({ executions, origins }: ProjectEventsDeps, rows: readonly StreamRow[]): Promise<Map<string, EventOrigin>> {
  for (const row of rows) if (row.kind === "event") origins.set(standingKey(row), originOf(row.event));
  const wanted = new Map(rows.flatMap((row) => (row.kind === "task" && row.told.length > 0 ? [[standingKey(row), row] as const] : [])));
  const found = [...wanted].map(async ([key, name]) => {
    const origin = origins.get(key) ?? (await loadOrigin(executions, name));
    origins.set(key, origin);
    return [key, origin] as const;
  });
  return new Map(await Promise.all(found));
}

const originOf = ({ tenant, execution_id: executionId, workflow_id: workflowId, trace_id: traceId }: StoredEvent): EventOrigin => ({
  tenant,
  executionId,
  workflowId,
  traceId,
});

function eventsOf(row: StreamRow, origin: EventOrigin | undefined): readonly StoredEvent[] {
  if (row.kind === "event") return [row.event];
  return origin === undefined ? [] : row.told.flatMap((line) => readTold(origin, row.task, line)?.events ?? []);
}

async function publish(deps: ProjectEventsDeps, events: readonly StoredEvent[]): Promise<void> {
  const { entriesPerCall } = AWS_QUOTAS.eventBridge;
  const calls: Promise<void>[] = [];
  for (let start = 0; start < events.length; start += entriesPerCall) {
    calls.push(putEvents(deps, events.slice(start, start + entriesPerCall).map((event) => toEntry(deps.busName, event))));
  }
  await Promise.all(calls);
}

async function putEvents({ bus }: ProjectEventsDeps, entries: PutEventsRequestEntry[]): Promise<void> {
  const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries: entries }));
  if (FailedEntryCount > 0) throw new StoreUnavailableError(`${FailedEntryCount} events were not taken by the bus`);
}

async function project(deps: ProjectEventsDeps, news: readonly News[]): Promise<void> {
  const [first] = news;
  if (first === undefined) return;
  const changes = news.map(({ row, events }): Change => {
    const { sequence, at } = row;
    // A row of an event may hold more than an event has, and the log keeps all of it.
    if (row.kind === "event") return { sequence, at, events: [row.row] };
    return { sequence, at, from: row.from, to: row.to, events: events.map((event) => ({ ...event })) };
  });
  await extendLog(deps, { tenant: first.row.tenant, execution: first.row.execution }, changes);
}
