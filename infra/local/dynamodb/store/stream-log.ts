import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as z from "zod";
import { fromStoredText, toStoredText } from "../values/stored-text.ts";
import type { Item } from "../values/value.ts";
import type { StreamRecord } from "./stream-record.ts";

/** Records of one table that stay in memory for readers that are not known, such as the AWS CLI. */
const KEPT = 1000;

/** AWS drops records after a day, read or not. */
const RETENTION_SECONDS = 24 * 60 * 60;

const Row = z.object({
  lsn: z.number(),
  at: z.number(),
  by_service: z.number(),
  new_text: z.string().nullable(),
  old_text: z.string().nullable(),
});

interface Stream {
  /** Those that are not in the file alone, oldest first. */
  records: StreamRecord[];
  /** Records up to here are in the file or gone, not in memory. */
  memoryAfter: number;
  /** Records up to here have been put into the file, or need not be. */
  savedUpTo: number;
  hasRowsInFile: boolean;
}

/**
 * Streams of all tables. A record stays until every known reader has read it, in the file when that takes longer than
 * a moment, and a day at most.
 */
export class StreamLog {
  readonly #streams = new Map<number, Stream>();
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #trim: StatementSync;
  readonly #expire: StatementSync;
  readonly #last: StatementSync;

  constructor(sql: DatabaseSync) {
    this.#insert = sql.prepare("INSERT OR REPLACE INTO stream_records VALUES (?, ?, ?, ?, ?, ?)");
    this.#select = sql.prepare(
      "SELECT lsn, at, by_service, new_text, old_text FROM stream_records WHERE space = ? AND lsn > ? AND lsn <= ? ORDER BY lsn LIMIT ?",
    );
    this.#trim = sql.prepare("DELETE FROM stream_records WHERE space = ? AND lsn <= ?");
    this.#expire = sql.prepare("DELETE FROM stream_records WHERE at < ?");
    this.#last = sql.prepare("SELECT max(lsn) AS lsn FROM stream_records WHERE space = ?");
  }

  append(space: number, record: StreamRecord): void {
    this.#stream(space).records.push(record);
  }

  /** Records of a table behind a position, oldest first, up to and with another. */
  read(
    space: number,
    range: { readonly after: number; readonly upTo: number; readonly limit: number },
  ): StreamRecord[] {
    const { after, upTo, limit } = range;
    const stream = this.#stream(space);
    const found =
      after < stream.memoryAfter && stream.hasRowsInFile
        ? this.#fromFile(space, { after, upTo: Math.min(stream.memoryAfter, upTo), limit })
        : [];
    for (let at = firstAfter(stream.records, after); at < stream.records.length && found.length < limit; at += 1) {
      const record = stream.records[at];
      if (record === undefined || record.position > upTo) break;
      found.push(record);
    }
    return found;
  }

  /** The oldest position that can still be read is behind this one. */
  startOf(space: number): number {
    const { records, hasRowsInFile } = this.#stream(space);
    return hasRowsInFile ? 0 : (records[0]?.position ?? 1) - 1;
  }

  /**
   * Puts what is not read yet into the file, and takes out what is. Part of the transaction that saves rows.
   *
   * @param readUpTo - for each space, up to where all of its readers have read.
   */
  save(readUpTo: (space: number) => number): void {
    for (const [space, stream] of this.#streams) {
      const read = readUpTo(space);
      for (let at = firstAfter(stream.records, Math.max(read, stream.savedUpTo)); at < stream.records.length; at += 1) {
        const record = stream.records[at];
        if (record !== undefined) this.#put(space, record);
        stream.hasRowsInFile = true;
      }
      if (stream.hasRowsInFile && read > 0) this.#trim.run(space, Math.min(read, Number.MAX_SAFE_INTEGER));
    }
  }

  /** Once that is committed. */
  isSaved(): void {
    for (const stream of this.#streams.values()) {
      const last = stream.records.at(-1)?.position ?? stream.savedUpTo;
      stream.savedUpTo = Math.max(last, stream.savedUpTo);
      const surplus = stream.records.length - KEPT;
      if (surplus <= 0) continue;
      stream.memoryAfter = stream.records[surplus - 1]?.position ?? stream.memoryAfter;
      stream.records = stream.records.slice(surplus);
    }
  }

  /** Takes out of the file what is too old, read or not. */
  expire(nowSeconds: number): void {
    this.#expire.run(nowSeconds - RETENTION_SECONDS);
  }

  remove(space: number): void {
    this.#streams.delete(space);
    this.#trim.run(space, Number.MAX_SAFE_INTEGER);
  }

  #put(space: number, { position, createdAt, isByService, newItem, oldItem }: StreamRecord): void {
    this.#insert.run(position, space, createdAt, isByService ? 1 : 0, textOf(newItem), textOf(oldItem));
  }

  #fromFile(
    space: number,
    { after, upTo, limit }: { readonly after: number; readonly upTo: number; readonly limit: number },
  ): StreamRecord[] {
    return this.#select.all(space, after, upTo, limit).map((row) => {
      const { lsn, at, by_service: byService, new_text: newText, old_text: oldText } = Row.parse(row);
      return {
        position: lsn,
        createdAt: at,
        isByService: byService === 1,
        newItem: newText === null ? undefined : fromStoredText(newText),
        oldItem: oldText === null ? undefined : fromStoredText(oldText),
      };
    });
  }

  #stream(space: number): Stream {
    const known = this.#streams.get(space);
    if (known !== undefined) return known;
    const last = Number(this.#last.get(space)?.["lsn"] ?? 0);
    const stream = { records: [], memoryAfter: last, savedUpTo: last, hasRowsInFile: last > 0 };
    this.#streams.set(space, stream);
    return stream;
  }
}

const textOf = (item: Item | undefined): string | null => (item === undefined ? null : toStoredText(item));

/** Where the records behind a position begin. */
function firstAfter(records: readonly StreamRecord[], position: number): number {
  let [from, to] = [0, records.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((records[middle]?.position ?? 0) <= position) from = middle + 1;
    else to = middle;
  }
  return from;
}
