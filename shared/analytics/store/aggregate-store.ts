import { LRUCache } from "lru-cache";
import * as z from "zod";
import { batchWrite } from "../../aws/batch-write.ts";
import type { Write } from "../../aws/group-commit.ts";
import { type Key, keyName } from "../../aws/key.ts";
import { query, type Row, type Table } from "../../aws/query.ts";
import { ANALYTICS_LIMITS } from "../limits.ts";
import type { Addition, Series } from "../series.ts";
import { addTallies, type Tally } from "../tally.ts";
import { WINDOW_MS, type WindowLevel, windowOf } from "../windows.ts";
import { additionKey, foreverPartition, seriesName, seriesPartition, touchedPartition } from "./keys.ts";
import { atMost } from "../../core/at-most.ts";

/** Additions of one tenant's ends. */
export interface TenantAdditions {
  readonly tenant: string;
  readonly additions: readonly Addition[];
}

const Numbers = z.record(z.string(), z.unknown()).transform((row): Tally => {
  const numbers = Object.entries(row).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return Object.fromEntries(numbers.filter(([name]) => name !== "expiresAt"));
});

const expiryOf = (level: WindowLevel, window: string): number =>
  Math.ceil((Date.parse(window) + WINDOW_MS[level]) / 1000) + ANALYTICS_LIMITS.keptSeconds[level];

/** Names of the rows that additions go to. */
export const rowsOf = ({ tenant, additions }: TenantAdditions): Set<string> =>
  new Set(additions.map((addition) => keyName(additionKey(tenant, addition))));

/** The writes that add to windows: one for each row, whatever is added to it. They belong in a transaction: a repeat must not count. */
export function additionWrites(TableName: string, { tenant, additions }: TenantAdditions): Write[] {
  const byRow = Map.groupBy(additions, (addition) => keyName(additionKey(tenant, addition)));
  return [...byRow.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [addWrite(TableName, tenant, { ...first, tally: addTallies(same.map(({ tally }) => tally)) })];
  });
}

function addWrite(TableName: string, tenant: string, addition: Addition): Write {
  const { level, window, tally } = addition;
  const entries = Object.entries(tally);
  const expires = level === "forever" ? {} : { "#x": "expiresAt" };
  return {
    Update: {
      TableName,
      Key: { ...additionKey(tenant, addition) },
      UpdateExpression: `${level === "forever" ? "" : "SET #x = :x "}ADD ${entries.map((_, index) => `#a${index} :a${index}`).join(", ")}`,
      ExpressionAttributeNames: { ...expires, ...Object.fromEntries(entries.map(([name], index) => [`#a${index}`, name])) },
      ExpressionAttributeValues: {
        ...(level === "forever" ? {} : { ":x": expiryOf(level, window) }),
        ...Object.fromEntries(entries.map(([, value], index) => [`:a${index}`, value])),
      },
    },
  };
}

/** Series of hours that a warm function has named already. */
export type NamedSeries = Pick<LRUCache<string, true>, "has" | "set">;

/** Remembers nothing yet. */
export const namedSeries = (): NamedSeries => new LRUCache<string, true>(atMost(ANALYTICS_LIMITS.rememberedSeries));

/** Names the series that additions are about, so that their hours are rolled up. Before the additions: none is forgotten. */
export async function nameSeries(store: Table, known: NamedSeries, { tenant, additions }: TenantAdditions): Promise<void> {
  const rows = new Map<string, Row & Key>();
  for (const { series, level, window } of additions) {
    if (level !== "5m") continue;
    const hour = windowOf("1h", Date.parse(window));
    const key = { pk: touchedPartition(hour), sk: `${tenant} ${seriesName(series)}` };
    if (!known.has(keyName(key))) rows.set(keyName(key), { ...key, tenant, ...series, expiresAt: expiryOf("1h", hour) });
  }
  await batchWrite(store.db, store.table, [...rows.values()].map((Item) => ({ PutRequest: { Item } })));
  for (const name of rows.keys()) known.set(name, true);
}

const Named = z.object({ tenant: z.string(), kind: z.enum(["tenant", "workflow", "version", "agent", "pattern"]), value: z.string() });

/** Series of all tenants with figures within an hour. */
export async function* seriesIn(store: Table, hour: string): AsyncGenerator<{ tenant: string; series: Series }> {
  const rows = query(store, { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": touchedPartition(hour) } });
  for await (const row of rows) {
    const { tenant, ...series } = Named.parse(row);
    yield { tenant, series };
  }
}

/** Where windows of a series are looked for: from one beginning to another, both included. */
export interface Stretch {
  readonly tenant: string;
  readonly series: Series;
  readonly level: WindowLevel;
  readonly from: string;
  readonly to: string;
}

/** Windows as they are stored, by their beginning; those in which nothing ended are missing. */
export async function loadWindows(store: Table, { tenant, series, level, from, to }: Stretch): Promise<Map<string, Tally>> {
  const found = new Map<string, Tally>();
  const rows = query(store, {
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
    ExpressionAttributeValues: { ":pk": seriesPartition(tenant, level, series), ":from": from, ":to": to },
  });
  for await (const row of rows) found.set(String(row["sk"]), Numbers.parse(row));
  return found;
}

/** Counters of a tenant that never begin anew, by pattern. */
export async function loadCounters(store: Table, tenant: string): Promise<Map<string, Tally>> {
  const found = new Map<string, Tally>();
  const rows = query(store, { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": foreverPartition(tenant) } });
  for await (const row of rows) found.set(String(row["sk"]).slice(2), Numbers.parse(row));
  return found;
}

/** Writes windows that were made from shorter ones; making them again writes the same. */
export async function saveWindows(store: Table, { tenant, series, level }: Omit<Stretch, "from" | "to">, windows: ReadonlyMap<string, Tally>) {
  const rows = [...windows].map(([window, tally]) => ({
    ...additionKey(tenant, { series, level, window }),
    ...tally,
    expiresAt: expiryOf(level, window),
  }));
  await batchWrite(store.db, store.table, rows.map((Item) => ({ PutRequest: { Item } })));
}
