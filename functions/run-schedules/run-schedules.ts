import { chunksOf } from "../../shared/aws/chunks.ts";
import type { Table } from "../../shared/aws/query.ts";
import { AWS_QUOTAS } from "../../shared/core/limits.ts";
import { mapConcurrent } from "../../shared/core/map-concurrent.ts";
import { SCHEDULE_LIMITS } from "../../shared/workflow/schedules/limits.ts";
import type { LookOrder } from "../../shared/workflow/store/schedule-mail.ts";
import { looksBefore } from "../../shared/workflow/store/schedule-store.ts";

/** What a sweep stands on. */
export interface SweepDeps {
  readonly definitions: Table;
  readonly send: (orders: readonly LookOrder[]) => Promise<void>;
  readonly now: () => Date;
}

/**
 * Has schedules looked at that are due before the next sweep, each when it is due. What is asked for twice is done once.
 *
 * @returns how many looks were asked for.
 */
export async function sweepSchedules({ definitions, send, now }: SweepDeps): Promise<number> {
  const at = now().getTime();
  const orders: LookOrder[] = [];
  for await (const { tenant, schedule, at: due } of looksBefore(definitions, at + SCHEDULE_LIMITS.aheadSeconds * 1000)) {
    orders.push({ tenant, schedule, delaySeconds: Math.max(0, (due - at) / 1000) });
  }
  await mapConcurrent([...chunksOf(orders, AWS_QUOTAS.sqs.batchEntries)], SCHEDULE_LIMITS.sentAtOnce, send);
  return orders.length;
}
