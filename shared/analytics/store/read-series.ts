import type { Table } from "../../aws/query.ts";
import { ANALYTICS_LIMITS } from "../limits.ts";
import { addTallies, type Tally } from "../tally.ts";
import { WINDOW_MS, type WindowLevel, windowOf } from "../windows.ts";
import { loadWindows, type Stretch } from "./aggregate-store.ts";

const PARTS = { "1h": "5m", "1d": "1h" } as const satisfies Partial<Readonly<Record<WindowLevel, WindowLevel>>>;

/**
 * Windows of a series, by their beginning; those in which nothing ended are missing. Hours and days that may still
 * change, or were not made yet, are added up from their parts.
 */
export async function readSeries(store: Table, stretch: Stretch, now: number): Promise<Map<string, Tally>> {
  const { level, from, to } = stretch;
  if (level === "1m" || level === "5m") return loadWindows(store, stretch);
  const open = windowOf(level, now - ANALYTICS_LIMITS.reopenedHours * WINDOW_MS["1h"]);
  if (to < open) return loadWindows(store, stretch);
  const [made, parts] = await Promise.all([
    from < open ? loadWindows(store, { ...stretch, to: windowOf(level, Date.parse(open) - 1) }) : new Map<string, Tally>(),
    readSeries(store, { ...stretch, level: PARTS[level], from: from < open ? open : from, to: lastPart(level, to) }, now),
  ]);
  return new Map([...made, ...addedUp(level, parts)]);
}

/** Windows that are made of shorter ones. */
export function addedUp(level: WindowLevel, parts: ReadonlyMap<string, Tally>): Map<string, Tally> {
  const groups = Map.groupBy(parts, ([window]) => windowOf(level, Date.parse(window)));
  return new Map([...groups].map(([window, own]) => [window, addTallies(own.map(([, tally]) => tally))]));
}

/** Beginning of the last part of a window. */
export const lastPart = (level: "1h" | "1d", window: string): string =>
  windowOf(PARTS[level], Date.parse(window) + WINDOW_MS[level] - 1);
