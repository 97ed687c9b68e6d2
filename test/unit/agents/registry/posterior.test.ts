import { describe, expect, it } from "vitest";
import { addEvidence, NO_EVIDENCE, NO_POSTERIORS, observeEnding, type Posteriors } from "../../../../shared/agents/registry/posterior.ts";

const DAY = 86_400_000;
const one = (known: Posteriors, more: Partial<Parameters<typeof observeEnding>[1]> = {}): Posteriors => observeEnding(known, { capability: "work", success: 1, at: 0, ...more });

describe("what is learnt of an agent", () => {
  it("counts every task, the newest whole", () => {
    const known = one(one(NO_POSTERIORS, { success: 0, seconds: 1 }), { seconds: Math.E ** 2, cost: 3 });
    const { work } = known.skills;
    expect(work).toMatchObject({ completed: 1, failed: 0.998, priced: 1, cost: 3 });
    expect(work?.timed).toBeCloseTo(1.998);
    expect(work?.mean).toBeCloseTo(2 / 1.998);
  });

  it("counts half after a week", () => {
    const known = one(one(NO_POSTERIORS), { at: 7 * DAY });
    expect(known.skills["work"]?.completed).toBeCloseTo(1 + 0.998 / 2);
    expect(known.at).toBe(7 * DAY);
  });

  it("takes one that comes late for one of now", () => {
    const known = one(one(NO_POSTERIORS, { at: DAY }));
    expect(known).toMatchObject({ at: DAY, skills: { work: { completed: 1.998 } } });
  });

  it("forgets the capability with the least evidence once there are too many", () => {
    const many = Array.from({ length: 48 }, (_, index) => index).reduce((known, index) => one(known, { capability: `c${index}` }), NO_POSTERIORS);
    const { skills } = one(many, { capability: "new" });
    expect(Object.keys(skills)).toHaveLength(48);
    expect(skills).not.toHaveProperty("c0");
    expect(skills).toHaveProperty("new");
  });

  it("takes no time at all for a millisecond, and adds nothing to nothing", () => {
    expect(one(NO_POSTERIORS, { seconds: 0 }).skills["work"]?.mean).toBeCloseTo(Math.log(0.001));
    expect(addEvidence(NO_EVIDENCE, NO_EVIDENCE)).toEqual(NO_EVIDENCE);
  });
});
