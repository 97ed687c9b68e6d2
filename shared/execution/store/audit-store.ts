import { type ChainHead, keyOfEvent, type StoredChain } from "../audit/audit-chain.ts";
import type { EventOrigin } from "../new-event.ts";
import { readTold, type ToldMove } from "../task/read-told.ts";
import { everyRow } from "./execution-queries.ts";
import type { ExecutionStore } from "./execution-store.ts";
import { HEAD_TASK, readToldOfHead } from "../lifecycle/told-head.ts";
import { EVENT_PREFIX, HEAD_SORT_KEY, LOG_PREFIX, TASK_PREFIX, TOLD_PREFIX } from "./keys.ts";
import { unpackLink } from "./link-row.ts";
import { type ExecutionName, loadStanding, untouched } from "./projection-store.ts";

/** A row as it lies in the table, by its key within its kind. */
export interface StoredRow {
  readonly key: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What is stored of an execution's audit trail, events as rows. */
export interface AuditTrail extends Omit<StoredChain, "events"> {
  readonly start: ChainHead;
  /** Everything that rows tell, whether or not it is in the log: rows of events by time, then what head and tasks told. */
  readonly events: readonly StoredRow[];
  /** What the head and the rows of tasks tell, each one's moves in order. */
  readonly moves: readonly ToldMove[];
  /** Rows of tasks. */
  readonly tasks: readonly StoredRow[];
}

/**
 * Reads an execution's audit trail: counters, links, rows of events, the head, rows of tasks, what these had no room for;
 * in this order, so that each part has what is named before.
 */
export async function loadAuditTrail(store: ExecutionStore, origin: EventOrigin): Promise<AuditTrail> {
  const name = { tenant: origin.tenant, execution: origin.executionId };
  const { chain: anchor } = await loadStanding(store, name);
  const links = (await allRows(store, name, LOG_PREFIX)).map(({ key, row }) => ({ key, row: unpackLink(row) }));
  const own = await allRows(store, name, EVENT_PREFIX);
  const heads = await allRows(store, name, HEAD_SORT_KEY);
  const tasks = await allRows(store, name, TASK_PREFIX);
  const spilled = await allRows(store, name, TOLD_PREFIX);
  const tellers = heads.map(({ key, row }) => ({ key, row: { ...row, task: HEAD_TASK } }));
  const moves = movesIn(origin, [...spilled, ...tellers, ...tasks]);
  const told = moves.flatMap(({ events }) => events.map((event): StoredRow => ({ key: keyOfEvent(event), row: event })));
  return { start: untouched(name).chain, anchor, links, events: [...own, ...told], moves, tasks };
}

/** Every move once: one that made room while rows were read may have been read twice. */
function movesIn(origin: EventOrigin, rows: readonly StoredRow[]): ToldMove[] {
  const moves = new Map<string, ToldMove>();
  for (const { row } of rows) {
    const { task, told } = row;
    if (typeof task !== "string" || !Array.isArray(told)) continue;
    for (const line of told) {
      const move = task === HEAD_TASK ? readToldOfHead(origin, String(line)) : readTold(origin, task, String(line));
      if (move !== undefined) moves.set(`${move.move} ${task}`, move);
    }
  }
  return [...moves.values()].sort((a, b) => a.move - b.move);
}

async function allRows(store: ExecutionStore, name: ExecutionName, prefix: string): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  for await (const { pk: _, sk, ...row } of everyRow(store, name, { prefix }))
    found.push({ key: String(sk).slice(prefix.length), row });
  return found;
}
