import { ANALYTICS_LIMITS } from "../../shared/analytics/limits.ts";
import type { Series } from "../../shared/analytics/series.ts";
import { loadWindows, saveWindows, seriesIn } from "../../shared/analytics/store/aggregate-store.ts";
import { addedUp, lastPart } from "../../shared/analytics/store/read-series.ts";
import { WINDOW_MS, windowOf } from "../../shared/analytics/windows.ts";
import type { Table } from "../../shared/aws/query.ts";
import { mapConcurrent } from "../../shared/core/map-concurrent.ts";

/** Series of one tenant. */
interface Owned {
  readonly tenant: string;
  readonly series: Series;
}

/**
 * Makes windows of hours and days from shorter ones: of the hours that closed lately, and of the days they lie in. Each
 * is made anew from its parts, so an end that was told late is in it the next time, and doing it twice changes nothing.
 *
 * @returns how many windows were written.
 */
export async function rollUpAnalytics(store: Table, now: number): Promise<number> {
  const hours = Array.from({ length: ANALYTICS_LIMITS.reopenedHours }, (_, index) => windowOf("1h", now - (index + 1) * WINDOW_MS["1h"]));
  const touched = new Map<string, { owned: Owned; hours: string[] }>();
  for (const hour of hours.toSorted()) {
    for await (const owned of seriesIn(store, hour)) {
      const name = JSON.stringify([owned.tenant, owned.series.kind, owned.series.value]);
      const entry = touched.get(name) ?? { owned, hours: [] };
      entry.hours.push(hour);
      touched.set(name, entry);
    }
  }
  const counts = await mapConcurrent([...touched.values()], ANALYTICS_LIMITS.rolledAtOnce, ({ owned, hours: own }) => rollUp(store, owned, own));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function rollUp(store: Table, owned: Owned, hours: readonly string[]): Promise<number> {
  const [first, last] = [hours[0], hours.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const made = await make(store, owned, { level: "1h", from: first, to: last });
  const [firstDay, lastDay] = [first, last].map((hour) => windowOf("1d", Date.parse(hour)));
  return made + (await make(store, owned, { level: "1d", from: firstDay ?? first, to: lastDay ?? last }));
}

/** Windows from one beginning to another, both included, from their parts. */
async function make(store: Table, owned: Owned, { level, from, to }: { level: "1h" | "1d"; from: string; to: string }): Promise<number> {
  const parts = await loadWindows(store, { ...owned, level: level === "1h" ? "5m" : "1h", from, to: lastPart(level, to) });
  const windows = addedUp(level, parts);
  await saveWindows(store, { ...owned, level }, windows);
  return windows.size;
}
