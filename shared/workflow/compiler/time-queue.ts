interface Entry<Item> {
  readonly time: number;
  readonly order: number;
  readonly item: Item;
}

/** Hands items out by time, equal times in the order they came. A binary heap. */
export class TimeQueue<Item> {
  readonly #heap: Entry<Item>[] = [];
  #added = 0;

  add(time: number, item: Item): void {
    const entry = { time, order: this.#added++, item };
    let hole = this.#heap.length;
    for (let up = (hole - 1) >> 1; hole > 0; up = (hole - 1) >> 1) {
      const parent = this.#heap[up];
      if (parent === undefined || isEarlier(parent, entry)) break;
      this.#heap[hole] = parent;
      hole = up;
    }
    this.#heap[hole] = entry;
  }

  take(): { readonly time: number; readonly item: Item } | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Entry<Item>): void {
    let hole = 0;
    for (;;) {
      const left = this.#heap[2 * hole + 1];
      const right = this.#heap[2 * hole + 2];
      if (left === undefined) break;
      const takesRight = right !== undefined && isEarlier(right, left);
      const child = takesRight ? right : left;
      if (isEarlier(entry, child)) break;
      this.#heap[hole] = child;
      hole = 2 * hole + (takesRight ? 2 : 1);
    }
    this.#heap[hole] = entry;
  }
}

function isEarlier<Item>(a: Entry<Item>, b: Entry<Item>): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
