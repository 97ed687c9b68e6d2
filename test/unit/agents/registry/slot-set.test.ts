import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forEachCommon, SlotSet } from "../../../../shared/agents/registry/slot-set.ts";

const RANGE = 2000;
const setOf = (slots: Iterable<number>): SlotSet => {
  const set = new SlotSet();
  for (const slot of slots) set.add(slot, RANGE);
  return set;
};
const membersOf = (set: SlotSet): number[] => {
  const found: number[] = [];
  set.forEach((slot) => found.push(slot));
  return found;
};
const common = (sets: readonly SlotSet[]): number[] => {
  const found: number[] = [];
  forEachCommon(sets, (slot) => found.push(slot));
  return found;
};
/** From a handful to nearly all, so that lists, bitsets and both turns come up. */
const members = fc.integer({ min: 1, max: 1500 }).chain((most) => fc.uniqueArray(fc.nat(RANGE - 1), { maxLength: most, size: "max" }));

describe("SlotSet", () => {
  it("behaves as a Set whatever is added and deleted", () => {
    const moves = fc.array(fc.tuple(fc.boolean(), fc.nat(RANGE - 1)), { maxLength: 400 });
    fc.assert(
      fc.property(members, moves, (start, steps) => {
        const [set, model] = [setOf(start), new Set(start)];
        for (const [adds, slot] of steps) {
          if (adds) {
            set.add(slot, RANGE);
            model.add(slot);
          } else {
            set.delete(slot);
            model.delete(slot);
          }
        }
        expect(membersOf(set)).toEqual([...model].sort((a, b) => a - b));
        expect(set.size).toBe(model.size);
        expect(steps.every(([, slot]) => set.has(slot) === model.has(slot))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("turns into a bitset when that is smaller, and back when nearly empty", () => {
    const set = setOf(Array.from({ length: 62 }, (_, index) => index * 3));
    expect([set.words, set.list.length]).toEqual([undefined, 64]);
    set.add(1999, RANGE);
    expect([set.words?.length, set.list.length]).toEqual([63, 0]);
    for (const slot of membersOf(set).slice(15)) set.delete(slot);
    expect([set.words, set.size]).toEqual([undefined, 15]);
  });

  it("takes numbers beyond the range it was built for", () => {
    const set = setOf(Array.from({ length: 200 }, (_, index) => index));
    set.add(70_000, 70_001);
    expect([set.has(70_000), set.has(69_999), set.size]).toEqual([true, false, 201]);
  });
});

describe("forEachCommon", () => {
  it("finds what is in all sets, in order", () => {
    fc.assert(
      fc.property(fc.array(members, { minLength: 1, maxLength: 4 }), (lists) => {
        const [first = [], ...others] = lists;
        const expected = first.filter((slot) => others.every((list) => list.includes(slot))).sort((a, b) => a - b);
        expect(common(lists.map(setOf))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("finds nothing in no sets", () => {
    expect(common([])).toEqual([]);
  });
});
