import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { StoreUnavailableError } from "../../shared/core/errors.ts";
import { AgentCircuitOpened, type StoredAgentEvent } from "../../shared/agents/agent-events.ts";
import { busNameOf } from "../../shared/events/bus-names.ts";
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

/** An event about an agent as it goes on the bus, under the name that the specification has for it. */
export const toEntry = (busName: string, { type, facts, ...head }: StoredAgentEvent): PutEventsRequestEntry => ({
  EventBusName: busName,
  Source: EVENT_SOURCE,
  DetailType: busNameOf(type),
  Time: new Date(head.timestamp),
  Resources: [head.agent_id],
  Detail: JSON.stringify({ ...head, ...facts, ...specified(type, head.agent_id, facts) }),
});

/** What the specification says of an opened breaker in words of its own (004 §4.5). */
const specified = (type: string, service: string, facts: StoredAgentEvent["facts"]): object =>
  type === AgentCircuitOpened.type ? { service, failure_count: facts["failures"] } : {};
