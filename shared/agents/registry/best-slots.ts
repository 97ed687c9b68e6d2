import { present } from "../../core/present.ts";

/**
 * The best few of many scored numbers, without sorting the many: a heap whose top is the worst of the best.
 *
 * Of equal scores the one that `comesFirst` counts as better, so the outcome does not depend on the order of offers.
 */
export class BestSlots {
  readonly #scores: Float64Array;
  readonly #slots: Uint32Array;
  readonly #comesFirst: (slot: number, other: number) => boolean;
  #size = 0;

  constructor(limit: number, comesFirst: (slot: number, other: number) => boolean) {
    this.#scores = new Float64Array(limit);
    this.#slots = new Uint32Array(limit);
    this.#comesFirst = comesFirst;
  }

  /** Keeps the number if it is among the best so far. */
  offer(slot: number, score: number): void {
    if (this.#size < this.#slots.length) {
      this.#put(this.#size, slot, score);
      this.#size += 1;
      this.#rise(this.#size - 1);
    } else if (this.#size > 0 && this.#isBetter(slot, score, 0)) {
      this.#put(0, slot, score);
      this.#sink();
    }
  }

  /** The best, best first. */
  ranked(): { slot: number; score: number }[] {
    const kept = Array.from({ length: this.#size }, (_, place) => ({
      slot: this.#slotAt(place),
      score: this.#scoreAt(place),
    }));
    return kept.sort((a, b) => b.score - a.score || (this.#comesFirst(a.slot, b.slot) ? -1 : 1));
  }

  #isBetter(slot: number, score: number, place: number): boolean {
    const other = this.#scoreAt(place);
    return score > other || (score === other && this.#comesFirst(slot, this.#slotAt(place)));
  }

  #rise(start: number): void {
    let place = start;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (this.#isBetter(this.#slotAt(place), this.#scoreAt(place), parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(): void {
    let place = 0;
    for (;;) {
      let worst = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < this.#size && this.#isBetter(this.#slotAt(worst), this.#scoreAt(worst), child)) worst = child;
      }
      if (worst === place) return;
      this.#swap(place, worst);
      place = worst;
    }
  }

  #swap(a: number, b: number): void {
    const [slot, score] = [this.#slotAt(a), this.#scoreAt(a)];
    this.#put(a, this.#slotAt(b), this.#scoreAt(b));
    this.#put(b, slot, score);
  }

  #put(place: number, slot: number, score: number): void {
    this.#slots[place] = slot;
    this.#scores[place] = score;
  }

  #slotAt(place: number): number {
    return present(this.#slots[place]);
  }

  #scoreAt(place: number): number {
    return present(this.#scores[place]);
  }
}
