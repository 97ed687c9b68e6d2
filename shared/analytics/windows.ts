import * as z from "zod";

/** How long a window of figures is. */
export const WindowLevel = z.enum(["1m", "5m", "1h", "1d"]);
export type WindowLevel = z.infer<typeof WindowLevel>;

/** Length of a window in milliseconds, by level. */
export const WINDOW_MS: Readonly<Record<WindowLevel, number>> = { "1m": 60_000, "5m": 300_000, "1h": 3_600_000, "1d": 86_400_000 };

/** Beginning of the window that a moment lies in; windows begin at full minutes, hours and days of UTC. */
export const windowOf = (level: WindowLevel, at: number): string =>
  new Date(Math.floor(at / WINDOW_MS[level]) * WINDOW_MS[level]).toISOString();

/** Beginnings of all windows from `from` to `to`, both included. */
export function windowsBetween(level: WindowLevel, from: number, to: number): string[] {
  const first = Date.parse(windowOf(level, from));
  const count = Math.floor((to - first) / WINDOW_MS[level]) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => new Date(first + index * WINDOW_MS[level]).toISOString());
}

/** Periods with a name, and the windows that they are shown in unless others are asked for. */
const NAMED = {
  last_1_hour: { milliseconds: 3_600_000, level: "1m" },
  last_24_hours: { milliseconds: 86_400_000, level: "5m" },
  last_7_days: { milliseconds: 7 * 86_400_000, level: "1h" },
  last_30_days: { milliseconds: 30 * 86_400_000, level: "1h" },
  last_90_days: { milliseconds: 90 * 86_400_000, level: "1d" },
} as const satisfies Readonly<Record<string, { milliseconds: number; level: WindowLevel }>>;

/** Names of periods. */
export const PERIODS = Object.keys(NAMED);

/** A stretch of time, and the windows that show it best. */
export interface Period {
  readonly from: number;
  readonly to: number;
  readonly level: WindowLevel;
}

/** Reads a period: a name, or `<from>/<to>` as ISO 8601 with an offset. Nothing for what is neither. */
export function periodOf(text: string, now: number): Period | undefined {
  const named = Object.entries(NAMED).find(([name]) => name === text)?.[1];
  if (named !== undefined) return { from: now - named.milliseconds, to: now, level: named.level };
  const [from, to, ...more] = text.split("/").map((part) => (Time.safeParse(part).success ? Date.parse(part) : Number.NaN));
  if (from === undefined || to === undefined || more.length > 0 || !(from < to)) return undefined;
  const level = WindowLevel.options.find((each) => (to - from) / WINDOW_MS[each] <= 720) ?? "1d";
  return { from, to, level };
}

const Time = z.iso.datetime({ offset: true });
