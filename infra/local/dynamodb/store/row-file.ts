import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Place } from "../table/table.ts";
import type { Bounds, StoredRow } from "./bounds.ts";

const FIRST_PAGE = 64;
const PAGE = 512;
/** About 100 bytes each. */
const REMEMBERED_PARTS = 20_000;

/** Rows as the file has them, in the order of their keys. */
export class RowFile {
  readonly #sql: DatabaseSync;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #all: StatementSync;
  readonly #any: StatementSync;
  readonly #ranges = new Map<string, StatementSync>();
  /** Whether the file has anything of a partition, as it was found; most of what is new is looked for in vain. */
  readonly #hasPart = new Map<string, boolean>();

  constructor(sql: DatabaseSync) {
    this.#sql = sql;
    this.#get = sql.prepare("SELECT text FROM rows WHERE space = ? AND part = ? AND sort = ?");
    this.#put = sql.prepare("INSERT OR REPLACE INTO rows (space, part, sort, text, expires) VALUES (?, ?, ?, ?, ?)");
    this.#remove = sql.prepare("DELETE FROM rows WHERE space = ? AND part = ? AND sort = ?");
    this.#any = sql.prepare("SELECT 1 FROM rows WHERE space = ? AND part = ? LIMIT 1");
    this.#all = sql.prepare(
      "SELECT part, sort, text FROM rows WHERE space = ? AND (part, sort) > (?, ?) ORDER BY part, sort LIMIT ?",
    );
  }

  get(space: number, { part, sort }: Place): string | undefined {
    if (!this.#has(space, part)) return undefined;
    const text = this.#get.get(space, part, sort)?.["text"];
    return typeof text === "string" ? text : undefined;
  }

  put(
    space: number,
    { part, sort }: Place,
    row: { readonly text: string; readonly expires: number | undefined },
  ): void {
    this.#note(space, part, true);
    this.#put.run(space, part, sort, row.text, row.expires ?? null);
  }

  remove(space: number, { part, sort }: Place): void {
    this.#remove.run(space, part, sort);
  }

  /** For when the file was changed past this. */
  forget(): void {
    this.#hasPart.clear();
  }

  /** Rows of one partition. */
  *range(space: number, part: string, bounds: Bounds): Generator<StoredRow> {
    if (!this.#has(space, part)) return;
    let left = bounds;
    for (let limit = FIRST_PAGE; ; limit = PAGE) {
      const rows = this.#rangeOf(left).all(space, part, ...limitsOf(left), limit);
      for (const row of rows) yield { part, sort: String(row["sort"]), text: String(row["text"]) };
      const last = rows.at(-1);
      if (last === undefined || rows.length < limit) return;
      const beyond = { text: String(last["sort"]), includes: false };
      left = bounds.descending ? { ...left, high: beyond } : { ...left, low: beyond };
    }
  }

  /** All rows of a space behind a place. */
  *behind(space: number, after: Place): Generator<StoredRow> {
    let { part, sort } = after;
    for (let limit = FIRST_PAGE; ; limit = PAGE) {
      const rows = this.#all.all(space, part, sort, limit);
      for (const row of rows) {
        [part, sort] = [String(row["part"]), String(row["sort"])];
        yield { part, sort, text: String(row["text"]) };
      }
      if (rows.length < limit) return;
    }
  }

  #has(space: number, part: string): boolean {
    const known = this.#hasPart.get(nameOf(space, part));
    if (known !== undefined) return known;
    const has = this.#any.get(space, part) !== undefined;
    this.#note(space, part, has);
    return has;
  }

  #note(space: number, part: string, has: boolean): void {
    if (this.#hasPart.size >= REMEMBERED_PARTS) this.#hasPart.clear();
    this.#hasPart.set(nameOf(space, part), has);
  }

  #rangeOf({ low, high, descending }: Bounds): StatementSync {
    const bound = (limit: Bounds["low"], sign: string): string =>
      limit === undefined ? "" : ` AND sort ${sign}${limit.includes ? "=" : ""} ?`;
    const where = `space = ? AND part = ?${bound(low, ">")}${bound(high, "<")}`;
    const text = `SELECT sort, text FROM rows WHERE ${where} ORDER BY sort${descending ? " DESC" : ""} LIMIT ?`;
    const known = this.#ranges.get(text);
    if (known !== undefined) return known;
    const statement = this.#sql.prepare(text);
    this.#ranges.set(text, statement);
    return statement;
  }
}

const nameOf = (space: number, part: string): string => `${space} ${part}`;

const limitsOf = ({ low, high }: Bounds): string[] =>
  [low, high].flatMap((bound) => (bound === undefined ? [] : [bound.text]));
