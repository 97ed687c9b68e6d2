import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { chunksOf } from "../../shared/aws/chunks.ts";
import { StoreUnavailableError } from "../../shared/core/errors.ts";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";
import { eventsOfStream, type StreamDeps } from "../../shared/execution/run/stream-events.ts";
import type { StreamRow } from "../../shared/execution/store/stream-row.ts";
import { type AnnounceDeps, announceToHooks } from "../../shared/hooks/delivery/announce.ts";
import { toEntry } from "./bus-entry.ts";
import { type ListenerDeps, tellListeners } from "./tell-listeners.ts";

/** What `publishEvents` stands on. */
export interface PublishEventsDeps extends StreamDeps, AnnounceDeps, ListenerDeps {
  readonly bus: EventBridgeClient;
  readonly busName: string;
}

/**
 * Carries events of executions to the bus, to the hooks that they match and to those who listen over a WebSocket.
 * Everything may be put twice: consumers de-duplicate by `event_id`.
 *
 * @throws {StoreUnavailableError} bus or queue did not take some; the batch comes again.
 */
export async function publishEvents(deps: PublishEventsDeps, rows: readonly StreamRow[]): Promise<void> {
  const news = await eventsOfStream(deps, rows);
  const events = news.flatMap((each) => each.events);
  const entries = events.map((event) => toEntry(deps.busName, event));
  await Promise.all([
    ...chunksOf(entries, AWS_QUOTAS.eventBridge.entriesPerCall).map((chunk) => putEvents(deps, chunk)),
    announceToHooks(deps, events),
    tellListeners(deps, events),
  ]);
}

async function putEvents({ bus }: PublishEventsDeps, entries: readonly PutEventsRequestEntry[]): Promise<void> {
  const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries: [...entries] }));
  if (FailedEntryCount > 0) throw new StoreUnavailableError(`${FailedEntryCount} events were not taken by the bus`);
}
