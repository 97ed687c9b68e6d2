import type { StoredChain } from "../audit/audit-chain.ts";
import { queryRows } from "./execution-queries.ts";
import { type Page } from "../../aws/page.ts";
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

const PAGE_ROWS = 1000;

async function allRows(store: ExecutionStore, name: ExecutionName, prefix: string): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  let after: Record<string, unknown> | undefined;
  do {
    const page: Page<Record<string, unknown>> = await queryRows(store, name, { prefix, limit: PAGE_ROWS, after });
    for (const { pk: _, sk, ...row } of page.rows) found.push({ key: String(sk).slice(prefix.length), row });
    after = page.next;
  } while (after !== undefined);
  return found;
}
