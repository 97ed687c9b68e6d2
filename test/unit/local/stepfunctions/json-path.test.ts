import { describe, expect, it } from "vitest";
import { parseJsonPath, queryJsonPath } from "../../../../infra/local/stepfunctions/json-path.ts";
import { placeAt } from "../../../../infra/local/stepfunctions/result-path.ts";

const STORE = {
  books: [
    { title: "one", price: 5, tags: ["a"] },
    { title: "two", price: 12, tags: [] },
    { title: "three", price: 20, isbn: "x" },
  ],
  "odd name": { "in.dots": 1 },
  nothing: null,
};

describe("a JSONPath", () => {
  it.each([
    ["$", STORE],
    ["$.books[1].title", "two"],
    ["$['books'][0]['price']", 5],
    ["$['odd name']['in.dots']", 1],
    ["$.books[-1].title", "three"],
    ["$.nothing", null],
    ["$.missing", undefined],
    ["$.nothing.deeper", undefined],
    ["$.books[9]", undefined],
    ["$.books[*].title", ["one", "two", "three"]],
    ["$.books[0:2].price", [5, 12]],
    ["$.books[::2].price", [5, 20]],
    ["$.books[0,2].title", ["one", "three"]],
    ["$..price", [5, 12, 20]],
    ["$.books[?(@.price < 15)].title", ["one", "two"]],
    ["$.books[?(@.price > 10 && @.isbn)].title", ["three"]],
    ["$.books[?(@.title == 'one' || @.price == 20)].price", [5, 20]],
    ["$.books[?(!@.isbn)].title", ["one", "two"]],
    ["$.books[?(@.price >= $.books[1].price)].price", [12, 20]],
    ["$.missing[*]", []],
  ])("%s", (path, expected) => {
    expect(queryJsonPath(parseJsonPath(path), STORE)).toEqual(expected);
  });

  it.each(["", "books", "$.", "$.a b", "$[", "$['a", "$.a[?(@.b ==)]"])("rejects '%s'", (path) => {
    expect(() => parseJsonPath(path)).toThrow(SyntaxError);
  });

  it("does not reach members that objects inherit", () => {
    expect(queryJsonPath(parseJsonPath("$.constructor"), {})).toBeUndefined();
    expect(queryJsonPath(parseJsonPath("$.__proto__"), {})).toBeUndefined();
  });
});

describe("a reference path", () => {
  it.each([
    ["$.a", { x: 1 }, { x: 1, a: 9 }],
    ["$.a.b.c", { a: { k: 1 } }, { a: { k: 1, b: { c: 9 } } }],
    ["$.list[1]", { list: [1, 2] }, { list: [1, 9] }],
    ["$['a']['b']", {}, { a: { b: 9 } }],
  ])("%s places a value", (path, target, expected) => {
    expect(placeAt(parseJsonPath(path), target, 9)).toEqual(expected);
  });

  it.each([
    ["$.a.b", { a: "text" }],
    ["$.list[2]", { list: [1, 2] }],
    ["$.list.b", { list: [1, 2] }],
  ])("%s fails on an input it does not fit", (path, target) => {
    expect(() => placeAt(parseJsonPath(path), target, 9)).toThrow(
      expect.objectContaining({ code: "States.ResultPathMatchFailure" }),
    );
  });

  it("keeps a member called __proto__ a member", () => {
    const placed = placeAt(parseJsonPath("$.__proto__"), {}, 9);
    expect(JSON.stringify(placed)).toBe('{"__proto__":9}');
  });
});
