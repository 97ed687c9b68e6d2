import * as z from "zod";
import { parseItemName } from "../task/for-each.ts";
import { ParkReason, QueueReason, type TaskRecord } from "../task/task-record.ts";

/** Why a task is not at work yet. `inputs`: outputs of other tasks are missing. */
export const WaitReason = z.enum([...QueueReason.options, ...ParkReason.options, "inputs"]);
export type WaitReason = z.infer<typeof WaitReason>;

/**
 * What a queued or parked task waits for. `until` is when it is looked at again, or when its wait is given up; without
 * it the wait lasts until what is waited for comes.
 */
export const WaitingView = z
  .object({
    reason: WaitReason,
    until: z.iso.datetime().optional(),
    /** Who could do it and what keeps each of them from it, in one sentence; where it waits for an agent. */
    because: z.string().optional(),
  })
  .meta({ id: "Waiting" });
export type WaitingView = z.infer<typeof WaitingView>;

/** What a task waits for as the API prints it; nothing when it does not wait, or only for its message to be read. */
export function viewWaiting(record: TaskRecord, because?: string): WaitingView | undefined {
  if (record.state === "parked") {
    const { reason = "inputs" as const, waitUntil } = record;
    return { reason, ...(waitUntil === undefined ? {} : { until: waitUntil }) };
  }
  if (record.state !== "queued") return undefined;
  if (record.wait !== undefined) return because === undefined ? record.wait : { ...record.wait, because };
  return record.notBefore === undefined ? undefined : { reason: "retry", until: record.notBefore };
}

/** What tasks wait for, by name, with the sentences `why` has of them. A task that runs as instances waits for what the first of them waits for. */
export function waitsByTask(records: Iterable<TaskRecord>, why: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, WaitingView> {
  const waits = new Map<string, WaitingView>();
  for (const record of records) {
    const waiting = viewWaiting(record, why.get(record.task));
    if (waiting === undefined) continue;
    waits.set(record.task, waiting);
    const group = parseItemName(record.task)?.group;
    if (group !== undefined && !waits.has(group)) waits.set(group, waiting);
  }
  return waits;
}
