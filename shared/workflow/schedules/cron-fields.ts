import { present } from "../../core/present.ts";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of its values, from `min` on. */
  readonly names?: readonly string[];
}

const FIELDS = [
  { name: "minutes", min: 0, max: 59 },
  { name: "hours", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "day of week", min: 1, max: 7, names: WEEKDAYS },
  { name: "year", min: 1970, max: 2199 },
] as const satisfies readonly Field[];

/** A day of the calendar, whose `weekday` counts from 1 (Sunday). */
export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  /** How many days its month has. */
  readonly days: number;
}

/** What the six fields allow. */
export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly isDay: (day: Day) => boolean;
}

const refuse = (field: Field, value: string, remedy: string): never => {
  throw new SyntaxError(`the field ${field.name} is '${value}': ${remedy}`);
};

/**
 * Reads the six fields of a cron expression of EventBridge Scheduler.
 *
 * @throws {SyntaxError} names the field, its value and what to write instead.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export function readCronFields(text: string): CronFields {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) {
    const names = "minutes hours day-of-month month day-of-week year";
    throw new SyntaxError(`cron(${text}) has ${fields.length} fields: write six, as in cron(0 9 ? * MON-FRI *): ${names}`);
  }
  const [minutes, hours, day, month, weekday, year] = fields.map((field) => field.toUpperCase());
  if ((day === "?") === (weekday === "?")) {
    throw new SyntaxError(`day of month is '${day}' and day of week is '${weekday}': write ? in exactly one of them`);
  }
  const [isMonth, isYear] = [setOf(month, FIELDS[3]), setOf(year, FIELDS[5])];
  const [isDay, isWeekday] = [dayOfMonth(present(day)), dayOfWeek(present(weekday))];
  return {
    minutes: [...setOf(minutes, FIELDS[0])].sort((a, b) => a - b),
    hours: [...setOf(hours, FIELDS[1])].sort((a, b) => a - b),
    isDay: (one) => isYear.has(one.year) && isMonth.has(one.month) && isDay(one) && isWeekday(one),
  };
}

/** The values of a list of `n`, `n-m`, `*` and either with a step. */
function setOf(list: string | undefined, field: Field): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of present(list).split(",")) {
    const [, span, step = "1"] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(part) ?? refuse(field, present(list), remedyOf(field));
    const [first, last] = boundsOf(present(span), field, part.includes("/"));
    if (Number(step) === 0) refuse(field, part, "a step is at least 1");
    if (first > last) refuse(field, part, "write the smaller value first");
    for (let value = first; value <= last; value += Number(step)) values.add(value);
  }
  return values;
}

function boundsOf(span: string, field: Field, hasStep: boolean): [number, number] {
  if (span === "*") return [field.min, field.max];
  const [from = "", to] = span.split(/-(?=.)/);
  const first = numberOf(from, field);
  if (to !== undefined) return [first, numberOf(to, field)];
  return [first, hasStep ? field.max : first];
}

function numberOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text) ?? -1;
  const value = named >= 0 ? named + field.min : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= field.min && value <= field.max ? value : refuse(field, text, remedyOf(field));
}

const remedyOf = ({ min, max, names }: Field): string =>
  `use ${min} to ${max}${names === undefined ? "" : ` or ${present(names[0])} to ${present(names.at(-1))}`}, lists (a,b), ranges (a-b), steps (a/b) or *`;

/** Also `L`, `L-3`, `LW` and `15W`: the last day, the third before it, the last weekday, the weekday nearest to a day. */
function dayOfMonth(text: string): (day: Day) => boolean {
  if (text === "?") return () => true;
  const [, before = "0"] = /^L(?:-(\d{1,2}))?$/.exec(text) ?? [];
  if (text.startsWith("L") && text !== "LW") {
    if (!/^L(-([1-9]|[12]\d|30))?$/.test(text)) refuse(FIELDS[2], text, "write L, LW, or L-1 to L-30");
    return ({ day, days }) => day === days - Number(before);
  }
  if (text === "LW") return (one) => one.day === nearestWeekday(one, one.days);
  const [, near] = /^(\d{1,2})W$/.exec(text) ?? [];
  if (near !== undefined) {
    const wanted = numberOf(near, FIELDS[2]);
    return (one) => wanted <= one.days && one.day === nearestWeekday(one, wanted);
  }
  const days = setOf(text, FIELDS[2]);
  return ({ day }) => days.has(day);
}

/** The day from Monday to Friday that is nearest to a day of the same month, without leaving the month. */
function nearestWeekday({ day, weekday, days }: Day, wanted: number): number {
  const on = (((weekday - 1 + wanted - day) % 7) + 7) % 7;
  if (on === 6) return wanted === 1 ? 3 : wanted - 1;
  if (on === 0) return wanted === days ? wanted - 2 : wanted + 1;
  return wanted;
}

/** Also `3#2` (the second Tuesday), `6L` (the last Friday) and `L` (Saturday). */
function dayOfWeek(text: string): (day: Day) => boolean {
  if (text === "?") return () => true;
  if (text === "L") return ({ weekday }) => weekday === 7;
  const [, nthDay, nth] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  if (nthDay !== undefined) {
    const wanted = numberOf(nthDay, FIELDS[4]);
    return ({ day, weekday }) => weekday === wanted && Math.ceil(day / 7) === Number(nth);
  }
  const [, lastOf] = /^(\w{1,3})L$/.exec(text) ?? [];
  if (lastOf !== undefined) {
    const wanted = numberOf(lastOf, FIELDS[4]);
    return ({ day, weekday, days }) => weekday === wanted && day > days - 7;
  }
  const weekdays = setOf(text, FIELDS[4]);
  return ({ weekday }) => weekdays.has(weekday);
}
