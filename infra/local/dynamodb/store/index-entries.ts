import type { Index, Place, Table } from "../table/table.ts";
import type { Item } from "../values/value.ts";
import { attributeOf } from "../values/value.ts";
import type { RowStore } from "./row-store.ts";

interface ItemChange {
  readonly place: Place;
  readonly oldItem: Item | undefined;
  readonly newItem: Item | undefined;
}

/** Moves an item's entries in the indexes of its table to where they belong now. */
export function changeIndexes(rows: RowStore, table: Table, { place, oldItem, newItem }: ItemChange): void {
  for (const index of table.indexes.values()) {
    const before = oldItem && table.entryPlace(index, oldItem);
    const after = newItem && table.entryPlace(index, newItem);
    if (before === undefined && after === undefined) continue;
    if (before?.part === after?.part && before?.sort === after?.sort) continue;
    if (before !== undefined) rows.remove(index.space, before);
    if (after !== undefined) rows.put(index.space, after, { text: entryText(place) });
  }
}

/** An entry says where its item is. */
export const entryText = ({ part, sort }: Place): string => JSON.stringify([part, sort]);

export function itemOfEntry(rows: RowStore, table: Table, text: string): Item | undefined {
  const [part, sort]: readonly unknown[] = JSON.parse(text);
  return typeof part === "string" && typeof sort === "string" ? rows.get(table.space, { part, sort }) : undefined;
}

/** When an item expires, in seconds since 1970; `undefined`: never. */
export function expiryOf({ ttlAttribute }: Pick<Table, "ttlAttribute">, item: Item): number | undefined {
  const value = ttlAttribute === undefined ? undefined : attributeOf(item, ttlAttribute);
  return typeof value === "number" ? value : undefined;
}

/** Every entry that the items of a table give an index. */
export function* entriesOf(rows: RowStore, table: Table, index: Index): Generator<Place & { readonly text: string }> {
  for (const { part, sort } of rows.behind(table.space, { part: "", sort: "" })) {
    const item = rows.get(table.space, { part, sort });
    const entry = item && table.entryPlace(index, item);
    if (entry !== undefined) yield { ...entry, text: entryText({ part, sort }) };
  }
}
