import { listTriggers, type DefinitionStore, type WorkflowTriggers } from "../../shared/workflow/store/definition-store.ts";
import { eventWaits, saveBusEvents } from "../../shared/execution/store/event-log.ts";
import { OrchestratorError } from "../../shared/core/errors.ts";
import { mapConcurrent } from "../../shared/core/map-concurrent.ts";
import { patternOf } from "../../shared/events/event-pattern.ts";
import type { EventSubmission } from "../../shared/execution/run/create-submitter.ts";
import { deliverEvent, isAwaited } from "../../shared/execution/attempt/deliver-event.ts";
import type { Runtime } from "../../shared/execution/runtime/runtime.ts";
import { type BusEvent, toEnvelope } from "../../shared/execution/bus-event.ts";
import { triggerInput } from "../../shared/execution/run/trigger-input.ts";
import type { EventTrigger } from "../../shared/workflow/definition/workflow-definition.ts";

/** What `receiveEvent` stands on. */
export interface ReceiveEventDeps extends Runtime {
  readonly definitions: DefinitionStore;
  readonly start: (wish: EventSubmission) => Promise<unknown>;
}

/** An event and whose it is. */
export interface TenantEvent {
  readonly tenant: string;
  readonly event: BusEvent;
}

/** Events of a batch that are taken in at once, each by itself, after it was refused as a whole. */
const AT_ONCE = 5;

/**
 * Takes a batch in. When that fails, each event is taken in by itself, so that one which can never be taken harms none of
 * its neighbours: what the others do a second time changes nothing.
 *
 * @returns those that failed, with the reason.
 */
export async function receiveBatch<Received extends TenantEvent>(
  deps: ReceiveEventDeps,
  received: readonly Received[],
): Promise<readonly { readonly failed: Received; readonly error: unknown }[]> {
  try {
    await receiveEvents(deps, received);
    return [];
  } catch (error) {
    if (received.length === 1) return received.map((failed) => ({ failed, error }));
  }
  const outcomes = await mapConcurrent(received, AT_ONCE, (one) => receiveBatch(deps, [one]));
  return outcomes.flat();
}

/**
 * Takes events in: kept for those who look back, handed to the tasks that wait for them, and to the workflows that
 * start with them. Those of one tenant share the reads. An event that comes twice does all of it once.
 */
export async function receiveEvents(deps: ReceiveEventDeps, received: readonly TenantEvent[]): Promise<void> {
  const byTenant = Map.groupBy(received, ({ tenant }) => tenant);
  await Promise.all([...byTenant].map(([tenant, own]) => receiveOf(deps, tenant, own.map(({ event }) => event))));
}

async function receiveOf(deps: ReceiveEventDeps, tenant: string, events: readonly BusEvent[]): Promise<void> {
  await saveBusEvents(deps.executions, tenant, events);
  for await (const wait of eventWaits(deps.executions, tenant)) {
    const event = events.find((one) => isAwaited(wait, one));
    if (event !== undefined) await deliverEvent(deps, wait, event);
  }
  for (const { workflow, triggers } of await listTriggers(deps.definitions, tenant)) {
    for (const event of events) {
      const envelope = toEnvelope(event);
      const trigger = triggers.find(({ pattern }) => patternOf(pattern)(envelope));
      if (trigger !== undefined) await startWorkflow(deps, { tenant, workflow, trigger, event });
    }
  }
}

interface Match {
  readonly tenant: string;
  readonly workflow: WorkflowTriggers["workflow"];
  readonly trigger: EventTrigger;
  readonly event: BusEvent;
}

/** A trigger that cannot be carried out for this event is logged: trying again would not help, and others may match. */
async function startWorkflow(deps: ReceiveEventDeps, { tenant, workflow, trigger, event }: Match): Promise<void> {
  try {
    await deps.start({ tenant, workflow, input: triggerInput(trigger.inputFrom, event), key: `event ${event.id}` });
  } catch (error) {
    if (!(error instanceof OrchestratorError) || error.recovery !== "fix-request") throw error;
    deps.logger.error("event does not start its workflow", { tenant, workflow, event: event.id, error });
  }
}
