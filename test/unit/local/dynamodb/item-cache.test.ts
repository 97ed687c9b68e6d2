import { describe, expect, it } from "vitest";
import { ItemCache } from "../../../../infra/local/dynamodb/store/item-cache.ts";

const item = (id: string) => ({ id });

describe("the cache of items", () => {
  it("lets go of what was not asked for longest, as much as the size demands", () => {
    const cache = new ItemCache(10);
    cache.set("a", item("a"), 4);
    cache.set("b", item("b"), 4);
    expect(cache.get("a")).toEqual(item("a"));
    expect(cache.peek("b")).toEqual(item("b"));
    cache.set("c", item("c"), 4);
    expect(["a", "b", "c"].filter((name) => cache.peek(name) !== undefined)).toEqual(["a", "c"]);
  });

  it("counts an item that is replaced or deleted once", () => {
    const cache = new ItemCache(10);
    for (let round = 0; round < 9; round += 1) cache.set("a", item(`${round}`), 6);
    cache.set("b", item("b"), 4);
    expect(cache.peek("a")).toEqual(item("8"));
    cache.delete("a");
    cache.set("c", item("c"), 6);
    expect(cache.peek("b")).toEqual(item("b"));
  });

  it("does not keep what is larger than itself, nor what it replaces", () => {
    const cache = new ItemCache(10);
    cache.set("a", item("small"), 1);
    cache.set("a", item("large"), 11);
    expect(cache.peek("a")).toBeUndefined();
    cache.clear();
    expect(cache.get("a")).toBeUndefined();
  });
});
