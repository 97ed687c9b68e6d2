import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { chunksOf } from "../../shared/core/chunks.ts";
import { StoreUnavailableError } from "../../shared/core/errors.ts";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";
import { mapConcurrent } from "../../shared/core/map-concurrent.ts";
import { eventsOfStream, type News, type StreamDeps } from "../../shared/execution/run/stream-events.ts";
import type { LiveBatch } from "../../shared/live/live-batch.ts";
import type { StreamRow } from "../../shared/execution/store/stream-row.ts";
import { toEntry } from "./bus-entry.ts";

/** What `publishEvents` stands on. */
export interface PublishEventsDeps extends StreamDeps {
  /** Whether anybody of a tenant listens over a WebSocket. */
  readonly hasListeners: (tenant: string) => Promise<boolean>;
  readonly tellListeners: (batch: LiveBatch) => Promise<void>;
  readonly bus: EventBridgeClient;
  readonly busName: string;
}

/**
 * Carries events of executions to the bus, and to those who listen. Everything may be put twice: consumers
 * de-duplicate by `event_id`.
 *
 * @throws {StoreUnavailableError} the bus did not take some; the batch comes again.
 */
export async function publishEvents(deps: PublishEventsDeps, rows: readonly StreamRow[]): Promise<void> {
  const news = await eventsOfStream(deps, rows);
  await tellListeners(deps, news);
  const entries = news.flatMap(({ events }) => events.map((event) => toEntry(deps.busName, event)));
  await Promise.all(chunksOf(entries, AWS_QUOTAS.eventBridge.entriesPerCall).map((chunk) => putEvents(deps, chunk)));
}

/** A batch per execution, in the order of the stream. */
async function tellListeners({ hasListeners, tellListeners: tell }: PublishEventsDeps, news: readonly News[]): Promise<void> {
  const groups = Map.groupBy(news.flatMap(({ events }) => events), ({ tenant, execution_id: id }) => `${tenant} ${id}`);
  await mapConcurrent([...groups.values()], LISTENED_AT_ONCE, async (events) => {
    const [first] = events;
    if (first === undefined || !(await hasListeners(first.tenant))) return;
    const { tenant, execution_id, workflow_id } = first;
    await tell({ tenant, execution_id, workflow_id, events });
  });
}

const LISTENED_AT_ONCE = 20;

async function putEvents({ bus }: PublishEventsDeps, entries: readonly PutEventsRequestEntry[]): Promise<void> {
  const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries: [...entries] }));
  if (FailedEntryCount > 0) throw new StoreUnavailableError(`${FailedEntryCount} events were not taken by the bus`);
}
