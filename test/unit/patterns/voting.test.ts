import { describe, expect, it } from "vitest";
import { planPattern } from "../../../shared/patterns/planned-pattern.ts";
import { outputOf, play, prepared, type Question, type Say } from "./play.ts";

const ROLES = { jury: { count: 5 } };
const voting = (config: object = {}) => prepared("voting", { roles: ROLES, members: { voters: ["jury"] }, config });
/** The choices of the voters in order, round after round. */
const votes = (...choices: unknown[]) => (_: Question, n: number): Say => {
  const choice = choices[n - 1];
  return choice === undefined ? { fails: "TaskTimedOut" } : { output: { choice } };
};

describe("voting", () => {
  it("takes what more than half of those asked choose, whatever the order of keys", () => {
    const game = play(voting(), votes({ a: 1, b: 2 }, "x", { b: 2, a: 1 }, "y", { a: 1, b: 2 }));
    expect(outputOf(game)).toEqual({ result: { a: 1, b: 2 }, support: 3, of: 5, rounds: 1, dissent: [{ choice: "x", votes: 1 }, { choice: "y", votes: 1 }] });
    expect(game.asked[4]?.message).toEqual({ goal: "the goal", you_are: "voter-5" });
  });

  it("votes once more among the foremost where nobody wins: without that rule there is no result", () => {
    const split = ["a", "b", "a", "b", "c", "a", "b", "a", "a", "b"];
    const game = play(voting(), votes(...split));
    expect(game.asked[5]?.message["options"]).toEqual(["a", "b"]);
    expect(outputOf(game)).toMatchObject({ result: "a", support: 3, rounds: 2 });
    expect(outputOf(play(voting({ tie: "fail" }), votes(...split)))).toMatchObject({ do: "fail", code: "NoMajority" });
    expect(outputOf(play(voting({ tie: "first" }), votes(...split)))).toMatchObject({ result: "a", support: 2, rounds: 1 });
    expect(outputOf(play(voting({ method: "plurality" }), votes("a", "b", "a", "c", "d")))).toMatchObject({ result: "a", rounds: 1 });
  });

  it("reaches its bound in a second round, and fails when that is a tie as well", () => {
    const game = play(voting(), votes("a", "b", "c", "d", "e", "a", "b", "c", "d", "e"), { fuel: 100 });
    expect(voting().callsBound).toBe(10);
    expect(game.asked).toHaveLength(10);
    expect(outputOf(game)).toMatchObject({ do: "fail", code: "NoMajority" });
  });

  it("needs its quorum, which there must be", () => {
    expect(outputOf(play(voting(), votes("a", "a")))).toMatchObject({ do: "fail", code: "NoQuorum", message: expect.stringContaining("2 of 5") });
    expect(outputOf(play(voting({ quorum: 1, method: "plurality" }), votes("a")))).toMatchObject({ result: "a", support: 1 });
    expect(planPattern({ name: "voting", members: { voters: ["jury"] }, config: { quorum: 6 } }, ROLES).findings).toMatchObject([{ path: ["config", "quorum"] }]);
  });

  it("owes what was voted until a bound ended it", () => {
    expect(outputOf(play(voting({ quorum: 1 }), votes("a", "a", "a"), { fuel: 3 }))).toMatchObject({ result: "a", support: 3, partial: true, bound: "max_calls" });
  });
});
