import type { Table } from "./table/table.ts";
import type { Item } from "./values/value.ts";
import { itemBytes } from "./values/value.ts";

/** Hears of the capacity that calls consume, in the units of DynamoDB. */
export interface CapacityMeter {
  read(units: number): void;
  write(units: number): void;
}

const READ_BYTES = 4096;
const WRITE_BYTES = 1024;

/**
 * Units of a read of so many bytes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export const readUnits = (bytes: number, isConsistent = false): number =>
  Math.max(1, Math.ceil(bytes / READ_BYTES)) * (isConsistent ? 1 : 0.5);

interface ItemChange {
  readonly table: Table;
  readonly oldItem: Item | undefined;
  readonly newItem: Item | undefined;
}

const unitsOf = (...items: readonly (Item | undefined)[]): number =>
  Math.max(1, ...items.map((item) => (item === undefined ? 0 : Math.ceil(itemBytes(item) / WRITE_BYTES))));

/**
 * Units of a write: of the larger of the item before and after, and of each index whose entry comes, goes or changes; two
 * entries where its key changes. What changes nothing, or is refused by its condition, costs what the item is large.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
 */
export function writeUnits({ table, oldItem, newItem }: ItemChange): number {
  let units = unitsOf(oldItem, newItem);
  if (oldItem === newItem) return units;
  for (const index of table.indexes.values()) {
    const [before, after] = [oldItem, newItem].map((item) => {
      const place = item && table.entryPlace(index, item);
      return place && item && { place: JSON.stringify(place), item: table.projectedBy(index, item) };
    });
    if (before === undefined || after === undefined || before.place !== after.place) {
      for (const entry of [before, after]) units += entry === undefined ? 0 : unitsOf(entry.item);
    } else if (JSON.stringify(before.item) !== JSON.stringify(after.item)) units += unitsOf(before.item, after.item);
  }
  return units;
}
