import { HistoryLimitError } from "./asl-error.ts";
import type { Clock } from "./clock.ts";
import type { Database } from "./database.ts";
import type { Execution } from "./execution.ts";
import { EVENTS_PER_EXECUTION } from "./execution-store.ts";
import { detailsKey } from "./history-details.ts";
import { isJsonArray, isJsonObject, parseJson, type Json } from "./json.ts";
import { LIMITS } from "./limits.ts";
import { numberOf, textOf, type Row } from "./rows.ts";

/** Details of an event; members that are `undefined` are left out. */
export type EventDetails = Readonly<Record<string, unknown>>;
type StoredEvent = readonly [type: string, at: number, previous: number, details?: EventDetails];

/** One event as `GetExecutionHistory` answers it, with the timestamp still in milliseconds. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  readonly timestamp: number;
  readonly details: Readonly<Record<string, Json>> | undefined;
  readonly detailsKey: string | undefined;
}

interface Batch {
  readonly execution: number;
  readonly first: number;
  readonly events: StoredEvent[];
}

/** Events an execution may still write when its history is full: those that close it. */
const CLOSING = /^Execution/;

/** Execution histories. The events that one turn adds to an execution are one row. */
export class History {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #batches = new Map<number, Batch>();
  readonly #statements;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    const { sql } = database;
    this.#statements = {
      put: sql.prepare("INSERT INTO history (id, count, events) VALUES (?,?,?)"),
      forward: sql.prepare("SELECT id, events FROM history WHERE id + count > ? AND id BETWEEN ? AND ? ORDER BY id"),
      backward: sql.prepare("SELECT id, events FROM history WHERE id BETWEEN ? AND ? ORDER BY id DESC"),
      batch: sql.prepare("SELECT id, events FROM history WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1"),
    };
    database.addWriter(() => this.#flush());
  }

  /**
   * Adds an event and returns its id.
   *
   * @throws {HistoryLimitError} the history is full.
   */
  append(execution: Execution, previous: number, ...[type, details]: [string, EventDetails?]): number {
    const id = execution.nextEvent;
    if (id >= LIMITS.historyEvents && !CLOSING.test(type)) {
      if (type.endsWith("Aborted")) return previous;
      throw new HistoryLimitError();
    }
    execution.nextEvent = id + 1;
    let batch = this.#batches.get(execution.id);
    if (batch === undefined) {
      batch = { execution: execution.id, first: id, events: [] };
      this.#batches.set(execution.id, batch);
    }
    const at = this.#clock.now();
    batch.events.push(details === undefined ? [type, at, previous] : [type, at, previous, details]);
    this.#database.touch();
    return id;
  }

  /** Up to `limit` events after id `after`, or before it when `isReverse`. */
  read(execution: number, after: number, { limit, isReverse }: { limit: number; isReverse: boolean }): HistoryEvent[] {
    this.#database.writePending();
    const base = execution * EVENTS_PER_EXECUTION;
    const rows = isReverse
      ? this.#statements.backward.iterate(base, base + after - 1)
      : this.#statements.forward.iterate(base + after, base, base + EVENTS_PER_EXECUTION - 1);
    const found: HistoryEvent[] = [];
    for (const row of rows) {
      const events = toEvents(row, base).filter(({ id }) => (isReverse ? id < after : id > after));
      found.push(...(isReverse ? events.reverse() : events));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  /** One event by its id. */
  event(execution: number, id: number): HistoryEvent | undefined {
    this.#database.writePending();
    const base = execution * EVENTS_PER_EXECUTION;
    const row = this.#statements.batch.get(base, base + id);
    return row === undefined ? undefined : toEvents(row, base).find((event) => event.id === id);
  }

  #flush(): void {
    if (this.#batches.size === 0) return;
    this.#database.begin();
    for (const { execution, first, events } of this.#batches.values()) {
      this.#statements.put.run(execution * EVENTS_PER_EXECUTION + first, events.length, JSON.stringify(events));
    }
    this.#batches.clear();
  }
}

function toEvents(row: Row, base: number): HistoryEvent[] {
  const events = parseJson(textOf(row, "events"));
  const first = numberOf(row, "id") - base;
  return isJsonArray(events) ? events.map((event, index) => toEvent(event, first + index)) : [];
}

function toEvent(stored: Json, id: number): HistoryEvent {
  const [type, timestamp, previous, details] = isJsonArray(stored) ? stored : [];
  if (typeof type !== "string") throw new TypeError(`history event ${id} has no type`);
  return {
    id,
    type,
    timestamp: Number(timestamp),
    previousEventId: Number(previous),
    details: isJsonObject(details) ? details : undefined,
    detailsKey: detailsKey(type),
  };
}
