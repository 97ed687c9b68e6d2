import type { Item } from "../values/value.ts";

interface Entry {
  readonly item: Item;
  readonly size: number;
}

/** Items by name, as many as a size allows; what was not asked for longest goes first. */
export class ItemCache {
  readonly #maxSize: number;
  // A map keeps the order of insertion, and so of use: what is used is put in anew.
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get(name: string): Item | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.item;
  }

  /** Looks without using. */
  peek(name: string): Item | undefined {
    return this.#entries.get(name)?.item;
  }

  /** What is larger than the whole cache is not kept. */
  set(name: string, item: Item, size: number): void {
    this.delete(name);
    if (size > this.#maxSize) return;
    this.#entries.set(name, { item, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#maxSize) return;
      this.delete(oldest);
    }
  }

  delete(name: string): void {
    this.#size -= this.#entries.get(name)?.size ?? 0;
    this.#entries.delete(name);
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }
}
