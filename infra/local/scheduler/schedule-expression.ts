/** When a schedule fires. */
export interface ScheduleTimes {
  /** The first time after `after` (milliseconds since 1970); `undefined` when there is none. */
  next(after: number): number | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const MINUTE_MS = 60_000;
// A cron expression that matches no minute of four years and a day (29 February included) never fires.
const HORIZON_MS = 1462 * 86_400_000;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/**
 * Reads `rate(…)`, `cron(…)` or `at(…)`; times are UTC.
 *
 * @param startedAt - what a rate counts from, in milliseconds since 1970.
 * @throws {SyntaxError} it is none of them.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function parseSchedule(expression: string, startedAt: number): ScheduleTimes {
  const [, kind, argument = ""] = /^(rate|cron|at)\((.+)\)$/.exec(expression.trim()) ?? [];
  if (kind === "rate") return rate(argument, startedAt);
  if (kind === "cron") return cron(argument);
  if (kind === "at") return at(argument);
  throw new SyntaxError(`'${expression}' is not a schedule expression`);
}

function rate(argument: string, startedAt: number): ScheduleTimes {
  const [, count, unit = ""] = /^(\d+) (minute|hour|day)s?$/.exec(argument) ?? [];
  const period = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (!(period > 0)) throw new SyntaxError(`'rate(${argument})' is not a rate`);
  return { next: (after) => startedAt + (Math.floor((after - startedAt) / period) + 1) * period };
}

function at(argument: string): ScheduleTimes {
  const time = Date.parse(`${argument}Z`);
  if (Number.isNaN(time)) throw new SyntaxError(`'at(${argument})' is not a time`);
  return { next: (after) => (time > after ? time : undefined) };
}

type Matcher = (date: Date) => boolean;

function cron(argument: string): ScheduleTimes {
  const fields = argument.split(/\s+/);
  const [minute = "", hour = "", day = "", month = "", weekday = "", year = "*"] = fields;
  if (fields.length < 5 || fields.length > 6) throw new SyntaxError(`'cron(${argument})' needs six fields`);
  const isMinute = values(minute, { min: 0, max: 59 });
  const isHour = values(hour, { min: 0, max: 23 });
  const isMonth = values(month, { min: 1, max: 12, names: MONTHS });
  const isYear = values(year, { min: 1970, max: 2199 });
  const [isDay, isWeekday] = [dayOfMonth(day), dayOfWeek(weekday)];
  const matchesDay: Matcher = (date) =>
    isYear(date.getUTCFullYear()) && isMonth(date.getUTCMonth() + 1) && isDay(date) && isWeekday(date);
  return { next: (after) => search(after, { matchesDay, isHour, isMinute }) };
}

interface CronFields {
  readonly matchesDay: Matcher;
  readonly isHour: (value: number) => boolean;
  readonly isMinute: (value: number) => boolean;
}

function search(after: number, { matchesDay, isHour, isMinute }: CronFields): number | undefined {
  let time = (Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS;
  while (time < after + HORIZON_MS) {
    const date = new Date(time);
    if (!matchesDay(date)) time = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
    else if (!isHour(date.getUTCHours())) time = (Math.floor(time / 3_600_000) + 1) * 3_600_000;
    else if (!isMinute(date.getUTCMinutes())) time += MINUTE_MS;
    else return time;
  }
  return undefined;
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

function values(field: string, range: Range): (value: number) => boolean {
  if (field === "*" || field === "?") return () => true;
  const allowed = new Set<number>();
  for (const part of field.split(",")) {
    const [span = "", step] = part.split("/");
    const [from = "", to] = span.split("-");
    const first = from === "*" ? range.min : toNumber(from, range);
    const last = to !== undefined ? toNumber(to, range) : step !== undefined || from === "*" ? range.max : first;
    for (let value = first; value <= last; value += Number(step ?? 1)) allowed.add(value);
  }
  return (value) => allowed.has(value);
}

function toNumber(text: string, { min, max, names }: Range): number {
  const named = names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + (names === MONTHS ? 1 : min) : Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw new SyntaxError(`'${text}' is not a cron value`);
  return value;
}

const lastDay = (date: Date): number =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

function dayOfMonth(field: string): Matcher {
  if (field === "L") return (date) => date.getUTCDate() === lastDay(date);
  const isDay = values(field, { min: 1, max: 31 });
  return (date) => isDay(date.getUTCDate());
}

/** Weekdays are 1 (Sunday) to 7; `3#2` is the second Tuesday, `6L` the last Friday of the month. */
function dayOfWeek(field: string): Matcher {
  const [, nthDay, nth] = /^(\w+)#(\d)$/.exec(field) ?? [];
  const [, lastOf] = /^(\d)L$/.exec(field) ?? [];
  const isWeekday = values(nthDay ?? lastOf ?? field, { min: 1, max: 7, names: WEEKDAYS });
  return (date) => {
    if (!isWeekday(date.getUTCDay() + 1)) return false;
    if (nth !== undefined) return Math.ceil(date.getUTCDate() / 7) === Number(nth);
    return lastOf === undefined || date.getUTCDate() > lastDay(date) - 7;
  };
}
