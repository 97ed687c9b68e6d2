import { describe, expect, it } from "vitest";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("writer", "judge");
const MEMBERS = { optimizer: ["writer"], evaluator: ["judge"] };
const pair = (config: object = {}) => prepared("evaluator_optimizer", { roles: ROLES, members: MEMBERS, config });
/** A writer that numbers its drafts, and a judge with these scores. */
const scored = (...scores: number[]) => ({ role, round }: Question): Say =>
  role === "judge" ? { output: { score: scores.shift() ?? 0, feedback: `after ${round ?? 0}` } } : { output: `draft ${round ?? 0}` };

describe("evaluator_optimizer", () => {
  it("improves by the feedback until a draft is good enough", () => {
    const game = play(pair(), scored(0.3, 0.9));
    expect(game.asked.map(({ kind }) => kind)).toEqual(["produce", "assess", "improve", "assess"]);
    expect(game.asked[2]?.message).toEqual({ goal: "the goal", draft: "draft 1", feedback: "after 1" });
    expect(outputOf(game)).toEqual({ result: "draft 2", score: 0.9, accepted: true, rounds: 2 });
  });

  it("gives the best draft, not the last, when none is good enough: that is its rule", () => {
    expect(outputOf(play(pair({ max_rounds: 3 }), scored(0.2, 0.6, 0.4)))).toEqual({ result: "draft 2", score: 0.6, accepted: false, rounds: 3 });
  });

  it("stops after two rounds in a row that gain nothing", () => {
    const game = play(pair({ max_rounds: 20 }), scored(0.5, 0.5, 0.51, 0.9));
    expect(game.asked).toHaveLength(6);
    expect(outputOf(game)).toMatchObject({ score: 0.51, accepted: false });
  });

  it("reaches its bound when every round gains and none is enough", () => {
    expect(pair({ max_rounds: 4 }).callsBound).toBe(8);
    expect(play(pair({ max_rounds: 4 }), scored(0.1, 0.2, 0.3, 0.4), { fuel: 100 }).asked).toHaveLength(8);
  });

  it("gives the draft unjudged where the judge fails, the best where the writer fails, and fails with none", () => {
    expect(outputOf(play(pair(), ({ role }) => (role === "judge" ? { fails: "AgentFailed" } : { output: "draft" })))).toEqual({ result: "draft", accepted: false, rounds: 1 });
    expect(outputOf(play(pair(), (question) => (question.kind === "improve" ? { fails: "AgentFailed" } : scored(0.4)(question))))).toMatchObject({ result: "draft 1", score: 0.4 });
    expect(outputOf(play(pair(), () => ({ fails: "AgentFailed" })))).toMatchObject({ do: "fail", code: "NoResult" });
  });

  it("ends when the writer repeats itself, with the best there is", () => {
    const scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    const game = play(pair({ max_rounds: 50, min_score: 1 }), ({ role }) => (role === "judge" ? { output: { score: scores.shift() ?? 0.7 } } : { output: "the same" }));
    expect(game.steps.filter(({ event }) => event === "stalled").length).toBeGreaterThan(0);
    expect(outputOf(game)).toMatchObject({ result: "the same", accepted: false });
  });
});
