import type { Place } from "../table/table.ts";

/** A row, or an entry of an index, as text. */
export interface StoredRow extends Place {
  readonly text: string;
}

interface Bound {
  readonly text: string;
  readonly includes: boolean;
}

/** A stretch of sort keys. */
export interface Bounds {
  readonly low: Bound | undefined;
  readonly high: Bound | undefined;
  readonly descending: boolean;
}
