import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { WORKFLOW_LIMITS } from "../../workflow/limits.ts";
import { BusEvent } from "../bus-event.ts";
import { batchWrite } from "../../aws/batch-write.ts";
import { query, type Row } from "../../aws/query.ts";
import type { ExecutionStore, TaskRef } from "./execution-store.ts";
import type { Write } from "../../aws/group-commit.ts";
import { busEventKey, busPartition, waitKey, waitPartition } from "./keys.ts";

/**
 * Events and those who wait for them. Whoever has an event writes it first and looks for waits then; whoever waits
 * writes the wait first and looks for events then. Both read with strong consistency, so one of the two finds the other.
 */

/** A task that waits for an event. */
export const EventWait = z.object({
  tenant: z.string(),
  execution: z.string(),
  task: z.string(),
  pattern: z.record(z.string(), z.unknown()),
  /** Older events do not count. */
  since: z.iso.datetime(),
});
export type EventWait = z.infer<typeof EventWait>;

/** An event as its row has it: what strangers say in it is text, for a row holds fewer numbers and levels than JSON. */
const StoredEvent = BusEvent.extend({ detail: z.string().transform((text): unknown => JSON.parse(text)).pipe(BusEvent.shape.detail) });

/** Keeps events for those who look back. Twice is once. */
export async function saveBusEvents(store: ExecutionStore, tenant: string, events: readonly BusEvent[]): Promise<void> {
  const rows = events.map((event) => {
    const expiresAt = Math.ceil(Date.parse(event.time) / 1000) + WORKFLOW_LIMITS.eventLookBackSeconds;
    return { ...busEventKey(tenant, event), ...event, detail: JSON.stringify(event.detail), expiresAt };
  });
  // One batch must not name a row twice, and the queue may deliver twice.
  const unique = new Map(rows.map((row) => [`${row.pk} ${row.sk}`, row]));
  await batchWrite(store.db, store.table, [...unique.values()].map((Item) => ({ PutRequest: { Item } })));
}

/** A tenant's events from `since` to `until` (ISO 8601), oldest first. */
export async function* busEventsSince(
  store: ExecutionStore,
  tenant: string,
  { since, until }: { since: string; until: string },
): AsyncGenerator<BusEvent> {
  const hour = 3_600_000;
  for (let at = Math.floor(Date.parse(since) / hour) * hour; at <= Date.parse(until); at += hour) {
    const partition = busPartition(tenant, new Date(at).toISOString().slice(0, 13));
    for await (const row of rowsOf(store, partition, since)) yield StoredEvent.parse(row);
  }
}

/** The write that registers a wait, made together with the row that waits. */
export const waitWrite = (store: ExecutionStore, wait: EventWait): Write => ({
  Put: { TableName: store.table, Item: { ...waitKey(wait), ...wait } },
});

/** Everything that waits for events of a tenant. */
export async function* eventWaits(store: ExecutionStore, tenant: string): AsyncGenerator<EventWait> {
  for await (const row of rowsOf(store, waitPartition(tenant), "")) yield EventWait.parse(row);
}

/** Forgets a wait. */
export async function removeWait(store: ExecutionStore, ref: TaskRef): Promise<void> {
  await store.db.send(new DeleteCommand({ TableName: store.table, Key: { ...waitKey(ref) } }));
}

const rowsOf = (store: ExecutionStore, partition: string, from: string): AsyncGenerator<Row> =>
  query(store, {
    KeyConditionExpression: from === "" ? "pk = :pk" : "pk = :pk AND sk >= :from",
    ExpressionAttributeValues: { ":pk": partition, ...(from === "" ? {} : { ":from": from }) },
    ConsistentRead: true,
  });
