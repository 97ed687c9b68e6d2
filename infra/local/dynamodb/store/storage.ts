import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import type { CapacityMeter } from "../capacity.ts";
import type { Place, StoredTable } from "../table/table.ts";
import { Table } from "../table/table.ts";
import { fromStoredText } from "../values/stored-text.ts";
import type { Item } from "../values/value.ts";
import { Catalog } from "./catalog.ts";
import { changeIndexes, expiryOf } from "./index-entries.ts";
import { Journal, readJournal } from "./journal.ts";
import type { LogEntry, LoggedChange, RequestToken } from "./log-entry.ts";
import { printEntry, readEntry } from "./log-entry.ts";
import { RequestTokens } from "./request-tokens.ts";
import { RowStore } from "./row-store.ts";
import { DATABASE_SCHEMA } from "./schema.ts";
import { SaveTimer } from "./save-timer.ts";
import { StreamLog } from "./stream-log.ts";

/** How data is kept. */
export interface StorageOptions {
  /** Folder of the data; created when it is not there. */
  readonly directory: string;
  /** Whether an answer waits for the disk: what it says then outlives a loss of power, not only the end of the process. */
  readonly syncs: boolean;
  /** Characters of row text whose items stay parsed in memory. */
  readonly cacheChars: number;
  /** Hears of the capacity that is consumed. @default - nobody counts it */
  readonly capacity?: CapacityMeter | undefined;
}

/** What becomes of one row. */
export interface RowWrite {
  readonly table: Table;
  readonly place: Place;
  readonly oldItem: Item | undefined;
  readonly newItem: Item | undefined;
  /** Of `newItem`. */
  readonly newText: string | undefined;
  readonly isByService?: boolean;
}

/** AWS takes what expired more than five years ago for a mistake, and leaves it. */
const EXPIRY_MEMORY_SECONDS = 5 * 365 * 24 * 60 * 60;

/**
 * Rows, streams and tokens on a log and a file.
 *
 * 1. A change is one line of the log; what it says counts once the line is there (see `Journal`).
 * 2. Rows, stream records, tokens and the number of the last change go into the file in one transaction. After a kill
 *    only lines with higher numbers are carried out again, so that nothing is told twice.
 * 3. Definitions of tables go into the file at once, after everything before them.
 */
export class Storage {
  readonly rows: RowStore;
  readonly streams: StreamLog;
  readonly tokens: RequestTokens;
  readonly catalog: Catalog;
  readonly capacity: CapacityMeter | undefined;
  readonly saving = new SaveTimer(() => this.save());
  readonly #sql: DatabaseSync;
  readonly #journal: Journal;
  readonly #readers = new Map<string, { readonly space: number; position: number }>();
  /** Until all readers are known, every record is unread. */
  #knowsReaders = false;
  readonly #expired: StatementSync;
  #lsn: number;
  #durableLsn: number;
  /** Hears of new stream records, once they are in the log. */
  onRecords: () => void = () => {};

