/**
 * Consistent hashing: a ring of points, many for each member; a key belongs to the member of the next point.
 *
 * 1. A point is one number, hash × 2^20 + rank, so one sorted array holds the ring. Ranks follow the order of ids:
 *    rings with the same members are the same, whatever came and went before.
 * 2. A change of members costs one pass over the points and the sorting of the new ones.
 * 3. `#starts` leads from a hash's upper bits to the first point that may be next: a lookup looks at two points or so.
 */
import { present } from "../../core/present.ts";
import { ROUTING } from "../limits.ts";
import { hashText, mixBits } from "./hash.ts";

/** Finds the member that a hash belongs to. */
export class HashRing {
  readonly #virtualNodes: number;
  #ids: readonly string[] = [];
  #points = new Float64Array(0);
  #starts = new Uint32Array(1);
  #shift = 32;
  /** What the caller calls the member of a rank. */
  #indexOf = new Uint32Array(0);

  constructor(virtualNodes: number = ROUTING.virtualNodes) {
    this.#virtualNodes = virtualNodes;
  }

  /** Replaces the members; `find` answers with places in `ids`, which must differ. */
  update(ids: readonly string[]): void {
    const order = [...ids.entries()].sort(([, a], [, b]) => (a < b ? -1 : 1));
    const sorted = order.map(([, id]) => id);
    this.#indexOf = Uint32Array.from(order, ([index]) => index);
    if (sorted.length === this.#ids.length && sorted.every((id, rank) => id === this.#ids[rank])) return;
    const ranks = new Map(sorted.map((id, rank) => [id, rank]));
    const known = new Set(this.#ids);
    const kept = this.#keptPoints(ranks);
    const newcomers = [...sorted.entries()].filter(([, id]) => !known.has(id));
    const added = new Float64Array(newcomers.length * this.#virtualNodes);
    for (const [place, [rank, id]] of newcomers.entries())
      this.#placePoints(id, rank, added.subarray(place * this.#virtualNodes));
    this.#points = merged(kept, added.sort());
    this.#ids = sorted;
    this.#index();
  }

  /** The member that owns a 32-bit hash. @returns nothing for an empty ring. */
  find(hash: number): number | undefined {
    return this.#ids.length === 0 ? undefined : this.#ownerAt(this.#placeOf(hash));
  }

  /** The first member from the hash on, round the ring, that `accepts`. */
  findWhere(hash: number, accepts: (index: number) => boolean): number | undefined {
    const start = this.#placeOf(hash);
    for (let step = 0; step < this.#points.length; step += 1) {
      const owner = this.#ownerAt((start + step) % this.#points.length);
      if (accepts(owner)) return owner;
    }
    return undefined;
  }

  #placeOf(hash: number): number {
    const target = hash * RANKS;
    let place = present(this.#starts[this.#shift === 32 ? 0 : hash >>> this.#shift]);
    while (place < this.#points.length && present(this.#points[place]) < target) place += 1;
    return place === this.#points.length ? 0 : place;
  }

  #ownerAt(place: number): number {
    return present(this.#indexOf[present(this.#points[place]) % RANKS]);
  }

  #placePoints(id: string, rank: number, points: Float64Array): void {
    const [first, second] = [hashText(id, 1), hashText(id, 2)];
    for (let copy = 0; copy < this.#virtualNodes; copy += 1)
      points[copy] = mixBits(first ^ mixBits(second + copy)) * RANKS + rank;
  }

  /** The points of members that stay, under their new ranks. Still sorted: those who stay keep their order. */
  #keptPoints(ranks: ReadonlyMap<string, number>): Float64Array {
    const moved = this.#ids.map((id) => ranks.get(id));
    const kept = new Float64Array(this.#points.length);
    let length = 0;
    for (const point of this.#points) {
      const rank = point % RANKS;
      const now = moved[rank];
      if (now !== undefined) kept[length++] = point - rank + now;
    }
    return kept.subarray(0, length);
  }

  #index(): void {
    const bits = Math.min(MOST_BITS, Math.ceil(Math.log2(Math.max(1, this.#points.length))));
    this.#shift = 32 - bits;
    this.#starts = new Uint32Array(2 ** bits);
    let place = 0;
    for (let bucket = 0; bucket < this.#starts.length; bucket += 1) {
      const first = bucket * 2 ** this.#shift * RANKS;
      while (place < this.#points.length && present(this.#points[place]) < first) place += 1;
      this.#starts[bucket] = place;
    }
  }
}

/** Members that a ring can tell apart: 32 bits of hash and 20 of rank fit the 53 of a number. */
const RANKS = 2 ** 20;
const MOST_BITS = 20;

function merged(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const both = new Float64Array(a.length + b.length);
  let [fromA, fromB] = [0, 0];
  for (let place = 0; place < both.length; place += 1) {
    const takesA = fromB === b.length || (fromA < a.length && present(a[fromA]) <= present(b[fromB]));
    both[place] = present(takesA ? a[fromA++] : b[fromB++]);
  }
  return both;
}
