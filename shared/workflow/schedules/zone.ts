import { present } from "../../core/present.ts";

/**
 * A wall clock of a time zone. Wall times are written as milliseconds since 1970 as if the clock stood in Greenwich.
 *
 * @example
 * ```ts
 * const berlin = zoneOf("Europe/Berlin");
 * berlin.instantOf(Date.UTC(2026, 2, 29, 2, 30)); // 2026-03-29T01:00Z: that day has no half past two
 * ```
 */
export interface Zone {
  /** What the clock shows at a moment. */
  wallOf(instant: number): number;
  /**
   * When the clock shows a time: the first time of two where it shows it twice, and the moment it is put forward where
   * it never does.
   */
  instantOf(wall: number): number;
}

const DAY_MS = 86_400_000;
const SECOND_MS = 1000;

/** Whether this is a time zone of the IANA database. */
export function isZone(name: string): boolean {
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

const formatterOf = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });

/** The clock of a time zone. @throws {RangeError} there is no such zone. */
export function zoneOf(name: string): Zone {
  const formatter = formatterOf(name);
  const wallOf = (instant: number): number => {
    const parts = new Map(formatter.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const [year, month, day, hour, minute, second] = (["year", "month", "day", "hour", "minute", "second"] as const).map((part) => present(parts.get(part)));
    return Date.UTC(present(year), present(month) - 1, day, hour, minute, second);
  };
  const offsetAt = (instant: number): number => wallOf(instant) - Math.floor(instant / SECOND_MS) * SECOND_MS;
  const instantOf = (wall: number): number => {
    const [before, after] = [offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)];
    const shown = [wall - before, wall - after].filter((instant) => wallOf(instant) === wall);
    return shown.length > 0 ? Math.min(...shown) : changeBetween(wall - DAY_MS, wall + DAY_MS, offsetAt);
  };
  return { wallOf, instantOf };
}

/** The moment at which the offset becomes what it is at the end. */
function changeBetween(from: number, to: number, offsetAt: (instant: number) => number): number {
  const wanted = offsetAt(to);
  let [low, high] = [from, to];
  while (high - low > SECOND_MS) {
    const middle = Math.floor((low + high) / 2 / SECOND_MS) * SECOND_MS;
    if (offsetAt(middle) === wanted) high = middle;
    else low = middle;
  }
  return high;
}