  constructor({ directory, syncs, cacheChars, capacity }: StorageOptions) {
    this.capacity = capacity;
    mkdirSync(directory, { recursive: true });
    this.#sql = new DatabaseSync(join(directory, "dynamodb.sqlite"));
    this.#sql.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${syncs ? "FULL" : "NORMAL"}; PRAGMA busy_timeout = 5000;`,
    );
    this.#sql.exec("PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 16777216;");
    this.#sql.exec(DATABASE_SCHEMA);
    this.rows = new RowStore(this.#sql, cacheChars);
    this.streams = new StreamLog(this.#sql);
    this.tokens = new RequestTokens(this.#sql);
    this.catalog = new Catalog(this.#sql);
    this.#expired = this.#sql.prepare(
      "SELECT part, sort FROM rows WHERE space = ? AND expires <= ? AND expires > ? LIMIT ?",
    );
    this.#lsn = Number(this.#sql.prepare("SELECT value FROM meta WHERE name = 'lsn'").get()?.["value"] ?? 0);
    const path = join(directory, "dynamodb.log");
    for (const line of readJournal(path, true)) this.#replay(readEntry(line));
    this.#durableLsn = this.#lsn;
    this.#journal = new Journal(path, syncs);
    this.#journal.onWritten = () => this.#announce();
    if (this.#journal.size > 0) this.save();
  }

  /** The number of the last change that is sure to stay. */
  get end(): number {
    return this.#durableLsn;
  }

  /** Carries changes out, all of them or none. They are sure once `committed` resolves. */
  write(writes: readonly RowWrite[], token?: RequestToken): void {
    const at = nowSeconds();
    const changes = writes.map(({ table, place, newText, isByService = false }): LoggedChange => ({
      space: table.space,
      ...place,
      text: newText,
      isByService,
    }));
    this.#journal.append(printEntry({ lsn: this.#lsn + 1, at, changes, token }));
    for (const write of writes) this.#apply(write, at);
    if (token !== undefined) this.tokens.add(token, at);
    this.saving.start(this.rows.isFull);
  }

  /** Resolves once the log holds every change so far. @throws {Error} the log cannot be written. */
  committed(): Promise<void> {
    this.#journal.check();
    return this.#journal.committed();
  }

  /** Brings the file up to date and empties the log. @throws {Error} the log cannot be written. */
  save(): void {
    this.saving.stop();
    this.#journal.check();
    this.#journal.write();
    this.#transaction(() => {
      this.rows.save();
      this.streams.save((space) => this.#readUpTo(space));
      this.tokens.save(nowSeconds());
      this.#sql.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('lsn', ?)").run(this.#lsn);
    });
    this.rows.isSaved();
    this.streams.isSaved();
    this.tokens.isSaved();
    if (this.#journal.size > 0) this.#journal.clear();
  }

  /** Puts the definition of a table, or takes out the table of that name, and what follows: at once and durably. */
  define(table: StoredTable | string, change: (sql: DatabaseSync) => void): void {
    this.save();
    this.#transaction(() => {
      if (typeof table === "string") this.catalog.removeStored(table);
      else this.catalog.putStored(table);
      change(this.#sql);
    });
    if (typeof table === "string") this.catalog.remove(table);
    else this.catalog.put(table);
    this.rows.forget();
  }

  /** A reader of a stream, and up to where it has read; its records stay until it has read them. */
  moveReader(id: string, space: number, position: number): void {
    this.#readers.set(id, { space, position });
  }

  /** From now on records go that all readers so far have read. */
  readersAreKnown(): void {
    this.#knowsReaders = true;
  }

  /** Places of rows that have expired, as the file knows them. */
  expired(table: Table, limit: number): Place[] {
    const now = nowSeconds();
    return this.#expired
      .all(table.space, now, now - EXPIRY_MEMORY_SECONDS, limit)
      .map((row) => ({ part: String(row["part"]), sort: String(row["sort"]) }));
  }

  /** Lets go of stream records that are a day old. */
  expireStreams(): void {
    this.streams.expire(nowSeconds());
  }

  close(): void {
    try {
      this.save();
    } finally {
      this.saving.stop();
      this.#journal.close();
      this.#sql.close();
    }
  }

  #readUpTo(space: number): number {
    if (!this.#knowsReaders) return 0;
    const positions = [...this.#readers.values()]
      .filter((reader) => reader.space === space)
      .map(({ position }) => position);
    return positions.length === 0 ? this.#lsn : Math.min(...positions);
  }

  #announce(): void {
    if (this.#durableLsn === this.#lsn) return;
    this.#durableLsn = this.#lsn;
    this.onRecords();
  }

  #transaction(act: () => void): void {
    this.#sql.exec("BEGIN IMMEDIATE");
    try {
      act();
      this.#sql.exec("COMMIT");
    } catch (error) {
      this.#sql.exec("ROLLBACK");
      throw error;
    }
  }

  #replay({ lsn, at, changes, token }: LogEntry): void {
    if (lsn <= this.#lsn) return;
    for (const { space, part, sort, text: newText, isByService } of changes) {
      const table = this.catalog.bySpace(space);
      const place = { part, sort };
      const newItem = newText === undefined ? undefined : fromStoredText(newText);
      if (table === undefined) this.#lsn += 1;
      else this.#apply({ table, place, oldItem: this.rows.get(space, place), newItem, newText, isByService }, at);
    }
    if (token !== undefined) this.tokens.add(token, at);
  }

  #apply({ table, place, oldItem, newItem, newText, isByService = false }: RowWrite, at: number): void {
    this.#lsn += 1;
    if (newItem === undefined || newText === undefined) this.rows.remove(table.space, place);
    else this.rows.put(table.space, place, { text: newText, expires: expiryOf(table, newItem), item: newItem });
    if (table.indexes.size > 0) changeIndexes(this.rows, table, { place, oldItem, newItem });
    if (!table.hasStream) return;
    this.streams.append(table.space, { position: this.#lsn, newItem, oldItem, createdAt: at, isByService });
  }
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);
