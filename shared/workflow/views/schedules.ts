import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import { nextTicks, Schedule } from "../schedules/schedule.ts";

/** A schedule with its last runs, the newest first, and its next ticks. */
export const ScheduleView = Schedule.omit({ execution_id: true, revision: true }).extend({ next_runs: z.array(z.iso.datetime()) }).meta({ id: "Schedule" });
export type ScheduleView = z.output<typeof ScheduleView>;

/** A tenant's schedules. */
export const SchedulePage = z.object({ schedules: z.array(ScheduleView), next_cursor: NextCursor }).meta({ id: "SchedulePage" });

/** A schedule as the API shows it. */
export function viewSchedule(schedule: Schedule): ScheduleView {
  const { execution_id: _, revision: __, ...shown } = schedule;
  return { ...shown, next_runs: [...nextTicks(schedule)] };
}
