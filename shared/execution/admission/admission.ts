import { type Execution, type ExecutionStatus, isFinished, type QueuePlace } from "../execution.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { Priority } from "../../workflow/definition/task-definition.ts";
import { present } from "../../core/present.ts";

/** How many executions may be under way, and how many may wait. */
export interface AdmissionLimits {
  /** Under way in all. */
  readonly total: number;
  /** Under way of one tenant. */
  readonly perTenant: number;
  /** Waiting, of one tenant. */
  readonly queue: number;
}

/** Executions under way by counter; what is not mentioned is 0. */
export type Occupancy = ReadonlyMap<number, number>;

/** What a decision about a tenant's execution rests on. */
export interface AdmissionSnapshot {
  readonly own: Occupancy;
  readonly all: Occupancy;
  /** Executions of the tenant that wait. */
  readonly waiting: number;
}

/** The part of a limit that one counter guards; all parts together are the limit. */
export function shareOf(limit: number, shard: number): number {
  const { slotShards: shards } = EXECUTION_LIMITS;
  return Math.floor(limit / shards) + (shard < limit % shards ? 1 : 0);
}

/** How many more a limit lets in. Counters above their share, after a limit was lowered, do not count against others. */
export function roomOf(occupancy: Occupancy, limit: number): number {
  let room = 0;
  for (let shard = 0; shard < EXECUTION_LIMITS.slotShards; shard += 1) room += Math.max(0, shareOf(limit, shard) - (occupancy.get(shard) ?? 0));
  return room;
}

/** Executions under way. */
export const sizeOf = (occupancy: Occupancy): number => [...occupancy.values()].reduce((sum, count) => sum + count, 0);

/**
 * A counter with room, drawn by the room it has, so that many who look at once spread out.
 *
 * @param draw one random number of [0, 1).
 */
export function freeShard(occupancy: Occupancy, limit: number, draw: number): number | undefined {
  let left = Math.floor(draw * roomOf(occupancy, limit));
  for (let shard = 0; shard < EXECUTION_LIMITS.slotShards; shard += 1) {
    const room = Math.max(0, shareOf(limit, shard) - (occupancy.get(shard) ?? 0));
    if (left < room) return shard;
    left -= room;
  }
  return undefined;
}

/** What becomes of an execution that arrives. */
export type Verdict = "start" | "wait" | "refuse";

/**
 * Starts what finds a slot and nobody before it, has the rest wait, and refuses what the queue has no place for: from
 * `limits.queue` on low priority (spec 000, `reject_low_priority`), from `EXECUTION_LIMITS.queueHeadroom` times that on all.
 */
export function judge({ own, all, waiting }: AdmissionSnapshot, limits: AdmissionLimits, priority: Priority): Verdict {
  if (waiting === 0 && roomOf(own, limits.perTenant) > 0 && roomOf(all, limits.total) > 0) return "start";
  const ceiling = priority === "low" ? limits.queue : limits.queue * EXECUTION_LIMITS.queueHeadroom;
  return waiting < ceiling ? "wait" : "refuse";
}

/** Sort key in a queue: most urgent first, then oldest. */
export const placeInQueue = (priority: Priority, submittedAt: string, execution: string): string =>
  `${Priority.options.length - 1 - Priority.options.indexOf(priority)}#${submittedAt}#${execution}`;

/**
 * Seconds until an execution starts that has so many before it: slots come free one after another, each once in a mean
 * duration.
 */
export const waitSeconds = (ahead: number, limits: AdmissionLimits, meanSeconds: number): number =>
  Math.ceil(((ahead + 1) * meanSeconds) / Math.max(1, Math.min(limits.perTenant, limits.total)));

/** Who waits where. */
export type Waiter = Pick<Execution, "tenant" | "executionId" | "priority" | "submittedAt">;

/** The place of an execution in its tenant's queue. */
export const placeOf = ({ executionId, priority, submittedAt }: Waiter): QueuePlace => ({
  key: placeInQueue(priority, submittedAt, executionId),
  shard: present(executionId.codePointAt(executionId.length - 1)) % EXECUTION_LIMITS.slotShards,
});

/** Where an execution stands, and whether it runs as a task. */
interface StandingHead {
  readonly status: ExecutionStatus;
  readonly parent?: Execution["parent"];
}

/**
 * The status that a move leads to: one that is over or waits holds no slot, so what would start it has it wait for one.
 * Executions that run as tasks share the slot of the one above them.
 */
export function statusOnEntry({ status, parent }: StandingHead, to: ExecutionStatus): ExecutionStatus {
  const holdsNone = isFinished(status) || status === "queued";
  return parent === undefined && holdsNone && !isFinished(to) ? "queued" : to;
}
