import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { WorkflowEventEmitted } from "../../shared/execution/task/task-events.ts";
import type { StoredEvent } from "../../shared/execution/new-event.ts";
import { busNameOf } from "../../shared/events/bus-names.ts";
import { EVENT_SOURCE, WORKFLOW_EVENT_SOURCE } from "../../shared/events/envelope.ts";

const Emitted = WorkflowEventEmitted.detail.pick({ detail_type: true, detail: true });

/**
 * An event as it goes on the bus: ours under the name that the specification has for it, one that a workflow emits in the workflow's words.
 *
 * @param more what is said of ours beside their facts.
 */
export function toEntry(busName: string, { type, facts, ...head }: StoredEvent, more: object = {}): PutEventsRequestEntry {
  const origin = { EventBusName: busName, Time: new Date(head.timestamp), Resources: [head.execution_id] };
  const emitted = type === WorkflowEventEmitted.type ? Emitted.safeParse(facts).data : undefined;
  if (emitted === undefined) return { ...origin, Source: EVENT_SOURCE, DetailType: busNameOf(type), Detail: JSON.stringify({ ...head, ...facts, ...more }) };
  // The tenant is ours to say, whatever the workflow says.
  const detail = { ...emitted.detail, event_id: head.event_id, execution_id: head.execution_id, tenant: head.tenant };
  return { ...origin, Source: WORKFLOW_EVENT_SOURCE, DetailType: emitted.detail_type, Detail: JSON.stringify(detail) };
}
