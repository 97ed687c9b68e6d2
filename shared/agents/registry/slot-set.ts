import { present } from "../../core/present.ts";

/**
 * A set of small whole numbers that adapts to how full it is.
 *
 * 1. A list, sorted, while its bytes are fewer than the bitset's; a bitset after that. So a thousand capabilities that
 *    one agent each has cost a thousand short lists, and one that all agents have costs a bit per agent.
 * 2. It turns back into a list only when a quarter as full, so that a set on the edge does not change each time.
 */
export class SlotSet {
  /** Members in order while the set is a list. Only the first `size` count. */
  list = new Uint32Array(SMALLEST_LIST);
  /** One bit per number while the set is a bitset. Numbers beyond it are not members. */
  words: Uint32Array<ArrayBuffer> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(slot: number): boolean {
    if (this.words !== undefined) return ((this.words[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0;
    const place = this.#placeOf(slot);
    return place < this.#size && this.list[place] === slot;
  }

  /** @param range one more than the largest number in use anywhere: it says how long a bitset would be. */
  add(slot: number, range: number): void {
    if (this.has(slot)) return;
    if (this.words === undefined && (this.#size + 1) * 32 > range && this.#size >= SMALLEST_LIST) this.#toWords(range);
    if (this.words === undefined) this.#insert(slot);
    else this.words = withBit(this.words, slot);
    this.#size += 1;
  }

  delete(slot: number): void {
    if (!this.has(slot)) return;
    this.#size -= 1;
    if (this.words === undefined) return this.#removeAt(this.#placeOf(slot));
    this.words[slot >>> 5] = present(this.words[slot >>> 5]) & ~(1 << (slot & 31));
    if (this.#size < this.words.length / TURN_BACK) this.#toList();
  }

  /** Calls `visit` with every member, in order. */
  forEach(visit: (slot: number) => void): void {
    const { list, words } = this;
    if (words === undefined) for (let place = 0; place < this.#size; place += 1) visit(present(list[place]));
    else for (let index = 0; index < words.length; index += 1) visitBits(present(words[index]), index, visit);
  }

  /** Where the number is in the list, or would be. */
  #placeOf(slot: number): number {
    const list = this.list;
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (present(list[middle]) < slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(slot: number): void {
    if (this.#size === this.list.length) {
      const longer = new Uint32Array(this.list.length * 2);
      longer.set(this.list);
      this.list = longer;
    }
    const place = this.#placeOf(slot);
    this.list.copyWithin(place + 1, place, this.#size);
    this.list[place] = slot;
  }

  #removeAt(place: number): void {
    this.list.copyWithin(place, place + 1, this.#size + 1);
  }

  #toWords(range: number): void {
    const members = this.list.subarray(0, this.#size);
    this.words = members.reduce(withBit, new Uint32Array((range + 31) >>> 5));
    this.list = NO_LIST;
  }

  #toList(): void {
    const list = new Uint32Array(Math.max(SMALLEST_LIST, this.#size));
    let place = 0;
    this.forEach((slot) => (list[place++] = slot));
    this.words = undefined;
    this.list = list;
  }
}

const SMALLEST_LIST = 4;
const NO_LIST = new Uint32Array(0);
const TURN_BACK = 4;

/**
 * Calls `visit` with every number that is in all sets, in order.
 *
 * The smallest set leads: while it is a list the others are asked member by member, otherwise 32 numbers at a time.
 */
export function forEachCommon(sets: readonly SlotSet[], visit: (slot: number) => void): void {
  const [smallest, ...others] = sets.toSorted((a, b) => a.size - b.size);
  if (smallest === undefined) return;
  const words = others.map((set) => set.words).filter((bits) => bits !== undefined);
  if (smallest.words === undefined || words.length < others.length) {
    smallest.forEach((slot) => {
      if (others.every((set) => set.has(slot))) visit(slot);
    });
    return;
  }
  const leading = smallest.words;
  for (let index = 0; index < leading.length; index += 1) {
    let rest = present(leading[index]);
    for (let other = 0; rest !== 0 && other < words.length; other += 1) rest &= words[other]?.[index] ?? 0;
    visitBits(rest, index, visit);
  }
}

/** Sets the bit of a number, in the same words if they are long enough. */
function withBit(words: Uint32Array<ArrayBuffer>, slot: number): Uint32Array<ArrayBuffer> {
  let long = words;
  if (slot >>> 5 >= words.length) {
    long = new Uint32Array(Math.max((slot >>> 5) + 1, words.length * 2));
    long.set(words);
  }
  long[slot >>> 5] = present(long[slot >>> 5]) | (1 << (slot & 31));
  return long;
}

/** Visits the numbers of the bits that are set in a word, lowest first. */
function visitBits(word: number, index: number, visit: (slot: number) => void): void {
  for (let rest = word; rest !== 0; rest &= rest - 1) visit((index << 5) + 31 - Math.clz32(rest & -rest));
}
