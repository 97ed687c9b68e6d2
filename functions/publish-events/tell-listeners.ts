import { mapConcurrent } from "../../shared/core/map-concurrent.ts";
import type { StoredEvent } from "../../shared/execution/new-event.ts";
import type { LiveBatch } from "../../shared/execution/live/live-batch.ts";

/** What telling those who listen over a WebSocket stands on. */
export interface ListenerDeps {
  /** Whether anybody of a tenant listens. */
  readonly hasListeners: (tenant: string) => Promise<boolean>;
  readonly tellListeners: (batch: LiveBatch) => Promise<void>;
}

/** Executions at once. */
const AT_ONCE = 20;

/** Hands over a batch per execution, in the order of the events, where anybody of the tenant listens. */
export async function tellListeners(
  { hasListeners, tellListeners: tell }: ListenerDeps,
  events: readonly StoredEvent[],
): Promise<void> {
  const groups = Map.groupBy(events, ({ tenant, execution_id: id }) => `${tenant} ${id}`);
  await mapConcurrent([...groups.values()], AT_ONCE, async (batch) => {
    const [first] = batch;
    if (first === undefined || !(await hasListeners(first.tenant))) return;
    const { tenant, execution_id, workflow_id } = first;
    await tell({ tenant, execution_id, workflow_id, events: batch });
  });
}
