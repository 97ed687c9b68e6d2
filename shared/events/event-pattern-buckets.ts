import type { Anchor } from "./event-pattern-anchors.ts";
import type { FieldKey, PatternField } from "./event-pattern-fields.ts";
import { FieldTable } from "./event-pattern-table.ts";

/** What a bucket holds. `turn` is the event that it was found for last, so that it is found once. */
export interface Found {
  turn: number;
}

/** An item, and the anchors that a bucket may still sort it by. */
export interface Placement<Item> {
  readonly item: Item;
  readonly anchors: readonly Anchor[];
  /** In how many buckets the item lies. */
  readonly copies: number;
}

/** Trying so many is cheaper than asking another field. */
const CROWD = 6;
/** Anchors of many keys multiply from bucket to bucket; an item lies in no more than so many, or its own keys. */
const MOST_COPIES = 256;

/**
 * Items that one event may concern. A crowd is sorted by the anchor of each item that the fewest others share; the
 * buckets below do the same with the anchors that are left. So a value that many name is asked together with a second.
 */
export class Bucket<Item extends Found> {
  readonly #loose: Placement<Item>[] = [];
  readonly #tables: FieldTable<Bucket<Item>>[] = [];
  /** How many items name a key, how many keys a field has, and how many of its ranges. */
  readonly #counts = new Map<FieldKey, number>();
  readonly #kinds = new Map<PatternField, { keys: number; ranges: number }>();
  #isSorted = false;

  /** Adds items; what comes together is sorted by what all of it names. */
  add(placements: readonly Placement<Item>[]): void {
    if (!this.#isSorted && this.#loose.length + placements.length <= CROWD) {
      this.#loose.push(...placements);
      return;
    }
    const unsorted = this.#isSorted ? placements : [...this.#loose.splice(0), ...placements];
    this.#isSorted = true;
    for (const { anchors } of unsorted) for (const key of anchors.flat()) this.#note(key);
    this.#sort(unsorted);
  }

  /** Adds to `found` what the event of this turn may concern. */
  collect(turn: number, found: Item[]): void {
    for (const { item } of this.#loose) {
      if (item.turn === turn) continue;
      item.turn = turn;
      found.push(item);
    }
    for (const table of this.#tables) {
      if (table.field.turn === turn) table.visit((bucket) => bucket.collect(turn, found));
    }
  }

  #note(key: FieldKey): void {
    const count = this.#counts.get(key) ?? 0;
    const kinds = this.#kinds.get(key.field) ?? { keys: 0, ranges: 0 };
    if (count === 0) kinds.keys += 1;
    if (key.test.kind === "range") kinds.ranges += 1;
    this.#counts.set(key, count + 1);
    this.#kinds.set(key.field, kinds);
  }

  /**
   * A guess at how many items an event with this field is tried against for the key. Of a field with many keys a value
   * is one; of ranges one in two fits; being there fits always.
   */
  #costOf(key: FieldKey): number {
    const count = this.#counts.get(key) ?? 0;
    const { keys, ranges } = this.#kinds.get(key.field) ?? { keys: 1, ranges: 0 };
    if (key.test.kind === "range") return ranges / 2;
    return key.test.kind === "present" ? count : count / keys;
  }

  #sort(unsorted: readonly Placement<Item>[]): void {
    const below = new Map<FieldKey, Placement<Item>[]>();
    for (const placement of unsorted) {
      const rarest = this.#rarestOf(placement);
      if (rarest === undefined) this.#loose.push(placement);
      else spread(placement, rarest, below);
    }
    for (const [key, placements] of below) {
      this.#tableOf(key.field).bucketOf(key, () => new Bucket<Item>()).add(placements);
    }
  }

  #rarestOf({ anchors, copies }: Placement<Item>): Anchor | undefined {
    let [rarest, least]: [Anchor | undefined, number] = [undefined, Infinity];
    for (const anchor of anchors) {
      if (copies > 1 && copies * anchor.length > MOST_COPIES) continue;
      const cost = anchor.reduce((sum, key) => sum + this.#costOf(key), 0);
      if (cost < least) [rarest, least] = [anchor, cost];
    }
    return rarest;
  }

  #tableOf(field: PatternField): FieldTable<Bucket<Item>> {
    const known = this.#tables.find((table) => table.field === field);
    if (known !== undefined) return known;
    const table = new FieldTable<Bucket<Item>>(field);
    this.#tables.push(table);
    return table;
  }
}

/** Under each key of the anchor the item, with the anchors that are left. */
function spread<Item>(placement: Placement<Item>, by: Anchor, below: Map<FieldKey, Placement<Item>[]>): void {
  const anchors = placement.anchors.filter((anchor) => anchor !== by);
  const rest = { item: placement.item, anchors, copies: placement.copies * by.length };
  for (const key of by) {
    const same = below.get(key);
    if (same === undefined) below.set(key, [rest]);
    else same.push(rest);
  }
}
