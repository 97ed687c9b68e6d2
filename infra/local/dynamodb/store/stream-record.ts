import type { Item } from "../values/value.ts";

/** One change of one item, as a stream tells it. */
export interface StreamRecord {
  /** Orders all records of all tables; never used twice. */
  readonly position: number;
  readonly newItem: Item | undefined;
  readonly oldItem: Item | undefined;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** The item expired: no caller asked for its deletion. */
  readonly isByService: boolean;
}

/** As text it sorts as the position does. */
export const sequenceNumberOf = (position: number): string => String(position).padStart(21, "0");

export function eventNameOf({ newItem, oldItem }: StreamRecord): "INSERT" | "MODIFY" | "REMOVE" {
  if (oldItem === undefined) return "INSERT";
  return newItem === undefined ? "REMOVE" : "MODIFY";
}
