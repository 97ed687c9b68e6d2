import type { Clock } from "./clock.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
  isCancelled: boolean;
}

const afterMicrotasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A clock that moves only when told, so that a schedule of years runs at once and always the same way.
 *
 * Timers that are due fire on their own, from the event loop; later ones wait for `advanceTo`.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #due = 0;
  /** A binary heap, earliest first; equal times in the order they were set. */
  readonly #heap: Timer[] = [];

  constructor(startAt = 0) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  setTimer(at: number, fn: () => void): () => void {
    if (at <= this.#now) return this.#fireSoon(fn);
    const timer: Timer = { at, order: this.#order++, fn, isCancelled: false };
    this.#push(timer);
    return () => {
      timer.isCancelled = true;
    };
  }

  /** Lets everything happen that is due up to `at`, in order, and stops there. */
  async advanceTo(at: number): Promise<void> {
    await this.settle();
    while (this.#earliest() <= at) {
      this.#fireEarliest();
      await this.settle();
    }
    this.#now = Math.max(this.#now, at);
  }

  /** Jumps to the next timer and fires it. @returns false when no timer is left. */
  async advanceToNext(): Promise<boolean> {
    await this.settle();
    const at = this.#earliest();
    if (at === Infinity) return false;
    await this.advanceTo(at);
    return true;
  }

  /** Resolves when nothing more happens at the present time. */
  async settle(): Promise<void> {
    do await afterMicrotasks();
    while (this.#due > 0);
  }

  #fireSoon(fn: () => void): () => void {
    this.#due++;
    let isPending = true;
    const done = (): boolean => {
      const wasPending = isPending;
      isPending = false;
      if (wasPending) this.#due--;
      return wasPending;
    };
    setImmediate(() => {
      if (done()) fn();
    });
    return done;
  }

  #earliest(): number {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (!top.isCancelled) return top.at;
      this.#pop();
    }
    return Infinity;
  }

  #fireEarliest(): void {
    const timer = this.#pop();
    if (timer === undefined) return;
    this.#now = timer.at;
    timer.fn();
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(timer, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let lower = 2 * index + 1;
      const [left, right] = [heap[lower], heap[lower + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) lower++;
      const below = heap[lower] ?? left;
      if (!isBefore(below, last)) break;
      heap[index] = below;
      index = lower;
    }
    heap[index] = last;
    return top;
  }
}

const isBefore = (one: Timer, other: Timer): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
