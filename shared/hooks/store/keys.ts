import type { Key } from "../../aws/key.ts";

/** Every hook of a tenant, with what its runs came to, in the control table. */
export const hooksPartition = (tenant: string): string => `T#${tenant}#HOOKS`;

/** What the sort keys of hooks begin with. */
export const HOOK_PREFIX = "HOOK#";

/** One hook. */
export const hookKey = (tenant: string, id: string): Key => ({ pk: hooksPartition(tenant), sk: `${HOOK_PREFIX}${id}` });

/** A name that is taken. */
export const hookNameKey = (tenant: string, name: string): Key => ({ pk: hooksPartition(tenant), sk: `NAME#${name}` });

/** What the runs of a hook came to. */
export const hookStatsKey = (tenant: string, id: string): Key => ({ pk: hooksPartition(tenant), sk: `STATS#${id}` });

/** Says what a tenant has, so that functions which do without it read nothing else. */
export const tenantIndexKey = (tenant: string): Key => ({ pk: `T#${tenant}#INDEX`, sk: "CURRENT" });

/** One run of a hook. */
export const hookRunKey = (tenant: string, runId: string): Key => ({ pk: `T#${tenant}#HOOKRUN#${runId}`, sk: "RUN" });

/** Runs of one hook, as partition of the control index. */
export const runsOfHook = (tenant: string, id: string): string => `T#${tenant}#HOOK#${id}`;

/** Runs that failed after all attempts, with what they failed at. */
export const deadRunsPartition = (tenant: string): string => `T#${tenant}#HOOKDEAD`;

/** One of them. */
export const deadRunKey = (tenant: string, runId: string): Key => ({ pk: deadRunsPartition(tenant), sk: runId });

/** Who asked something first, by a digest of what was asked. */
export const cacheKey = (tenant: string, hash: string): Key => ({ pk: `T#${tenant}#CACHE#${hash}`, sk: "ASKED" });
