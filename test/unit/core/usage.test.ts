import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstUsage, readUsage, sumUsage, Usage, USAGE_FIGURES, withoutUsage } from "../../../shared/core/usage.ts";

describe("what an agent calls usage", () => {
  it("is taken figure by figure", () => {
    const all = {
      cost: 0.25,
      tokens: 1,
      records: 2,
      cpu_seconds: 1.5,
      memory_bytes: 3,
      network_bytes: 4,
      storage_bytes: 0,
    };
    expect(readUsage(all)).toEqual(all);
    expect(USAGE_FIGURES).toEqual(Object.keys(all));
    expect(readUsage({ tokens: 7 })).toEqual({ tokens: 7 });
  });

  it.each([
    ["negative", { cost: -1, tokens: 5 }],
    ["no number", { cost: "1", tokens: 5 }],
    ["not a number", { cost: Number.NaN, tokens: 5 }],
    ["not finite", JSON.parse('{"cost":1e400,"tokens":5}')],
    ["too large", { cost: 1e200, tokens: 5 }],
    ["a part of something that is counted", { records: 1.5, tokens: 5 }],
    ["a whole number that a double does not hold", { records: 2 ** 53, tokens: 5 }],
    ["a list", { cost: [1], tokens: 5 }],
    ["called by a name that is none", { constructor: 1, price: 2, tokens: 5 }],
  ])("leaves out what is %s, and keeps the rest", (_, raw) => {
    expect(readUsage(raw)).toEqual({ tokens: 5 });
  });

  it.each([undefined, null, 5, "cost", [], [{ cost: 1 }], {}, { cost: null }, { cost: "much" }])(
    "is nothing in %j",
    (raw) => {
      expect(readUsage(raw)).toBeUndefined();
    },
  );

  it("takes total_tokens for tokens where nothing better is said", () => {
    expect(readUsage({ total_tokens: 5 })).toEqual({ tokens: 5 });
    expect(readUsage({ total_tokens: 5, tokens: 4 })).toEqual({ tokens: 4 });
    expect(readUsage({ total_tokens: 5, tokens: -4 })).toEqual({ tokens: 5 });
  });

  it("is kept to nine digits behind the point", () => {
    expect(readUsage({ cost: 1e-200, cpu_seconds: 0.123_456_789_4 })).toEqual({ cost: 0, cpu_seconds: 0.123_456_789 });
  });

  it("can be stored, whatever it was", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...USAGE_FIGURES, "total_tokens", "__proto__"), fc.anything()),
        (raw) => {
          const read = readUsage(raw);
          if (read !== undefined) expect(Usage.parse(JSON.parse(JSON.stringify(read)))).toEqual(read);
        },
      ),
    );
  });
});

describe("sums of usage", () => {
  it("have the figures that were named", () => {
    expect(sumUsage([{ cost: 0.1 }, undefined, { cost: 0.2, tokens: 5 }])).toEqual({ cost: 0.3, tokens: 5 });
    expect(sumUsage([undefined, {}])).toBeUndefined();
    expect(sumUsage([])).toBeUndefined();
  });

  it("stop where whole numbers are no longer exact", () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(sumUsage([{ tokens: most }, { tokens: most }])).toEqual({ tokens: most });
  });

  it("lose a part again, and never more than they have", () => {
    expect(withoutUsage({ cost: 0.3, tokens: 5 }, { cost: 0.1, records: 2 })).toEqual({ cost: 0.2, tokens: 5 });
    expect(withoutUsage({ tokens: 5 }, { tokens: 6 })).toEqual({ tokens: 0 });
    expect(withoutUsage(undefined, { tokens: 6 })).toBeUndefined();
  });

  it("are not made of several words about the same: the first that names a figure counts", () => {
    expect(firstUsage(undefined, { cost: 1 }, { cost: 2, tokens: 3 })).toEqual({ cost: 1, tokens: 3 });
    expect(firstUsage()).toBeUndefined();
  });
});
