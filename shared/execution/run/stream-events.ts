import type { EventOrigin, StoredEvent } from "../new-event.ts";
import type { ExecutionStore } from "../store/execution-store.ts";
import { loadOrigin, type Origins, standingKey } from "../store/projection-store.ts";
import type { StreamRow } from "../store/stream-row.ts";
import { readToldOfHead } from "../lifecycle/told-head.ts";
import { readTold } from "../task/read-told.ts";

/** What `eventsOfStream` stands on. */
export interface StreamDeps {
  readonly executions: ExecutionStore;
  readonly origins: Origins;
}

/** A change of the executions table, and what it tells. */
export interface News {
  readonly row: StreamRow;
  readonly events: readonly StoredEvent[];
}

/** What changes of the executions table tell, in the order of the stream. Heads are put together once per execution. */
export async function eventsOfStream(deps: StreamDeps, rows: readonly StreamRow[]): Promise<readonly News[]> {
  const origins = await originsOf(deps, rows);
  return rows.map((row) => ({ row, events: eventsOf(row, origins.get(standingKey(row))) }));
}

/** Heads of the executions whose tasks told something: from an event or a head that passed by, or their own rows. */
async function originsOf({ executions, origins }: StreamDeps, rows: readonly StreamRow[]): Promise<Map<string, EventOrigin>> {
  for (const row of rows) if (row.kind !== "task") origins.set(standingKey(row), row.kind === "event" ? originOf(row.event) : row.origin);
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
  if (row.kind === "head") return row.told.flatMap((line) => readToldOfHead(row.origin, line)?.events ?? []);
  return origin === undefined ? [] : row.told.flatMap((line) => readTold(origin, row.task, line)?.events ?? []);
}
