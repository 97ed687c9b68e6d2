import { type AdmissionLimits, shareOf, type Waiter } from "../admission/admission.ts";
import type { QueuePlace, Slot } from "../execution.ts";
import type { ExecutionTransition } from "../lifecycle/execution-transitions.ts";
import type { Write } from "../../aws/group-commit.ts";
import { queueKey, slotKey, waitingPartition } from "./keys.ts";
import { type Key } from "../../aws/key.ts";

/**
 * Slots and places in the queue, as writes of the transaction that moves an execution. Its row says which counters it is
 * counted in, so whoever is killed leaves either both changed or none, and nothing is counted twice.
 *
 * 1. An execution of its own, not one that runs as a task, holds a slot from its start to its end, paused or not.
 * 2. One that waits has a row in its tenant's queue exactly as long as its status is `queued`.
 */

const add = (table: string, key: Key, { name, by, below }: { name: string; by: number; below?: number }): Write => ({
  Update: {
    TableName: table,
    Key: { ...key },
    UpdateExpression: "ADD #count :by",
    ExpressionAttributeNames: { "#count": name },
    ...(below === undefined ? {} : { ConditionExpression: "attribute_not_exists(#count) OR #count < :below" }),
    ExpressionAttributeValues: { ":by": by, ...(below === undefined ? {} : { ":below": below }) },
  },
});

/** The writes that take a slot, void as soon as a limit is reached. */
export const takeSlot = (
  table: string,
  { tenant, slot, limits }: { tenant: string; slot: Slot; limits: AdmissionLimits },
): readonly Write[] => [
  add(table, slotKey(slot.own, tenant), { name: "running", by: 1, below: shareOf(limits.perTenant, slot.own) }),
  add(table, slotKey(slot.all), { name: "running", by: 1, below: shareOf(limits.total, slot.all) }),
];

const freeSlot = (table: string, tenant: string, slot: Slot): readonly Write[] => [
  add(table, slotKey(slot.own, tenant), { name: "running", by: -1 }),
  add(table, slotKey(slot.all), { name: "running", by: -1 }),
];

const rowKey = (tenant: string, { key }: QueuePlace): Key => ({ pk: waitingPartition(tenant), sk: key });

const joinQueue = (table: string, { tenant, executionId }: Waiter, place: QueuePlace): Write => ({
  Put: { TableName: table, Item: { ...rowKey(tenant, place), executionId } },
});
const leaveQueue = (table: string, tenant: string, place: QueuePlace): Write => ({
  Delete: { TableName: table, Key: { ...rowKey(tenant, place) } },
});
const countWaiting = (table: string, tenant: string, { shard }: QueuePlace, by: number): Write =>
  add(table, queueKey(tenant, shard), { name: "waiting", by });

/** The writes that put a new execution into its tenant's queue. */
export const enqueue = (table: string, waiter: Waiter, place: QueuePlace): readonly Write[] => [
  joinQueue(table, waiter, place),
  countWaiting(table, waiter.tenant, place, 1),
];

/**
 * What a transition means for the slot and the place that an execution has: one that loses its slot frees it, and a
 * place that is left, taken or changed is so in the queue. A slot that it gains is the mover's to take.
 */
export function placementWrites(table: string, { before, row }: Pick<ExecutionTransition, "before" | "row">): readonly Write[] {
  const { tenant, slot, queued } = before;
  const place = row.queued ?? queued;
  const stays = row.queued?.key === queued?.key;
  const change = (row.queued === undefined ? 0 : 1) - (queued === undefined ? 0 : 1);
  return [
    ...(slot === undefined || row.slot !== undefined ? [] : freeSlot(table, tenant, slot)),
    ...(stays || queued === undefined ? [] : [leaveQueue(table, tenant, queued)]),
    ...(stays || row.queued === undefined ? [] : [joinQueue(table, row, row.queued)]),
    ...(change === 0 || place === undefined ? [] : [countWaiting(table, tenant, place, change)]),
  ];
}
