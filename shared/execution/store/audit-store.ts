import type { StoredChain } from "../audit/audit-chain.ts";
import { everyRow } from "./execution-queries.ts";
import type { ExecutionStore } from "./execution-store.ts";
import { EVENT_PREFIX, LOG_PREFIX } from "./keys.ts";
import { type ExecutionName, loadStanding, untouched } from "./projection-store.ts";

/** A row as it lies in the table, by its key within its kind. */
export interface StoredRow {
  readonly key: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What is stored of an execution's audit trail, events as rows. */
export type AuditTrail = Omit<StoredChain, "events"> & { readonly events: readonly StoredRow[] };

/** Reads an execution's audit trail: counters, links, events, in this order, so that each part has what is named before. */
export async function loadAuditTrail(store: ExecutionStore, name: ExecutionName): Promise<AuditTrail> {
  const { chain: anchor } = await loadStanding(store, name);
  const links = await allRows(store, name, LOG_PREFIX);
  const events = await allRows(store, name, EVENT_PREFIX);
  return { start: untouched(name).chain, anchor, links, events };
}

async function allRows(store: ExecutionStore, name: ExecutionName, prefix: string): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  for await (const { pk: _, sk, ...row } of everyRow(store, name, { prefix }))
    found.push({ key: String(sk).slice(prefix.length), row });
  return found;
}
