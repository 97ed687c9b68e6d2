import type { Place } from "../table/table.ts";
import { compareText } from "../values/value.ts";
import type { Bounds } from "./bounds.ts";

/** What the file does not have yet: a row's new text, or that it is gone. */
export interface RowChange {
  readonly text: string | undefined;
  /** Seconds since 1970. */
  readonly expires: number | undefined;
}

/** Changes of one partition. */
class PartChanges {
  readonly rows = new Map<string, RowChange>();
  /** Of `rows`, as soon as someone reads in order. */
  #sorted: string[] | undefined;

  set(sort: string, change: RowChange): void {
    if (this.#sorted !== undefined && !this.rows.has(sort))
      this.#sorted.splice(positionOf(this.#sorted, sort), 0, sort);
    this.rows.set(sort, change);
  }

  sorts(): readonly string[] {
    this.#sorted ??= [...this.rows.keys()].toSorted(compareText);
    return this.#sorted;
  }
}

/** Rows that changed since the file was last brought up to date. */
export class ChangedRows {
  readonly #spaces = new Map<number, Map<string, PartChanges>>();
  /** Characters of all texts. */
  size = 0;

  set(space: number, { part, sort }: Place, change: RowChange): void {
    const parts = this.#spaces.get(space) ?? new Map<string, PartChanges>();
    this.#spaces.set(space, parts);
    const changes = parts.get(part) ?? new PartChanges();
    parts.set(part, changes);
    this.size += (change.text?.length ?? 0) - (changes.rows.get(sort)?.text?.length ?? 0);
    changes.set(sort, change);
  }

  get(space: number, { part, sort }: Place): RowChange | undefined {
    return this.#spaces.get(space)?.get(part)?.rows.get(sort);
  }

  /** Changes of one partition that lie within bounds, in the order of reading. */
  range(space: number, part: string, bounds: Bounds): (Place & RowChange)[] {
    const changes = this.#spaces.get(space)?.get(part);
    if (changes === undefined) return [];
    const within = changes.sorts().filter((sort) => isWithin(sort, bounds));
    if (bounds.descending) within.reverse();
    return within.flatMap((sort) => placed(changes, part, sort));
  }

  /** All changes of a space behind a place, in the order of their keys. */
  behind(space: number, after: Place): (Place & RowChange)[] {
    const parts = [...(this.#spaces.get(space) ?? [])].filter(([part]) => compareText(part, after.part) >= 0);
    return parts
      .toSorted(([a], [b]) => compareText(a, b))
      .flatMap(([part, changes]) => {
        const sorts = changes.sorts().filter((sort) => part !== after.part || compareText(sort, after.sort) > 0);
        return sorts.flatMap((sort) => placed(changes, part, sort));
      });
  }

  *all(): Generator<Place & RowChange & { readonly space: number }> {
    for (const [space, parts] of this.#spaces)
      for (const [part, { rows }] of parts) for (const [sort, change] of rows) yield { space, part, sort, ...change };
  }

  clear(): void {
    this.#spaces.clear();
    this.size = 0;
  }
}

function placed({ rows }: PartChanges, part: string, sort: string): (Place & RowChange)[] {
  const change = rows.get(sort);
  return change === undefined ? [] : [{ part, sort, ...change }];
}

function isWithin(sort: string, { low, high }: Bounds): boolean {
  const above = low === undefined ? 1 : compareText(sort, low.text);
  const below = high === undefined ? -1 : compareText(sort, high.text);
  return (
    (above > 0 || (above === 0 && low?.includes === true)) && (below < 0 || (below === 0 && high?.includes === true))
  );
}

/** Where a text belongs in a sorted list. */
function positionOf(sorted: readonly string[], text: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compareText(sorted[middle] ?? "", text) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
