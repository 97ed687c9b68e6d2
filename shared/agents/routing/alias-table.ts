import { present } from "../../core/present.ts";

/** Draws numbers with given probabilities in constant time (Walker's alias method, built as Vose describes). */
export class AliasTable {
  readonly #keep: Float64Array;
  readonly #alias: Uint32Array;

  /** @param weights not negative. All 0: they count alike. */
  constructor(weights: readonly number[]) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const share = (weight: number): number => (total > 0 ? (weight * weights.length) / total : 1);
    this.#keep = Float64Array.from(weights, share);
    this.#alias = Uint32Array.from(weights.keys());
    this.#level();
  }

  /**
   * The number that a random number of [0, 1) stands for.
   *
   * @returns nothing for a table without weights.
   */
  draw(random: number): number | undefined {
    if (this.#keep.length === 0) return undefined;
    const spread = random * this.#keep.length;
    const column = Math.floor(spread);
    return spread - column < this.#keepOf(column) ? column : this.#alias[column];
  }

  /** Fills each column that has less than its share from one that has more. */
  #level(): void {
    const columns = [...this.#keep.keys()];
    const poor = columns.filter((column) => this.#keepOf(column) < 1);
    const rich = columns.filter((column) => this.#keepOf(column) >= 1);
    for (let low = poor.pop(); low !== undefined; low = poor.pop()) {
      const high = rich.pop();
      if (high === undefined) {
        this.#keep[low] = 1; // only rounding leaves a poor column without a rich one
        continue;
      }
      this.#alias[low] = high;
      this.#keep[high] = this.#keepOf(high) - (1 - this.#keepOf(low));
      (this.#keepOf(high) < 1 ? poor : rich).push(high);
    }
    for (const column of rich) this.#keep[column] = 1;
  }

  #keepOf(column: number): number {
    return present(this.#keep[column]);
  }
}
