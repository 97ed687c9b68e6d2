import { describe, expect, it } from "vitest";
import * as z from "zod";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("reader", "writer");
const pattern = (config: object = {}) => prepared("map_reduce", { roles: ROLES, members: { mapper: ["reader"], reducer: ["writer"] }, config });
const Mapped = z.object({ item: z.number(), index: z.number() });
const Reduced = z.object({ results: z.array(z.number()), missing: z.array(z.number()).optional() });
/** Squares the items and sums the results. */
const sums = ({ kind, message }: Question): Say => {
  if (kind === "delegate") return { output: Mapped.parse(message).item ** 2 };
  return { output: Reduced.parse(message).results.reduce((sum, one) => sum + one, 0) };
};
const numbers = (count: number) => ({ items: Array.from({ length: count }, (_, n) => n + 1) });

describe("map_reduce", () => {
  it("works on each item, and makes one result of so many at a time, level by level", () => {
    const game = play(pattern({ fan_in: 3 }), sums, { input: numbers(10), pick: (open) => open - 1 });
    expect(outputOf(game)).toEqual({ result: 385, items: 10, missing: [], levels: 3 });
    expect(game.asked.filter(({ kind }) => kind === "synthesize")).toHaveLength(4 + 2 + 1);
    expect(game.asked.filter(({ kind }) => kind === "delegate")).toHaveLength(10);
  });

  it("finds its list among a task's inputs, under its name", () => {
    expect(outputOf(play(pattern({ items: "pages" }), sums, { input: { task: "sum", input: { pages: [2, 3] } } }))).toMatchObject({ result: 13, items: 2 });
  });

  it("has no more under way than it may", () => {
    let most = 0;
    play(pattern({ parallel: 3 }), sums, { input: numbers(12), pick: (open) => ((most = Math.max(most, open)), 0) });
    expect(most).toBe(3);
  });

  it("has items done again by others, and tells the reducer which are missing where that is tolerated", () => {
    const failing = (question: Question): Say => (question.kind === "delegate" && Mapped.parse(question.message).index === 1 ? { fails: "AgentFailed", agent: "clumsy" } : sums(question));
    const game = play(pattern({ tolerated: 1 }), failing, { input: numbers(3) });
    expect(outputOf(game)).toEqual({ result: 10, items: 3, missing: [1], levels: 1 });
    expect(game.asked.find(({ id }) => id === "piece.1.2")).toMatchObject({ exclude: ["clumsy"], message: { attempt: 2 } });
    expect(game.asked.find(({ kind }) => kind === "synthesize")?.message).toMatchObject({ missing: [1] });
    expect(outputOf(play(pattern(), failing, { input: numbers(3) }))).toMatchObject({ do: "fail", code: "ItemsFailed", message: "1 items failed, 0 may: AgentFailed" });
    expect(outputOf(play(pattern({ tolerated: 5 }), () => ({ fails: "AgentFailed", agent: "" }), { input: numbers(3) }))).toMatchObject({ code: "ItemsFailed", message: "no item gave a result" });
  });

  it("fails where results cannot be made one, and gives no part of a sum for the sum", () => {
    expect(outputOf(play(pattern(), (question) => (question.kind === "synthesize" ? { fails: "AgentFailed" } : sums(question)), { input: numbers(2) }))).toMatchObject({ code: "ReductionFailed" });
    expect(outputOf(play(pattern(), sums, { input: numbers(9), fuel: 5 }))).toMatchObject({ do: "fail", code: "NoResult", bound: "max_calls" });
  });

  it.each([{}, { items: [] }, { items: "x" }, null, { input: {} }])("refuses %j", (input) => {
    expect(outputOf(play(pattern(), sums, { input }))).toMatchObject({ code: "NoItems", message: "the input has no list 'items'" });
  });

  it("refuses more items than it may have, and reaches its bound with as many", () => {
    expect(outputOf(play(pattern({ max_items: 2 }), sums, { input: numbers(3) }))).toMatchObject({ message: "'items' has 3 items, more than 2; raise max_items" });
    const bounded = pattern({ max_items: 8, fan_in: 2, max_redo: 0 });
    expect(bounded.callsBound).toBe(17);
    expect(play(bounded, sums, { input: numbers(8) }).asked.length).toBeLessThanOrEqual(17);
  });
});
