import { present } from "../../core/present.ts";

/** A heap of small whole numbers by key, smallest key first; of equal keys the smaller number comes first. */
export class IndexHeap {
  readonly #keys: Float64Array;
  readonly #heap: Uint32Array;
  #size = 0;

  /** @param range one more than the largest number. */
  constructor(range: number) {
    this.#keys = new Float64Array(range);
    this.#heap = new Uint32Array(range);
  }

  /** The first number. @returns nothing when the heap is empty. */
  get top(): number | undefined {
    return this.#size === 0 ? undefined : this.#heap[0];
  }

  /** Adds a number that is not in the heap. */
  push(index: number, key: number): void {
    this.#keys[index] = key;
    let place = this.#size++;
    for (; place > 0; place = (place - 1) >>> 1) {
      const parent = this.#at((place - 1) >>> 1);
      if (!this.#isFirst(index, parent)) break;
      this.#heap[place] = parent;
    }
    this.#heap[place] = index;
  }

  /** Takes the first number out. */
  pop(): number | undefined {
    const top = this.top;
    if (top === undefined) return undefined;
    this.#size -= 1;
    if (this.#size > 0) this.#sink(this.#at(this.#size));
    return top;
  }

  /** Adds to the key of the first number, which may make another the first. */
  raiseTop(by: number): void {
    const top = this.#at(0);
    this.#keys[top] = this.#keyOf(top) + by;
    this.#sink(top);
  }

  /** Puts `index` into the place at the top, which is free, or below it. */
  #sink(index: number): void {
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= this.#size) break;
      const right = left + 1;
      const child = right < this.#size && this.#isFirst(this.#at(right), this.#at(left)) ? right : left;
      if (!this.#isFirst(this.#at(child), index)) break;
      this.#heap[place] = this.#at(child);
      place = child;
    }
    this.#heap[place] = index;
  }

  #isFirst(a: number, b: number): boolean {
    const [first, second] = [this.#keyOf(a), this.#keyOf(b)];
    return first < second || (first === second && a < b);
  }

  #keyOf(index: number): number {
    return present(this.#keys[index]);
  }

  #at(place: number): number {
    return present(this.#heap[place]);
  }
}
