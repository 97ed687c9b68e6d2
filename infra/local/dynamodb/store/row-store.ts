import type { DatabaseSync } from "node:sqlite";
import type { Place } from "../table/table.ts";
import { SEPARATOR } from "../table/key-text.ts";
import { fromStoredText } from "../values/stored-text.ts";
import type { Item } from "../values/value.ts";
import { compareText } from "../values/value.ts";
import type { RowChange } from "./changed-rows.ts";
import { ChangedRows } from "./changed-rows.ts";
import type { Bounds, StoredRow } from "./bounds.ts";
import { ItemCache } from "./item-cache.ts";
import { RowFile } from "./row-file.ts";

/** Beyond this much changed text the file is brought up to date at once. */
const MAX_CHANGED = 8_000_000;

/** Every row: what changed lately is in memory, the rest in the file; rows in use are kept parsed. */
export class RowStore {
  readonly #file: RowFile;
  readonly #changed = new ChangedRows();
  readonly #parsed: ItemCache;

  /** @param cacheChars - characters of text whose rows are kept parsed. */
  constructor(sql: DatabaseSync, cacheChars: number) {
    this.#file = new RowFile(sql);
    this.#parsed = new ItemCache(cacheChars);
  }

  get(space: number, place: Place): Item | undefined {
    const name = nameOf(space, place);
    const known = this.#parsed.get(name);
    if (known !== undefined) return known;
    const text = this.#text(space, place);
    if (text === undefined) return undefined;
    const item = fromStoredText(text);
    this.#parsed.set(name, item, text.length + name.length);
    return item;
  }

  /** The item of a row that is read in passing: it does not push out of memory what is in use. */
  itemOf(space: number, row: StoredRow): Item {
    return this.#parsed.peek(nameOf(space, row)) ?? fromStoredText(row.text);
  }

  /** @param item - what `text` says, for the next who reads it; not for entries of indexes. */
  put(
    space: number,
    place: Place,
    row: { readonly text: string; readonly expires?: number | undefined; readonly item?: Item },
  ): void {
    const { text, expires, item } = row;
    this.#changed.set(space, place, { text, expires });
    if (item === undefined) return;
    const name = nameOf(space, place);
    this.#parsed.set(name, item, text.length + name.length);
  }

  remove(space: number, place: Place): void {
    this.#changed.set(space, place, { text: undefined, expires: undefined });
    this.#parsed.delete(nameOf(space, place));
  }

  /** Rows of one partition in the order of reading; none may change meanwhile. */
  range(space: number, part: string, bounds: Bounds): Generator<StoredRow> {
    const sign = bounds.descending ? -1 : 1;
    const changes = this.#changed.range(space, part, bounds);
    return merged(changes, this.#file.range(space, part, bounds), (a, b) => sign * compareText(a.sort, b.sort));
  }

  /** All rows of a space behind a place; none may change meanwhile. */
  behind(space: number, after: Place): Generator<StoredRow> {
    const changes = this.#changed.behind(space, after);
    return merged(
      changes,
      this.#file.behind(space, after),
      (a, b) => compareText(a.part, b.part) || compareText(a.sort, b.sort),
    );
  }

  get isFull(): boolean {
    return this.#changed.size > MAX_CHANGED;
  }

  /** Writes all changes into the file; `isSaved` is to be called once that is committed. */
  save(): void {
    for (const { space, text, expires, ...place } of this.#changed.all()) {
      if (text === undefined) this.#file.remove(space, place);
      else this.#file.put(space, place, { text, expires });
    }
  }

  isSaved(): void {
    this.#changed.clear();
  }

  /** For when the file was changed behind the store's back, by definitions of tables. */
  forget(): void {
    this.#parsed.clear();
    this.#file.forget();
  }

  #text(space: number, place: Place): string | undefined {
    const change = this.#changed.get(space, place);
    return change === undefined ? this.#file.get(space, place) : change.text;
  }
}

const nameOf = (space: number, { part, sort }: Place): string => `${space}${SEPARATOR}${part}${SEPARATOR}${sort}`;

type Order = (a: Place, b: Place) => number;

/** What changed goes before what the file says. */
function* merged(
  changes: readonly (Place & RowChange)[],
  rows: Generator<StoredRow>,
  order: Order,
): Generator<StoredRow> {
  let at = 0;
  for (const row of rows) {
    let change = changes[at];
    for (; change !== undefined && order(change, row) < 0; change = changes[(at += 1)]) yield* existing(change);
    if (change === undefined || order(change, row) > 0) yield row;
    else {
      yield* existing(change);
      at += 1;
    }
  }
  for (const change of changes.slice(at)) yield* existing(change);
}

function existing({ part, sort, text }: Place & RowChange): StoredRow[] {
  return text === undefined ? [] : [{ part, sort, text }];
}
