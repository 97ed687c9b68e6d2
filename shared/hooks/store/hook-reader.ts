import { LRUCache } from "lru-cache";
import type { Key } from "../../aws/key.ts";
import type { Row, Table } from "../../aws/query.ts";
import { LIMITS } from "../../core/limits.ts";
import { compileHooks, type HookMatcher } from "../hook-matcher.ts";
import { HOOK_LIMITS } from "../limits.ts";
import type { HookTrigger } from "../trigger.ts";
import { HookIndex, listHooks, loadHookIndex } from "./hook-store.ts";
import { tenantIndexKey } from "./keys.ts";

/** A tenant's hooks as a warm function sees them. */
export interface HookView {
  /** Whether there are enabled hooks of a trigger at all. */
  has(trigger: HookTrigger): boolean;
  /** All of them, compiled; read when first asked for, and again when they have changed. */
  matcher(): Promise<HookMatcher>;
}

/** A tenant's hooks, at most `HOOK_LIMITS.viewSeconds` old. */
export type HookReader = (tenant: string) => Promise<HookView>;

/** What index rows say that were read along with something else. */
export interface HeardIndexes {
  readonly keyOf: (tenant: string) => Key;
  readonly hear: (tenant: string, row: Row | undefined) => void;
  readonly known: (tenant: string) => HookIndex | undefined;
}

/** An empty memory of index rows. */
export function heardIndexes(): HeardIndexes {
  const heard = new LRUCache<string, HookIndex>({ max: LIMITS.cachedTenants, ttl: HOOK_LIMITS.viewSeconds * 1000 });
  return { keyOf: tenantIndexKey, hear: (tenant, row) => void heard.set(tenant, HookIndex.parse(row ?? {})), known: (tenant) => heard.get(tenant) };
}

/** Reads hooks: one small row per tenant and `HOOK_LIMITS.viewSeconds`, and nothing else while there are none. */
export function hookReader(store: Table, heard?: Pick<HeardIndexes, "known">): HookReader {
  const ttl = HOOK_LIMITS.viewSeconds * 1000;
  const indexes = new LRUCache<string, Promise<HookIndex>>({ max: LIMITS.cachedTenants, ttl });
  const compiled = new LRUCache<string, { readonly revision: number; readonly matcher: Promise<HookMatcher> }>({ max: HOOK_LIMITS.compiledTenants });
  const matcherOf = (tenant: string, { hooksRevision: revision }: HookIndex): Promise<HookMatcher> => {
    const known = compiled.get(tenant);
    if (known?.revision === revision) return known.matcher;
    const matcher = listHooks(store, tenant).then(compileHooks);
    compiled.set(tenant, { revision, matcher });
    matcher.catch(() => compiled.delete(tenant));
    return matcher;
  };
  const indexOf = (tenant: string): Promise<HookIndex> => {
    const known = indexes.get(tenant);
    if (known !== undefined) return known;
    const loading = loadHookIndex(store, tenant);
    indexes.set(tenant, loading);
    loading.catch(() => indexes.delete(tenant));
    return loading;
  };
  return async (tenant) => {
    const index = heard?.known(tenant) ?? (await indexOf(tenant));
    return {
      has: (trigger) => (index.hookTriggers[trigger] ?? 0) > 0,
      matcher: () => matcherOf(tenant, index),
    };
  };
}
