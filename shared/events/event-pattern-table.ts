import type { FieldKey, KeyTest, PatternField } from "./event-pattern-fields.ts";

interface Range<Bucket> {
  readonly low: number;
  readonly high: number;
  readonly bucket: Bucket;
}

/** Texts of one length, so that one slice of a value finds the one that fits. */
interface Affixes<Bucket> {
  readonly length: number;
  readonly buckets: Map<string, Bucket>;
}

/** From the values that an event holds in one field to buckets, by the keys that they pass. */
export class FieldTable<Bucket> {
  readonly field: PatternField;
  readonly #buckets = new Map<FieldKey, Bucket>();
  readonly #exact = new Map<unknown, Bucket>();
  readonly #lower = new Map<string, Bucket>();
  readonly #prefixes: Affixes<Bucket>[] = [];
  readonly #suffixes: Affixes<Bucket>[] = [];
  /** By their lower bound. */
  readonly #ranges: Range<Bucket>[] = [];
  #present: Bucket | undefined;

  constructor(field: PatternField) {
    this.field = field;
  }

  /** The bucket of a key, made where there is none. */
  bucketOf(key: FieldKey, make: () => Bucket): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    const bucket = make();
    this.#buckets.set(key, bucket);
    this.#enter(key.test, bucket);
    return bucket;
  }

  /** Visits the bucket of each key that a value of the event passes; one that several values pass, several times. */
  visit(see: (bucket: Bucket) => void): void {
    const { count, values } = this.field;
    if (this.#present !== undefined) see(this.#present);
    for (let at = 0; at < count; at += 1) {
      const value = values[at];
      const exact = this.#exact.get(value);
      if (exact !== undefined) see(exact);
      if (typeof value === "string") this.#visitText(value, see);
      else if (typeof value === "number") this.#visitNumber(value, see);
    }
  }

  #visitText(value: string, see: (bucket: Bucket) => void): void {
    if (this.#lower.size > 0) {
      const lower = this.#lower.get(value.toLowerCase());
      if (lower !== undefined) see(lower);
    }
    for (const { length, buckets } of this.#prefixes) {
      const bucket = value.length < length ? undefined : buckets.get(value.slice(0, length));
      if (bucket !== undefined) see(bucket);
    }
    for (const { length, buckets } of this.#suffixes) {
      const bucket = value.length < length ? undefined : buckets.get(value.slice(value.length - length));
      if (bucket !== undefined) see(bucket);
    }
  }

  #visitNumber(value: number, see: (bucket: Bucket) => void): void {
    for (const { low, high, bucket } of this.#ranges) {
      if (low > value) return;
      if (value <= high) see(bucket);
    }
  }

  #enter(test: KeyTest, bucket: Bucket): void {
    switch (test.kind) {
      case "exact":
        this.#exact.set(test.value, bucket);
        return;
      case "lower":
        this.#lower.set(test.text, bucket);
        return;
      case "prefix":
        affixesOf(this.#prefixes, test.text.length).set(test.text, bucket);
        return;
      case "suffix":
        affixesOf(this.#suffixes, test.text.length).set(test.text, bucket);
        return;
      case "range":
        enterRange(this.#ranges, { low: test.low, high: test.high, bucket });
        return;
      case "present":
        this.#present = bucket;
        return;
      default:
        test satisfies never;
    }
  }
}

function affixesOf<Bucket>(affixes: Affixes<Bucket>[], length: number): Map<string, Bucket> {
  const known = affixes.find((each) => each.length === length);
  if (known !== undefined) return known.buckets;
  const buckets = new Map<string, Bucket>();
  affixes.push({ length, buckets });
  return buckets;
}

function enterRange<Bucket>(ranges: Range<Bucket>[], range: Range<Bucket>): void {
  const behind = ranges.findIndex(({ low }) => low > range.low);
  ranges.splice(behind < 0 ? ranges.length : behind, 0, range);
}
