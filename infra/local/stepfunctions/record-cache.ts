/** Keeps the records used last, and every changed one until it is written. */
export class RecordCache<Value extends { readonly id: number }> {
  readonly #capacity: number;
  readonly #records = new Map<number, Value>();
  readonly #changed = new Set<Value>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(id: number): Value | undefined {
    const record = this.#records.get(id);
    if (record === undefined) return undefined;
    this.#records.delete(id);
    this.#records.set(id, record);
    return record;
  }

  keep(record: Value): void {
    this.#records.set(record.id, record);
  }

  markChanged(record: Value): void {
    this.#changed.add(record);
  }

  forget(id: number): void {
    this.#records.delete(id);
  }

  /** Hands every changed record to `write`. */
  flush(write: (record: Value) => void): void {
    for (const record of this.#changed) write(record);
    this.#changed.clear();
  }

  /** Drops the records used least recently. Call it with no changes pending and no record in use. */
  trim(): void {
    let surplus = this.#records.size - this.#capacity;
    for (const id of this.#records.keys()) {
      if (surplus-- <= 0) break;
      this.#records.delete(id);
    }
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0;
  }
}
