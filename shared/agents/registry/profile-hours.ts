import { PROFILE } from "../limits.ts";
import type { MaintenanceWindow } from "../views/agent-profiles.ts";
import type { ProfileSpan } from "./profile-span.ts";
import { present } from "../../core/present.ts";

/** Hours of the day in which a busy second completes clearly more than on average: `09:00-12:00`, UTC. */
export function peakHours({ completed, totalMs, hours }: ProfileSpan): string[] {
  const usual = completed / Math.max(1, totalMs);
  const isPeak = hours.completed.map((done, hour) => {
    const tasks = done + present(hours.failed[hour]);
    const rate = done / Math.max(1, present(hours.ms[hour]));
    return tasks >= PROFILE.meaningfulTasksPerHour && done > 0 && rate >= PROFILE.peakFactor * usual;
  });
  return runsOf(isPeak).map(({ start, end }) => `${clock(start)}-${clock(end)}`);
}

/** Hours of the day, UTC, in which the agent is mostly down although it is up otherwise. */
export function maintenanceWindows({ hours: { upSeconds, watchedSeconds } }: ProfileSpan): MaintenanceWindow[] {
  const isDown = upSeconds.map((up, hour) => {
    const watched = present(watchedSeconds[hour]);
    return watched >= PROFILE.meaningfulWatchSeconds && up < PROFILE.maintenanceBelow * watched;
  });
  const outside = availability(upSeconds, watchedSeconds, (hour) => isDown[hour] !== true);
  const hoursDown = isDown.filter(Boolean).length;
  if (outside < PROFILE.maintenanceOtherwise || hoursDown > PROFILE.maintenanceHours) return [];
  return runsOf(isDown).map(({ start, end }) => ({
    start: clock(start),
    end: clock(end),
    availability: Number(availability(upSeconds, watchedSeconds, (hour) => hour >= start && hour < end).toFixed(4)),
  }));
}

/** Stretches of `true`, `end` excluded. A stretch over midnight is two. */
function runsOf(marks: readonly boolean[]): { start: number; end: number }[] {
  const starts = [...marks.keys()].filter((hour) => marks[hour] === true && marks[hour - 1] !== true);
  return starts.map((start) => {
    const length = marks.slice(start).indexOf(false);
    return { start, end: length === -1 ? marks.length : start + length };
  });
}

function availability(up: readonly number[], watched: readonly number[], counts: (hour: number) => boolean): number {
  const total = (values: readonly number[]): number =>
    values.reduce((sum, value, hour) => (counts(hour) ? sum + value : sum), 0);
  const seen = total(watched);
  return seen === 0 ? 0 : total(up) / seen;
}

const clock = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;
