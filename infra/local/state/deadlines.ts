interface Entry<Item> {
  readonly at: number;
  readonly item: Item;
}

// Node fires a longer setTimeout at once.
const MAX_TIMEOUT_MS = 2_147_483_647;

/** Hands out items when their time has come. Entries cannot be withdrawn: the receiver checks that one still counts. */
export class Deadlines<Item> {
  readonly #heap: Entry<Item>[] = [];
  readonly #due: (item: Item, at: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  constructor(due: (item: Item, at: number) => void) {
    this.#due = due;
  }

  /** @param at - milliseconds since 1970. */
  add(at: number, item: Item): void {
    const heap = this.#heap;
    let index = heap.push({ at, item }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if ((heap[parent]?.at ?? 0) <= (heap[index]?.at ?? 0)) break;
      this.#swap(index, parent);
      index = parent;
    }
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#heap.length = 0;
    this.#timerAt = Infinity;
  }

  #arm(): void {
    const next = this.#heap[0];
    if (next === undefined || next.at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = next.at;
    const delay = Math.min(Math.max(next.at - Date.now(), 0), MAX_TIMEOUT_MS);
    this.#timer = setTimeout(() => this.#fire(), delay);
  }

  #fire(): void {
    this.#timerAt = Infinity;
    const now = Date.now();
    for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
      this.#pop();
      this.#due(next.item, next.at);
    }
    this.#arm();
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const child = right < heap.length && (heap[right]?.at ?? 0) < (heap[left]?.at ?? 0) ? right : left;
      if ((heap[index]?.at ?? 0) <= (heap[child]?.at ?? 0)) return;
      this.#swap(index, child);
      index = child;
    }
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
