import { describe, expect, it } from "vitest";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("writer", "lead", "head");
const judged = (config: object = {}, supervisor = ["lead"]) => prepared("supervised", { roles: ROLES, members: { supervisor, worker: ["writer"] }, config });
const NO_SCORE = { output: { score: 0, feedback: "no" } };

/** A writer that numbers its drafts and is another agent each time; scores and decisions in the order in which they are given. */
function team({ scores = [], decisions = [] }: { scores?: number[]; decisions?: object[] }): (question: Question) => Say {
  let drafts = 0;
  return ({ kind }) => {
    if (kind === "task") return { output: `draft ${++drafts}`, agent: `writer-${drafts}` };
    if (kind === "decide") return { output: decisions.shift() ?? { decision: "fail" } };
    const score = scores.shift();
    return score === undefined ? NO_SCORE : { output: { score, feedback: `not ${score}` } };
  };
}
const kinds = (game: ReturnType<typeof play>) => game.asked.map(({ kind }) => kind);

describe("a supervised task", () => {
  it("gives the result itself once it is judged good enough", () => {
    const game = play(judged(), team({ scores: [0.7] }));
    expect(kinds(game)).toEqual(["task", "assess"]);
    expect(game.asked[0]?.message).toEqual({});
    expect(game.asked[1]?.message).toEqual({ goal: "the goal", result: "draft 1", min_quality: 0.7 });
    expect(outputOf(game)).toEqual({ result: "draft 1" });
  });

  it("has another agent do it again, who hears what was found at fault", () => {
    const game = play(judged(), team({ scores: [0.2, 0.9] }));
    expect(kinds(game)).toEqual(["task", "assess", "task", "assess"]);
    expect(game.asked[2]).toMatchObject({ exclude: ["writer-1"], message: { review: { result: "draft 1", score: 0.2, feedback: "not 0.2" } } });
    expect(outputOf(game)).toEqual({ result: "draft 2" });
  });

  it("hands back what is not accepted: the supervisor takes the best, gives its own, or lets it fail", () => {
    const scores = () => [0.5, 0.3];
    const taken = play(judged(), team({ scores: scores(), decisions: [{ decision: "accept" }] }));
    expect(taken.asked[4]?.message).toEqual({ goal: "the goal", result: "draft 1", score: 0.5, min_quality: 0.7, feedback: "not 0.3", attempts: 2, agents: ["writer-1", "writer-2"] });
    expect(outputOf(taken)).toEqual({ result: "draft 1" });
    expect(outputOf(play(judged(), team({ scores: scores(), decisions: [{ decision: "accept", result: "mine" }] })))).toEqual({ result: "mine" });
    expect(outputOf(play(judged(), team({ scores: scores(), decisions: [{ decision: "fail", feedback: "hopeless" }] })))).toMatchObject({
      do: "fail",
      code: "NotAccepted",
      message: "not accepted after 2 attempts: the best result was given 0.5, less than 0.7: hopeless",
    });
  });

  it("has it done once more at the supervisor's word, and no oftener", () => {
    const again = play(judged({ max_redo: 0 }), team({ scores: [0.1, 0.2], decisions: [{ decision: "redo", feedback: "shorter" }] }));
    expect(kinds(again)).toEqual(["task", "assess", "decide", "task", "assess"]);
    expect(again.asked[3]?.message).toEqual({ review: { result: "draft 1", score: 0.1, feedback: "shorter" } });
    expect(outputOf(again)).toMatchObject({ code: "NotAccepted" });
  });

  it("hands back a worker's failure", () => {
    const fails = (decisions: object[], times: number) => {
      let left = times;
      const others = team({ scores: [1], decisions });
      return (question: Question): Say => (question.kind === "task" && left-- > 0 ? { fails: "AgentFailed", agent: "writer-0" } : others(question));
    };
    const redone = play(judged(), fails([{ decision: "redo" }], 1));
    expect(redone.asked[1]?.message).toEqual({ goal: "the goal", result: null, failure: "AgentFailed", attempts: 1, agents: ["writer-0"] });
    expect(redone.asked[2]?.message).toEqual({ review: { failure: "AgentFailed" } });
    expect(outputOf(redone)).toEqual({ result: "draft 1" });
    expect(outputOf(play(judged(), fails([{ decision: "accept" }], 9)))).toMatchObject({ code: "NotAccepted", message: "not accepted after 1 attempts: AgentFailed" });
    expect(outputOf(play(judged(), fails([{ decision: "redo" }], 9)))).toMatchObject({ message: "not accepted after 2 attempts: AgentFailed" });
  });

  it("asks the next in the hierarchy for what the one before lets fall, then leaves it to a person", () => {
    const levels = judged({ max_redo: 0, escalate: true }, ["lead", "head"]);
    const settled = play(levels, team({ scores: [0.1], decisions: [{ decision: "fail" }, { decision: "accept", result: "from above" }] }));
    expect(settled.asked.map(({ role }) => role)).toEqual(["writer", "lead", "lead", "head"]);
    expect(outputOf(settled)).toEqual({ result: "from above" });
    expect(outputOf(play(levels, team({ scores: [0.1] })))).toMatchObject({ code: "Escalated" });
    const silent = play(levels, ({ kind }) => (kind === "decide" ? { fails: "AgentFailed" } : kind === "task" ? { output: 1 } : NO_SCORE));
    expect(silent.asked.map(({ role }) => role)).toEqual(["writer", "lead", "lead", "head"]);
    expect(outputOf(silent)).toMatchObject({ code: "Escalated" });
  });

  it("judges nothing at a quality of 0, and takes a result that nobody can judge", () => {
    expect(kinds(play(judged({ min_quality: 0 }), team({})))).toEqual(["task"]);
    expect(outputOf(play(judged(), ({ kind }) => (kind === "assess" ? { fails: "AgentFailed" } : { output: "draft" })))).toEqual({ result: "draft" });
  });

  it("reaches its bound, and lets nothing pass that was not accepted when its calls are used up", () => {
    const pattern = judged({ max_redo: 2 }, ["lead", "head"]);
    const game = play(pattern, team({ scores: [0, 0, 0, 0, 0], decisions: [{ decision: "redo" }, { decision: "redo" }] }), { fuel: 100 });
    expect(game.asked).toHaveLength(pattern.callsBound);
    expect(outputOf(play(judged(), team({ scores: [0.6] }), { fuel: 2 }))).toMatchObject({ do: "fail", code: "NotAccepted", bound: "max_calls" });
  });
});
