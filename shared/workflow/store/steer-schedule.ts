import type { Table } from "../../aws/query.ts";
import { StoreUnavailableError } from "../../core/errors.ts";
import type { Schedule, Stamp } from "../schedules/schedule.ts";
import { loadSchedule, replaceSchedule } from "./schedule-store.ts";

const TRIES = 8;

/** Whose schedule, and who changes it when. */
export interface SteeredSchedule extends Stamp {
  readonly tenant: string;
  readonly id: string;
}

/**
 * Pauses or resumes a schedule, worked out anew when a tick came first.
 *
 * @throws {NotFoundError} this tenant has no such schedule.
 * @throws {ConflictError} it has ended.
 */
export async function steerSchedule(
  store: Table,
  { tenant, id, ...stamp }: SteeredSchedule,
  nextOf: (before: Schedule, stamp: Stamp) => Schedule,
): Promise<Schedule> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const seen = await loadSchedule(store, tenant, id);
    const next = nextOf(seen, stamp);
    if (next === seen || (await replaceSchedule(store, tenant, { seen, next, now: stamp.at.getTime() })) === "written") return next;
  }
  throw new StoreUnavailableError(`schedule '${id}' keeps changing`);
}
