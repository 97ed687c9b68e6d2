import { LRUCache } from "lru-cache";
import { atMost } from "../../core/at-most.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Table } from "../../aws/query.ts";
import { figuresIn } from "../figures.ts";
import { WHOLE } from "../series.ts";
import { addTallies, type Tally } from "../tally.ts";
import { WINDOW_MS, windowOf } from "../windows.ts";
import { loadWindows } from "./aggregate-store.ts";
import { readSeries } from "./read-series.ts";

/** Minutes that are looked back on. */
const MINUTES = 15;
/** How old what was usual may be. */
const USUAL_MS = WINDOW_MS["1h"];
const WEEK_MS = 7 * WINDOW_MS["1d"];
/** Days whose costs say what is usual, and how many of them must be known. */
const COST_DAYS = 14;
const KNOWN_DAYS = 3;

/** What was usual at this hour; absent where too little is known. */
interface Usual {
  /** Of last week's attempts. */
  readonly p95Ms: number | undefined;
  /** Median of what the same hour cost. */
  readonly hourCost: number | undefined;
}

/** A tenant's last quarter of an hour by the minute, what its last hour cost, and what is usual. */
export interface LookBack {
  readonly minutes: ReadonlyMap<string, Tally>;
  readonly hourCost: number | undefined;
  readonly usual: Usual;
}

/** Looks back on tenants; what was usual is remembered for an hour. */
export function backLooker(control: Table): (tenant: string, now: number) => Promise<LookBack> {
  const remembered = new LRUCache<string, Usual>({ ...atMost(LIMITS.cachedTenants), ttl: USUAL_MS });
  const usualOf = async (tenant: string, now: number): Promise<Usual> => {
    const key = `${tenant} ${windowOf("1h", now)}`;
    const known = remembered.get(key) ?? (await readUsual(control, tenant, now));
    remembered.set(key, known);
    return known;
  };
  const windowsOf = (tenant: string, level: "1m" | "5m", from: number, to: number) =>
    loadWindows(control, { tenant, series: WHOLE, level, from: windowOf(level, from), to: windowOf(level, to) });
  return async (tenant, now) => {
    const [minutes, hour, usual] = await Promise.all([
      windowsOf(tenant, "1m", now - MINUTES * WINDOW_MS["1m"], now),
      windowsOf(tenant, "5m", now - WINDOW_MS["1h"], now),
      usualOf(tenant, now),
    ]);
    return { minutes, hourCost: figuresIn(addTallies([...hour.values()])).cost, usual };
  };
}

async function readUsual(control: Table, tenant: string, now: number): Promise<Usual> {
  const from = windowOf("1h", now - COST_DAYS * WINDOW_MS["1d"]);
  const to = windowOf("1h", now - WINDOW_MS["1h"]);
  const hours = [...(await readSeries(control, { tenant, series: WHOLE, level: "1h", from, to }, now))];
  const lastWeek = hours.flatMap(([hour, tally]) => (Date.parse(hour) >= now - WEEK_MS ? [tally] : []));
  const costs = hours.flatMap(([hour, tally]) => (isSameHour(hour, now) ? (figuresIn(tally).cost ?? []) : []));
  return {
    p95Ms: figuresIn(addTallies(lastWeek)).attemptP95Ms,
    hourCost: costs.length < KNOWN_DAYS ? undefined : medianOf(costs),
  };
}

/** Windows bear the time that they begin at. */
const isSameHour = (hour: string, now: number): boolean => hour.slice(11, 13) === windowOf("1h", now).slice(11, 13);

const medianOf = (values: readonly number[]): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
