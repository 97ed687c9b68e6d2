import { type CronFields, type Day, readCronFields } from "./cron-fields.ts";
import { isZone, type Zone, zoneOf } from "./zone.ts";

/** When a schedule is due. */
export interface ScheduleTimes {
  /** The first time after `after`, both in milliseconds since 1970; `undefined` when none comes. */
  next(after: number): number | undefined;
}

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
/** The last that a cron expression can name. */
const LAST_YEAR = 2199;

/** What times are reckoned by. */
export interface Reckoning {
  readonly timezone: string;
  /** What a rate counts from, in milliseconds since 1970. */
  readonly from: number;
}

/**
 * Reads `cron(…)`, `rate(…)` or `at(…)` as EventBridge Scheduler writes them. Times of cron and at are those of a wall
 * clock: one that it shows twice is due the first time, one that it never shows at the moment it is put forward.
 *
 * @throws {SyntaxError} says which part is wrong, and what to write.
 */
export function parseSchedule(expression: string, { timezone, from }: Reckoning): ScheduleTimes {
  if (!isZone(timezone)) throw new SyntaxError(`the time zone '${timezone}' does not exist: use a name such as Europe/Berlin`);
  const [, kind, argument = ""] = /^(rate|cron|at)\((.*)\)$/.exec(expression.trim()) ?? [];
  if (kind === "rate") return rate(argument, from);
  if (kind === "cron") return cron(readCronFields(argument), zoneOf(timezone));
  if (kind === "at") return at(argument, zoneOf(timezone));
  throw new SyntaxError(`'${expression}' is no schedule: write cron(0 9 ? * MON-FRI *), rate(5 minutes) or at(2027-01-31T09:00:00)`);
}

function rate(argument: string, from: number): ScheduleTimes {
  const [, digits = "", unit, plural] = /^([1-9]\d{0,5}) (minute|hour|day)(s?)$/.exec(argument) ?? [];
  const count = Number(digits);
  if ((unit !== "minute" && unit !== "hour" && unit !== "day") || (count === 1) !== (plural === "")) {
    throw new SyntaxError(`rate(${argument}) is no rate: write rate(1 minute), rate(12 hours) or rate(7 days)`);
  }
  const period = count * UNIT_MS[unit];
  return { next: (after) => (after < from ? from + period : from + (Math.floor((after - from) / period) + 1) * period) };
}

function at(argument: string, zone: Zone): ScheduleTimes {
  const wall = Date.parse(`${argument}Z`);
  const isWhole = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(argument);
  if (!isWhole || Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 19) !== argument) {
    throw new SyntaxError(`at(${argument}) is no time: write at(2027-01-31T09:00:00), in the schedule's time zone and without an offset`);
  }
  const time = zone.instantOf(wall);
  return { next: (after) => (time > after ? time : undefined) };
}

function cron(fields: CronFields, zone: Zone): ScheduleTimes {
  return {
    next: (after) => {
      const shown = zone.wallOf(after);
      // A day is gone through from its beginning: the clock may have shown some of its times already.
      for (const wall of wallTimes(fields, shown)) {
        const instant = wall > shown ? zone.instantOf(wall) : after;
        if (instant > after) return instant;
      }
      return undefined;
    },
  };
}

/** The times of a wall clock that fields allow, from the beginning of a day on. */
function* wallTimes({ minutes, hours, isDay }: CronFields, from: number): Generator<number> {
  let day = Math.floor(from / UNIT_MS.day) * UNIT_MS.day;
  for (; new Date(day).getUTCFullYear() <= LAST_YEAR; day += UNIT_MS.day) {
    if (!isDay(dayAt(day))) continue;
    for (const hour of hours) for (const minute of minutes) yield day + hour * UNIT_MS.hour + minute * UNIT_MS.minute;
  }
}

function dayAt(wall: number): Day {
  const date = new Date(wall);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const days = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return { year, month: month + 1, day: date.getUTCDate(), weekday: date.getUTCDay() + 1, days };
}
