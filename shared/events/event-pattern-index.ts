import { anchorsOf } from "./event-pattern-anchors.ts";
import { Bucket, type Placement } from "./event-pattern-buckets.ts";
import { FieldTree } from "./event-pattern-fields.ts";
import { compilePattern, type EventMatcher } from "./event-pattern.ts";

interface Entry<Rule> {
  readonly rule: Rule;
  readonly pattern: unknown;
  readonly matches: EventMatcher;
  readonly order: number;
  isRemoved: boolean;
  turn: number;
}

/**
 * Rules by their event patterns: an event is tried only against the rules that name what it holds. The answers are
 * those of `compilePattern`. `test/bench/event-index.bench.ts` measures it.
 *
 * 1. What the buckets find is all that may match; the full matcher decides on each.
 * 2. Rules come out in the order in which they were added.
 * 3. A rule that was added is sorted in before the next event. When the rules have doubled, or half of them are gone,
 *    all are sorted anew, so that adding and removing cost the same however many there are.
 */
export class EventPatternIndex<Rule> {
  readonly #entries = new Map<Rule, Entry<Rule>[]>();
  #pending: Entry<Rule>[] = [];
  #tree = new FieldTree();
  #root = new Bucket<Entry<Rule>>();
  #added = 0;
  #size = 0;
  #sizeWhenSorted = 0;
  #removedSince = 0;

  /** How many patterns there are. */
  get size(): number {
    return this.#size;
  }

  /** A rule may be added with several patterns; it then matches once for each. @throws {InvalidPatternError} */
  add(pattern: unknown, rule: Rule): void {
    const matches = compilePattern(pattern);
    const entry = { rule, pattern, matches, order: this.#added++, isRemoved: false, turn: 0 };
    const same = this.#entries.get(rule);
    if (same === undefined) this.#entries.set(rule, [entry]);
    else same.push(entry);
    this.#pending.push(entry);
    this.#size += 1;
  }

  /** Takes a rule out, with all its patterns. @returns whether there was one. */
  remove(rule: Rule): boolean {
    const gone = this.#entries.get(rule) ?? [];
    for (const entry of gone) entry.isRemoved = true;
    this.#size -= gone.length;
    this.#removedSince += gone.length;
    return this.#entries.delete(rule);
  }

  /** The rules that an event matches. */
  match(event: unknown): Rule[] {
    if (this.#pending.length > 0 || this.#removedSince > this.#size) this.#sortIn();
    this.#tree.read(event);
    const found: Entry<Rule>[] = [];
    this.#root.collect(this.#tree.turn, found);
    const matched = found.filter(({ isRemoved, matches }) => !isRemoved && matches(event));
    if (matched.length > 1) matched.sort((a, b) => a.order - b.order);
    return matched.map(({ rule }) => rule);
  }

  #sortIn(): void {
    if (this.#size > 2 * this.#sizeWhenSorted || this.#removedSince > this.#size) {
      this.#tree = new FieldTree();
      this.#root = new Bucket();
      this.#pending = [...this.#entries.values()].flat();
      this.#sizeWhenSorted = this.#size;
      this.#removedSince = 0;
    }
    this.#root.add(this.#pending.filter(({ isRemoved }) => !isRemoved).map((entry) => this.#placementOf(entry)));
    this.#pending = [];
  }

  #placementOf(item: Entry<Rule>): Placement<Entry<Rule>> {
    item.turn = 0;
    return { item, anchors: anchorsOf(item.pattern, this.#tree), copies: 1 };
  }
}
