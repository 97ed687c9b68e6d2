/** Lets at most `max` through at a time; the others wait in line. */
export class ConcurrencyLimit {
  readonly #max: number;
  readonly #line: (() => void)[] = [];
  #inside = 0;

  constructor(max: number) {
    this.#max = max;
  }

  async enter(): Promise<void> {
    if (this.#inside < this.#max) {
      this.#inside += 1;
      return;
    }
    await new Promise<void>((resolve) => this.#line.push(resolve));
  }

  leave(): void {
    const next = this.#line.shift();
    // The place of the one who leaves goes straight to the next.
    if (next === undefined) this.#inside -= 1;
    else next();
  }
}
