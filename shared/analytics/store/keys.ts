import type { Key } from "../../aws/key.ts";
import type { Addition, Series } from "../series.ts";
import type { WindowLevel } from "../windows.ts";

const KINDS = { tenant: "T", workflow: "W", version: "V", agent: "A", pattern: "P" } as const;

/** A series within the keys of its tenant. */
export const seriesName = ({ kind, value }: Series): string => `${KINDS[kind]}#${value}`;

/** Windows of one length of one series, by their beginning. */
export const seriesPartition = (tenant: string, level: WindowLevel, series: Series): string =>
  `T#${tenant}#AGG#${level}#${seriesName(series)}`;

/** Counters of a tenant that never begin anew, by series. */
export const foreverPartition = (tenant: string): string => `T#${tenant}#AGG#forever`;

/** One window, or one counter. */
export const additionKey = (tenant: string, { series, level, window }: Omit<Addition, "tally">): Key =>
  level === "forever"
    ? { pk: foreverPartition(tenant), sk: seriesName(series) }
    : { pk: seriesPartition(tenant, level, series), sk: window };

/** Series of all tenants that have figures within an hour: what that hour is rolled up for. */
export const touchedPartition = (hour: string): string => `AGG#TOUCHED#${hour}`;
