import type { StatementSync } from "node:sqlite";
import type { Database } from "./database.ts";
import { numberOf, numberOrNone, type Row } from "./rows.ts";

interface Stored {
  readonly id: number;
  /** When the record must be looked at, in ms. */
  readonly deadline: number | undefined;
}

/** Where records of one kind lie in the database. */
interface RecordTable {
  readonly name: "executions" | "frames";
  readonly columns: string;
  /** Records kept in memory between turns. */
  readonly capacity: number;
}

/** What a write is about. */
export interface Change {
  /** Everything that `change` was called with since the last write, in bits of the table's own choice. */
  readonly bits: number;
  /** Whether there is a row already. */
  readonly isStored: boolean;
}

/**
 * Records as rows, with those in use in memory: read once, written late and together.
 *
 * 1. A changed record is written before any query, and with the commit of its turn.
 * 2. A record is one object as long as somebody may hold it: until `trim`, which runs between turns.
 */
export abstract class RecordStore<Value extends Stored> {
  readonly #database: Database;
  readonly #capacity: number;
  readonly #records = new Map<number, Value>();
  readonly #stored = new WeakSet<Value>();
  readonly #changed = new Map<Value, number>();
  readonly #removed = new Map<number, Value>();
  readonly #statements;
  #lastId: number;
  #earliest = Infinity;

  constructor(database: Database, { name, columns, capacity }: RecordTable) {
    this.#database = database;
    this.#capacity = capacity;
    const { sql } = database;
    this.#statements = {
      get: sql.prepare(`SELECT ${columns} FROM ${name} WHERE id = ?`),
      due: sql.prepare(`SELECT id FROM ${name} WHERE deadline <= ? ORDER BY deadline, id LIMIT 500`),
      next: sql.prepare(`SELECT min(deadline) AS deadline FROM ${name} WHERE deadline IS NOT NULL`),
    };
    const last = sql.prepare(`SELECT coalesce(max(id), 0) AS id FROM ${name}`).get();
    this.#lastId = last === undefined ? 0 : numberOf(last, "id");
    database.addWriter(() => this.#flush());
  }

  get(id: number): Value | undefined {
    const known = this.#records.get(id);
    if (known !== undefined) {
      this.#records.delete(id);
      this.#records.set(id, known);
      return known;
    }
    const row = this.#removed.has(id) ? undefined : this.#statements.get.get(id);
    if (row === undefined) return undefined;
    const record = this.read(row);
    this.#stored.add(record);
    this.#records.set(id, record);
    return record;
  }

  remove(id: number): void {
    const record = this.get(id);
    if (record === undefined) return;
    this.#records.delete(id);
    this.#changed.delete(record);
    this.#removed.set(id, record);
    this.#database.touch();
  }

  /** Up to 500 records whose deadline has come. */
  due(now: number): Value[] {
    return this.select(this.#statements.due, now);
  }

  nextDeadline(): number {
    this.#database.writePending();
    const row = this.#statements.next.get();
    return (row === undefined ? undefined : numberOrNone(row, "deadline")) ?? Infinity;
  }

  /** The earliest deadline written since the last call. */
  takeEarliest(): number {
    const earliest = this.#earliest;
    this.#earliest = Infinity;
    return earliest;
  }

  /** Drops the records used least recently; only between turns, when nothing is pending and nobody holds one. */
  trim(): void {
    let surplus = this.#records.size - this.#capacity;
    for (const id of this.#records.keys()) {
      if (surplus-- <= 0) break;
      this.#records.delete(id);
    }
  }

  protected abstract read(row: Row): Value;
  /** Adds a row, or brings it up to date. */
  protected abstract write(record: Value, change: Change): void;
  protected abstract erase(record: Value): void;

  /** An id greater than all before. */
  protected nextId(): number {
    return ++this.#lastId;
  }

  protected addRecord(record: Value): Value {
    this.#records.set(record.id, record);
    this.#note(record, 0);
    return record;
  }

  /** Notes that a record changed, and in what; nothing happens when it is not there any more. */
  protected change(id: number, bits: number): void {
    const record = this.get(id);
    if (record !== undefined) this.#note(record, bits);
  }

  /** The records whose ids a query finds. */
  protected select(query: StatementSync, ...parameters: (number | string)[]): Value[] {
    this.#database.writePending();
    return query.all(...parameters).flatMap((row) => this.get(numberOf(row, "id")) ?? []);
  }

  #note(record: Value, bits: number): void {
    this.#changed.set(record, (this.#changed.get(record) ?? 0) | bits);
    this.#database.touch();
  }

  #flush(): void {
    if (this.#changed.size === 0 && this.#removed.size === 0) return;
    this.#database.begin();
    for (const record of this.#removed.values()) if (this.#stored.has(record)) this.erase(record);
    this.#removed.clear();
    for (const [record, bits] of this.#changed) this.#write(record, bits);
    this.#changed.clear();
  }

  #write(record: Value, bits: number): void {
    if (record.deadline !== undefined) this.#earliest = Math.min(this.#earliest, record.deadline);
    this.write(record, { bits, isStored: this.#stored.has(record) });
    this.#stored.add(record);
  }
}
