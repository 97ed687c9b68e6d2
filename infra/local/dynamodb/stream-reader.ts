import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import * as z from "zod";
import { parseJson } from "../json.ts";
import type { Json } from "../json.ts";

const Row = z.object({
  id: z.number(),
  event_name: z.string(),
  keys_json: z.string(),
  new_image: z.string().nullable(),
  old_image: z.string().nullable(),
  sequence_number: z.string(),
  created_at: z.number(),
});

/** A stream record; `position` orders all records of all tables. */
export interface StreamRecord {
  readonly position: number;
  readonly eventName: string;
  readonly keys: Json;
  readonly newImage: Json | undefined;
  readonly oldImage: Json | undefined;
  readonly sequenceNumber: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

const BUSY_MS = 2;
const IDLE_MS = 25;
// After this many looks without a change (about two seconds) the reader slows down.
const BUSY_LOOKS = 1000;

/**
 * Reads stream records straight from dynoxide's file, which costs a hundredth of `GetRecords` over HTTP. SQLite's
 * `data_version` tells in microseconds whether anyone wrote since the last look.
 */
export class StreamReader {
  readonly #database: DatabaseSync;
  readonly #version: StatementSync;
  readonly #read: StatementSync;
  readonly #listeners = new Set<() => void>();
  #seenVersion: unknown;
  #idleLooks = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true });
    this.#database.exec("PRAGMA busy_timeout = 5000");
    this.#version = this.#database.prepare("PRAGMA data_version");
    this.#read = this.#database.prepare(
      "SELECT * FROM _stream_records WHERE id > ? AND table_name = ? ORDER BY id LIMIT ?",
    );
  }

  /** Calls `listener` soon after any write to the database. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
    this.#timer ??= setTimeout(() => this.#look(), 0);
  }

  read(table: string, after: number, limit: number): StreamRecord[] {
    return this.#read.all(after, table, limit).map((row) => {
      const record = Row.parse(row);
      return {
        position: record.id,
        eventName: record.event_name,
        keys: parseJson(record.keys_json),
        newImage: record.new_image === null ? undefined : parseJson(record.new_image),
        oldImage: record.old_image === null ? undefined : parseJson(record.old_image),
        sequenceNumber: record.sequence_number,
        createdAt: record.created_at,
      };
    });
  }

  /** The position of the newest record. */
  get end(): number {
    return Number(this.#database.prepare("SELECT max(id) AS id FROM _stream_records").get()?.["id"] ?? 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
    this.#database.close();
  }

  #look(): void {
    const version = this.#version.get()?.["data_version"];
    if (version === this.#seenVersion) this.#idleLooks += 1;
    else {
      this.#seenVersion = version;
      this.#idleLooks = 0;
      for (const listener of this.#listeners) listener();
    }
    this.#timer = setTimeout(() => this.#look(), this.#idleLooks < BUSY_LOOKS ? BUSY_MS : IDLE_MS);
  }
}
