import { describe, expect, it } from "vitest";
import { whenLeft } from "../../../shared/core/when-left.ts";

async function* numbers(): AsyncGenerator<number, void, undefined> {
  yield 1;
  yield 2;
}

async function* failing(): AsyncGenerator<number, void, undefined> {
  yield 1;
  throw new Error("it broke");
}

function watched(source: AsyncGenerator<number, void, undefined>) {
  const left: string[] = [];
  return { left, generator: whenLeft(source, async () => left.push("left")) };
}

describe("whenLeft", () => {
  it("gives what its source gives, and says at the end that it was left", async () => {
    const { left, generator } = watched(numbers());
    const read: number[] = [];
    for await (const each of generator) {
      expect(left).toEqual([]);
      read.push(each);
    }
    expect([read, left]).toEqual([[1, 2], ["left"]]);
  });

  it("says so of a reader that leaves before the first value", async () => {
    const { left, generator } = watched(numbers());
    await generator.return();
    expect(left).toEqual(["left"]);
    expect(await generator.next()).toEqual({ done: true, value: undefined });
    expect(left).toEqual(["left"]);
  });

  it("says so of a reader that leaves in the middle, and of one that is disposed of", async () => {
    const { left, generator } = watched(numbers());
    for await (const _ of generator) break;
    expect(left).toEqual(["left"]);
    const other = watched(numbers());
    await other.generator[Symbol.asyncDispose]();
    expect(other.left).toEqual(["left"]);
  });

  it("says so when its source fails, and lets the failure through", async () => {
    const { left, generator } = watched(failing());
    await generator.next();
    await expect(generator.next()).rejects.toThrow("it broke");
    expect(left).toEqual(["left"]);
    const thrown = watched(numbers());
    await expect(thrown.generator.throw(new Error("no more"))).rejects.toThrow("no more");
    expect(thrown.left).toEqual(["left"]);
  });
});
