/** Rows of the timeline: names while they can be read, else as few lanes as never let two bars meet. */
export interface Lanes {
  /** Row of each task; -1: it has no bar yet. */
  readonly lane: Int32Array;
  readonly count: number;
  readonly isNamed: boolean;
}

/** Up to so many tasks have a row of their own, with a name. */
export const NAMED_TASKS = 24;

export function namedLanes(starts: Float64Array, layer: Int32Array): Lanes {
  const startOf = (task: number): number => (starts[task] ?? 0) || Number.POSITIVE_INFINITY;
  const order = [...starts.keys()].sort((a, b) => {
    const [first, second] = [startOf(a), startOf(b)];
    return first === second ? (layer[a] ?? 0) - (layer[b] ?? 0) || a - b : first - second;
  });
  const lane = new Int32Array(starts.length);
  order.forEach((task, index) => (lane[task] = index));
  return { lane, count: starts.length, isNamed: true };
}

/** Each bar goes into the lane that is free longest; there are as many as bars lie side by side at once. */
export function packedLanes(starts: Float64Array, ends: (task: number) => number): Lanes {
  const lane = new Int32Array(starts.length).fill(-1);
  const order = [...starts.keys()].filter((task) => (starts[task] ?? 0) > 0);
  order.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || a - b);
  const heap = new EndHeap();
  let count = 0;
  for (const task of order) {
    const free = heap.first !== undefined && heap.first.end <= (starts[task] ?? 0) ? heap.pop().lane : count++;
    lane[task] = free;
    heap.push({ end: ends(task), lane: free });
  }
  return { lane, count: Math.max(1, count), isNamed: false };
}

interface End {
  readonly end: number;
  readonly lane: number;
}

/** Lanes by when they become free. */
class EndHeap {
  readonly #items: End[] = [];

  get first(): End | undefined {
    return this.#items[0];
  }

  push(item: End): void {
    let at = this.#items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): End {
    const [first] = this.#items;
    const last = this.#items.pop();
    if (first === undefined || last === undefined) throw new Error("the heap is empty");
    if (this.#items.length > 0) this.#items[0] = last;
    this.#sink();
    return first;
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < this.#items.length && this.#isBefore(left, least)) least = left;
      if (right < this.#items.length && this.#isBefore(right, least)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [first, second] = [this.#items[a], this.#items[b]];
    return first !== undefined && second !== undefined && (first.end - second.end || first.lane - second.lane) < 0;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#items[a], this.#items[b]];
    if (first === undefined || second === undefined) return;
    this.#items[a] = second;
    this.#items[b] = first;
  }
}
