import { type AdmissionLimits, placeInQueue, shareOf } from "../admission/admission.ts";
import { LIMITS } from "../../core/limits.ts";
import { type Execution, type ExecutionStatus, isFinished, type QueuePlace, type Slot } from "../execution.ts";
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

/** Who waits where. */
export type Waiter = Pick<Execution, "tenant" | "executionId" | "priority" | "submittedAt">;

/** The place of an execution in its tenant's queue. */
export const placeOf = ({ executionId, priority, submittedAt }: Waiter): QueuePlace => ({
  key: placeInQueue(priority, submittedAt, executionId),
  shard: (executionId.codePointAt(executionId.length - 1) ?? 0) % LIMITS.slotShards,
});

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

/** What a move does to an execution's slot or place. */
export interface Placement {
  readonly set: Partial<Pick<Execution, "slot" | "queued">>;
  readonly writes: readonly Write[];
}

/**
 * What a move means for the slot and the place that an execution has: an end frees the slot, leaving `queued` the place,
 * entering it takes one, and another priority another one. A start's slot is the mover's to take.
 */
export function placementOf(
  table: string,
  execution: Execution,
  move: { readonly to: ExecutionStatus; readonly set?: { readonly priority?: Execution["priority"] | undefined } },
): Placement {
  const { tenant, slot, queued } = execution;
  const freed = slot !== undefined && (isFinished(move.to) || move.to === "queued");
  const waiter = { ...execution, priority: move.set?.priority ?? execution.priority };
  const next = move.to === "queued" ? placeOf(waiter) : undefined;
  const stays = next !== undefined && next.key === queued?.key;
  const change = stays ? 0 : (next === undefined ? 0 : 1) - (queued === undefined ? 0 : 1);
  const place = next ?? queued;
  return {
    set: { ...(freed ? { slot: undefined } : {}), ...(stays || place === undefined ? {} : { queued: next }) },
    writes: [
      ...(freed ? freeSlot(table, tenant, slot) : []),
      ...(stays || queued === undefined ? [] : [leaveQueue(table, tenant, queued)]),
      ...(stays || next === undefined ? [] : [joinQueue(table, waiter, next)]),
      ...(change === 0 || place === undefined ? [] : [countWaiting(table, tenant, place, change)]),
    ],
  };
}

/**
 * The status that a move leads to: one that is over or waits holds no slot, so what would start it has it wait for one.
 * Executions that run as tasks share the slot of the one above them.
 */
export function statusOnEntry({ status, parent }: Pick<Execution, "status" | "parent">, to: ExecutionStatus): ExecutionStatus {
  const holdsNone = isFinished(status) || status === "queued";
  return parent === undefined && holdsNone && !isFinished(to) ? "queued" : to;
}
