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

/**
 * Lambda polls a shard four times a second, and so do we: a batch then holds what came in meanwhile.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
const POLL_MS = 250;

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
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true });
    this.#database.exec("PRAGMA busy_timeout = 5000");
    this.#version = this.#database.prepare("PRAGMA data_version");
    this.#read = this.#database.prepare(
      "SELECT * FROM _stream_records WHERE id > ? AND table_name = ? ORDER BY id LIMIT ?",
    );
  }

  /** Calls `listener` within a quarter of a second of any write to the database. */
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
    if (version !== this.#seenVersion) {
      this.#seenVersion = version;
      for (const listener of this.#listeners) listener();
    }
    this.#timer = setTimeout(() => this.#look(), POLL_MS);
  }
}
