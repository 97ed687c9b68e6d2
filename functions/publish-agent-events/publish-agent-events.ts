import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { StoreUnavailableError } from "../../shared/core/errors.ts";
import type { StoredAgentEvent } from "../../shared/agents/agent-events.ts";
import { EVENT_SOURCE } from "../../shared/events/envelope.ts";
import { type AnnounceDeps, announceToHooks } from "../../shared/hooks/delivery/announce.ts";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";

/** What `publishAgentEvents` stands on. */
export interface PublishDeps extends AnnounceDeps {
  readonly bus: EventBridgeClient;
  readonly busName: string;
}

/**
 * Carries events about agents from the table to the bus, and to the hooks that they match. Everything may be put twice:
 * consumers de-duplicate by `event_id`.
 *
 * @throws {StoreUnavailableError} the bus did not take some; the batch comes again.
 */
export async function publishAgentEvents(
  deps: PublishDeps,
  events: readonly StoredAgentEvent[],
): Promise<void> {
  const { bus, busName } = deps;
  const { entriesPerCall } = AWS_QUOTAS.eventBridge;
  for (let start = 0; start < events.length; start += entriesPerCall) {
    const Entries = events.slice(start, start + entriesPerCall).map((event) => toEntry(busName, event));
    const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries }));
    if (FailedEntryCount > 0) throw new StoreUnavailableError(`${FailedEntryCount} events were not taken by the bus`);
  }
  await announceToHooks(deps, events);
}

const toEntry = (busName: string, { type, facts, ...head }: StoredAgentEvent): PutEventsRequestEntry => ({
  EventBusName: busName,
  Source: EVENT_SOURCE,
  DetailType: type,
  Time: new Date(head.timestamp),
  Resources: [head.agent_id],
  Detail: JSON.stringify({ ...head, ...facts }),
});
