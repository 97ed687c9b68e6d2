import { describe, expect, it } from "vitest";
import { planPattern } from "../../../shared/patterns/planned-pattern.ts";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("a", "b", "c", "judge");
const debate = (config: object = {}, judge: string[] = ["judge"]) => prepared("debate", { roles: ROLES, members: { debaters: ["a", "b", "c"], judge }, config });
const own = ({ role, kind }: Question): Say => ({ output: { answer: kind === "judge" ? "the judge's" : role, rationale: `so says ${role}` }, agent: `agent-${role}` });

describe("debate", () => {
  it("lets each read what the others answered, without names, and ask the same agents again", () => {
    const game = play(debate(), own);
    const second = game.asked[3];
    expect(second).toMatchObject({ kind: "revise", agent: "agent-a", message: { you_said: { answer: "a" }, others: [{ answer: "b" }, { answer: "c" }] } });
    expect(JSON.stringify(second?.message["others"])).not.toContain("debater");
    expect(JSON.stringify(play(debate({ anonymous: false }), own).asked[3]?.message["others"])).toContain("debater-2");
  });

  it("stops at agreement: minds change by what they read, and without reading they would not", () => {
    const swayed = (question: Question): Say => (JSON.stringify(question.message["others"] ?? "").includes("so says b") ? { output: { answer: "b" } } : own(question));
    expect(outputOf(play(debate({ rounds: 5 }), (question) => (question.role === "b" ? own(question) : swayed(question))))).toMatchObject({ result: "b", decided_by: "agreement", support: 3, rounds: 2 });
    expect(outputOf(play(debate({ rounds: 5 }), own))).toMatchObject({ decided_by: "judge", rounds: 5 });
  });

  it("has a judge decide, or the most where there is none or it fails", () => {
    expect(outputOf(play(debate(), own))).toMatchObject({ result: "the judge's", rationale: "so says judge", decided_by: "judge" });
    const most = ({ role }: Question): Say => (role === "judge" ? { fails: "AgentFailed" } : { output: { answer: role === "c" ? "x" : "y" } });
    expect(outputOf(play(debate(), most))).toMatchObject({ result: "y", decided_by: "majority", support: 2 });
    expect(outputOf(play(debate({}, []), most))).toMatchObject({ result: "y", decided_by: "majority" });
  });

  it("reaches its bound when nobody gives way", () => {
    expect(debate({ rounds: 3 }).callsBound).toBe(10);
    expect(play(debate({ rounds: 3 }), own, { fuel: 100 }).asked).toHaveLength(10);
  });

  it("goes on without who falls silent, and has the judge decide over the last", () => {
    const silent = (question: Question): Say => (question.round === 2 && question.role !== "a" ? { fails: "TaskTimedOut" } : own(question));
    const game = play(debate({ rounds: 4 }), silent);
    expect(game.asked.at(-1)?.message).toMatchObject({ answers: [{ answer: "a" }] });
    expect(outputOf(game)).toMatchObject({ result: "the judge's", of: 3, support: 1, rounds: 2 });
    expect(outputOf(play(debate(), () => ({ fails: "AgentFailed" })))).toMatchObject({ do: "fail", code: "NoResult" });
  });

  it("owes the answer of the most when a bound ends it, and is no debate of one", () => {
    expect(outputOf(play(debate(), own, { fuel: 3 }))).toMatchObject({ result: "a", partial: true, decided_by: "majority" });
    expect(planPattern({ name: "debate", members: { debaters: ["a"] }, config: {} }, ROLES).findings).toMatchObject([{ path: ["config"] }]);
  });
});
