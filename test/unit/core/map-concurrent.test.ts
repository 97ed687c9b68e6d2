import { describe, expect, it } from "vitest";
import { chunksOf } from "../../../shared/aws/chunks.ts";
import { mapConcurrent } from "../../../shared/core/map-concurrent.ts";

/** Work that ends when told, so that order comes from gates and not from time. */
function gated() {
  const begun: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<string>>();
  const work = (item: string): Promise<string> => {
    begun.push(item);
    const gate = Promise.withResolvers<string>();
    gates.set(item, gate);
    return gate.promise;
  };
  const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    begun,
    work,
    finish: async (item: string): Promise<void> => {
      gates.get(item)?.resolve(item.toUpperCase());
      await settled();
    },
    fail: async (item: string): Promise<void> => {
      gates.get(item)?.reject(new Error(`${item} failed`));
      await settled();
    },
  };
}

describe("mapConcurrent", () => {
  it("begins the next as soon as one is done, and keeps the order of the items", async () => {
    const { begun, work, finish } = gated();
    const all = mapConcurrent(["a", "b", "c", "d"], 2, work);
    expect(begun).toEqual(["a", "b"]);
    await finish("b");
    expect(begun).toEqual(["a", "b", "c"]);
    await finish("c");
    await finish("a");
    await finish("d");
    expect(await all).toEqual(["A", "B", "C", "D"]);
  });

  it("begins nothing after a failure, and throws it when what is under way is done", async () => {
    const { begun, work, finish, fail } = gated();
    let outcome = "open";
    const all = mapConcurrent(["a", "b", "c"], 2, work).catch((error: unknown) => (outcome = String(error)));
    await fail("b");
    expect([outcome, begun]).toEqual(["open", ["a", "b"]]);
    await finish("a");
    await all;
    expect([outcome, begun]).toEqual(["Error: b failed", ["a", "b"]]);
  });

  it("throws the first of several failures", async () => {
    const { work, fail } = gated();
    const all = expect(mapConcurrent(["a", "b"], 2, work)).rejects.toThrow("b failed");
    await fail("b");
    await fail("a");
    await all;
  });

  it("says which item it is, and does nothing for none", async () => {
    expect(await mapConcurrent(["a", "b"], 8, async (item, index) => `${item}${index}`)).toEqual(["a0", "b1"]);
    expect(await mapConcurrent([], 8, async () => 1)).toEqual([]);
  });
});

describe("chunksOf", () => {
  it.each([
    { items: [], chunks: [] },
    { items: [1, 2], chunks: [[1, 2]] },
    { items: [1, 2, 3, 4, 5], chunks: [[1, 2], [3, 4], [5]] },
  ])("cuts $items into twos", ({ items, chunks }) => {
    expect(chunksOf(items, 2)).toEqual(chunks);
  });
});
