import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { chunksOf } from "../../shared/aws/chunks.ts";
import { StoreUnavailableError } from "../../shared/core/errors.ts";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";
import { eventsOfStream, type StreamDeps } from "../../shared/execution/run/stream-events.ts";
import type { StreamRow } from "../../shared/execution/store/stream-row.ts";
import { type AnnounceDeps, announceToHooks } from "../../shared/hooks/delivery/announce.ts";
import type { StoredEvent } from "../../shared/execution/new-event.ts";
import { CALLERS_NEWS } from "../../shared/endpoint/callers-news.ts";
import { toEntry } from "./bus-entry.ts";
import { type ListenerDeps, tellListeners } from "./tell-listeners.ts";

/** What `publishEvents` stands on. */
export interface PublishEventsDeps extends StreamDeps, AnnounceDeps, ListenerDeps {
  readonly bus: EventBridgeClient;
  readonly busName: string;
  /** Whether callers of a tenant have asked to be told how their tasks stand. */
  readonly hasCallers: (tenant: string) => Promise<boolean>;
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
  const entries = await entriesOf(deps, events);
  await Promise.all([
    ...chunksOf(entries, AWS_QUOTAS.eventBridge.entriesPerCall).map((chunk) => putEvents(deps, chunk)),
    announceToHooks(deps, events),
    tellListeners(deps, events),
  ]);
}

/** What callers may want to hear of says whether the tenant has such callers: a rule goes by that. */
async function entriesOf({ busName, hasCallers }: PublishEventsDeps, events: readonly StoredEvent[]): Promise<PutEventsRequestEntry[]> {
  const tenants = [...new Set(events.flatMap(({ type, tenant }) => (TOLD_TO_CALLERS.has(type) ? [tenant] : [])))];
  const calling = new Set<string>();
  for (const tenant of tenants) if (await hasCallers(tenant)) calling.add(tenant);
  return events.map((event) => toEntry(busName, event, TOLD_TO_CALLERS.has(event.type) && calling.has(event.tenant) ? { has_callers: true } : {}));
}

const TOLD_TO_CALLERS: ReadonlySet<string> = new Set(CALLERS_NEWS.map(({ type }) => type));

async function putEvents({ bus }: PublishEventsDeps, entries: readonly PutEventsRequestEntry[]): Promise<void> {
  const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries: [...entries] }));
  if (FailedEntryCount > 0) throw new StoreUnavailableError(`${FailedEntryCount} events were not taken by the bus`);
}
