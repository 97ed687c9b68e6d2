import { describe, expect, it } from "vitest";
import * as z from "zod";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("extract", "clean", "load", "critic");
const STAGES = ["extract", "clean", "load"];
const line = (config: object = {}, critic: string[] = []) => prepared("pipeline", { roles: ROLES, members: { stages: STAGES, critic }, config });
const adds = ({ role, message }: Question): Say => ({ output: `${z.string().default("").parse(message["input"])}>${role}` });

describe("a pipeline", () => {
  it("hands each stage what the one before made", () => {
    const game = play(line(), adds);
    expect(game.asked.map(({ role }) => role)).toEqual(STAGES);
    expect(game.asked[0]?.message).toEqual({ goal: "the goal", stage: 1, of: 3 });
    expect(game.asked[1]?.message).toEqual({ goal: "the goal", stage: 2, of: 3, input: ">extract" });
    expect(outputOf(game)).toEqual({ result: ">extract>clean>load", stages: STAGES.map((role) => ({ role })) });
  });

  it("lets nothing below its gate pass: another agent does the stage again, with the feedback", () => {
    const scores = [0.9, 0.2, 0.8, 1];
    const game = play(line({}, ["critic"]), (question) => (question.kind === "assess" ? { output: { score: scores.shift() ?? 0, feedback: "dirty" } } : adds(question)));
    expect(game.asked.filter(({ role }) => role === "clean")).toHaveLength(2);
    expect(game.asked[4]).toMatchObject({ role: "clean", exclude: ["clean-agent"], message: { feedback: "dirty", input: ">extract", attempt: 2 } });
    expect(outputOf(game)).toMatchObject({ result: ">extract>clean>load", stages: [{ score: 0.9 }, { score: 0.8 }, { score: 1 }] });
  });

  it("fails at the stage that never passes, or that nobody can do", () => {
    const low = play(line({}, ["critic"]), (question) => (question.kind === "assess" ? { output: { score: question.id.includes(".1.") ? 0.1 : 1 } } : adds(question)));
    expect(outputOf(low)).toMatchObject({ do: "fail", code: "StageFailed", message: "stage 2, clean, did not pass: the gate gave it 0.1, less than 0.7" });
    const broken = play(line(), (question) => (question.role === "load" ? { fails: "AgentFailed", agent: "" } : adds(question)));
    expect(outputOf(broken)).toMatchObject({ code: "StageFailed", message: "stage 3, load, did not pass: AgentFailed" });
    expect(broken.asked).toHaveLength(4);
  });

  it("takes a result that nobody can judge, and gives what is through when its calls are used up", () => {
    expect(outputOf(play(line({}, ["critic"]), (question) => (question.kind === "assess" ? { fails: "AgentFailed" } : adds(question))))).toMatchObject({ result: ">extract>clean>load" });
    expect(outputOf(play(line(), adds, { fuel: 2 }))).toMatchObject({ result: ">extract>clean", partial: true, bound: "max_calls" });
  });

  it("reaches its bound, and no more", () => {
    const pattern = line({ max_repeats: 2 }, ["critic"]);
    expect(pattern.callsBound).toBe(18);
    let count = 0;
    const game = play(pattern, (question) => (question.kind === "assess" ? { output: { score: ++count % 3 === 0 ? 1 : 0, feedback: `${count}` } } : adds(question)), { fuel: 100 });
    expect(game.asked).toHaveLength(18);
  });
});
